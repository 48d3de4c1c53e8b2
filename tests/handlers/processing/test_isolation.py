"""Isolation: the same result from a child process, and a name for every way in which it can have none."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from handlers.processing.isolated_process import MAX_DATA_BYTES
from handlers.processing.isolation import ProcessingFailed, ProcessIsolation
from handlers.processing.simulation import ProcessingOptions
from handlers.redaction import Redacted, redact
from tests.support.checkout import ROOT

OPTIONS = ProcessingOptions(seconds_per_char=0, kinds=("email", "phone"), chaos=True)
# As infra's budget has it: two texts and their attributes in 400 KiB, four bytes per character.
LONGEST_TEXT_CHARS = 50_688


def process(text: str, *, options: ProcessingOptions = OPTIONS, timeout_seconds: float = 20) -> Redacted:
    return ProcessIsolation(options, environment=dict(os.environ)).process(text, timeout_seconds=timeout_seconds)


def children() -> list[str]:
    return Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()


@pytest.mark.parametrize(
    "text",
    [
        "call 555-0199 or a@example.com",
        "Grüße 😀 \x00\x1b[31m\ufffe\uffff שלום\u2028\r\n",
        '{"error": "ProcessingFailed"}',
        ("😀 a@example.com " * 4000)[:LONGEST_TEXT_CHARS],
        "\x00" * LONGEST_TEXT_CHARS,
    ],
    ids=["plain", "odd characters", "what looks like an answer", "the longest", "the longest escaped"],
)
def test_a_child_makes_of_a_text_what_this_process_would(text: str) -> None:
    assert process(text) == redact(text)


def test_a_lone_surrogate_is_as_harmless_there_as_here() -> None:
    assert process("a\ud800b 555-0199").text == "a\ud800b [REDACTED]"


@pytest.mark.parametrize(
    ("text", "cause"),
    [("chaos:raise", "ChaosRaised"), ("chaos:exit", "ExitStatus1"), ("chaos:memory", "MemoryError")],
)
def test_processing_that_ends_badly_is_told_by_name(text: str, cause: str) -> None:
    with pytest.raises(ProcessingFailed) as failed:
        process(f"{text} call 555-0199")

    assert str(failed.value) == cause


def test_processing_that_hangs_is_ended_with_its_process() -> None:
    before = children()

    with pytest.raises(ProcessingFailed, match=r"^TimeoutExpired$"):
        process("chaos:hang", timeout_seconds=1)

    assert children() == before


@pytest.mark.parametrize("timeout_seconds", [0, -1])
def test_no_time_is_no_result(timeout_seconds: float) -> None:
    with pytest.raises(ProcessingFailed, match=r"^TimeoutExpired$"):
        process("x", timeout_seconds=timeout_seconds)


def test_a_kind_that_no_rule_has_is_told_by_the_errors_name() -> None:
    with pytest.raises(ProcessingFailed, match=r"^ValueError$"):
        process("x", options=ProcessingOptions(seconds_per_char=0, kinds=("nonsense",), chaos=False))


def test_a_child_that_dies_while_it_answers_tells_nothing_of_the_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dying = tmp_path / "python"
    dying.write_text('#!/bin/sh\necho \'{"text": "call 555-0199\'\nexit 137\n')
    dying.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(dying))

    with pytest.raises(ProcessingFailed) as failed:
        process("call 555-0199")

    assert str(failed.value) == "ExitStatus137"


def test_a_child_loads_nothing_that_it_does_not_need() -> None:
    code = "import sys, json, handlers.processing.isolated_process as c; json.dump(sorted(sys.modules), sys.stdout)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)

    heavy = {"pydantic", "boto3", "botocore", "logging", "asyncio", "concurrent.futures", "handlers.logs.envelope"}
    assert not heavy & set(json.loads(loaded.stdout))


def test_ten_children_that_take_all_they_may_fit_into_a_worker_beside_their_parent() -> None:
    worker_bytes, parent_bytes = 512 << 20, 128 << 20

    assert 10 * MAX_DATA_BYTES + parent_bytes < worker_bytes


def test_a_child_starts_in_a_fraction_of_a_second() -> None:
    process("x")
    started = time.monotonic()

    process("x")

    # A tenth of a second where it was measured; the bound leaves room for a slow machine.
    assert time.monotonic() - started < 2
