"""Chaos: each word does what it says, in a process of its own where it must."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.processing.chaos import ChaosProcessing, ChaosRaised
from handlers.redaction import redact
from tests.support.checkout import ROOT

PROCESSING = ChaosProcessing(seconds_per_char=0, kinds=("email", "phone"))


def run(text: str, *, timeout_seconds: float = 20) -> subprocess.CompletedProcess[bytes]:
    code = (
        "from handlers.processing.chaos import ChaosProcessing;"
        f"ChaosProcessing(seconds_per_char=0, kinds=('email',)).process({text!r}); print('survived')"
    )
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=timeout_seconds, check=False
    )


@pytest.mark.parametrize("text", ["chaos", "Chaos:raise", " chaos:raise", "no chaos:exit", "chaos:", "chaos:x"])
def test_other_texts_are_processed_normally(text: str) -> None:
    assert PROCESSING.process(text) == redact(text)


@given(st.text())
def test_only_the_chaos_words_have_an_effect(text: str) -> None:
    assert PROCESSING.process(f".{text}") == redact(f".{text}")


def test_raise_raises() -> None:
    with pytest.raises(ChaosRaised):
        PROCESSING.process("chaos:raise and more")


def test_exit_ends_the_process_at_once() -> None:
    ended = run("chaos:exit")

    assert (ended.returncode, ended.stdout, ended.stderr) == (1, b"", b"")


def test_memory_kills_the_process_as_lambda_would() -> None:
    ended = run("chaos:memory")

    assert (ended.returncode, ended.stdout) == (137, b"")


def test_hang_never_returns() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run("chaos:hang", timeout_seconds=1)
