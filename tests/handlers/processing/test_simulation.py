"""Processing: takes its simulated time, and redacts the kinds it is made for."""

import json
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.processing.chaos import ChaosProcessing
from handlers.processing.simulation import PATIENCE_SECONDS, Processing, ProcessingOptions, processing_of
from handlers.redaction import redact
from tests.support.checkout import ROOT


def processing(*, seconds_per_char: float = 0.0, kinds: tuple[str, ...] = ("email", "phone")) -> Processing:
    return Processing(seconds_per_char=seconds_per_char, kinds=kinds)


def test_a_text_takes_its_length_times_the_cost_of_a_character() -> None:
    started = time.monotonic()

    processing(seconds_per_char=0.02).process("0123456789")

    assert 0.2 <= time.monotonic() - started < 2


def test_the_longest_time_is_the_simulated_time_and_some_slack() -> None:
    assert processing(seconds_per_char=0.5).seconds_for("abcd") == 2
    assert processing(seconds_per_char=0.5).longest_seconds_for("abcd") == 2 + PATIENCE_SECONDS


def test_only_the_kinds_asked_for_are_redacted() -> None:
    assert processing(kinds=("email",)).process("a@example.com 555-0199") == ("[REDACTED] 555-0199", {"email": 1}, None)


@given(st.text())
def test_processing_is_the_redaction_and_nothing_else(text: str) -> None:
    assert processing().process(text) == redact(text)


@pytest.mark.parametrize(("chaos", "expected"), [(False, Processing), (True, ChaosProcessing)])
def test_there_is_chaos_only_if_the_stack_asks_for_it(*, chaos: bool, expected: type[Processing]) -> None:
    made = processing_of(ProcessingOptions(seconds_per_char=0.5, kinds=("iban",), chaos=chaos))

    assert type(made) is expected
    assert (made.seconds_per_char, made.kinds) == (0.5, ("iban",))


def test_without_chaos_its_module_is_not_imported() -> None:
    code = (
        "import sys, json; from handlers.processing.simulation import *;"
        "processing_of(ProcessingOptions(seconds_per_char=0, kinds=('email',), chaos=False)).process('chaos:raise');"
        "json.dump(sorted(sys.modules), sys.stdout)"
    )
    finished = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)

    assert not [name for name in json.loads(finished.stdout) if "chaos" in name]
