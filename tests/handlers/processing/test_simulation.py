"""The work: takes the time it is told, redacts what it is told, and means the same in another process."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.processing.chaos import ChaosRaised
from handlers.processing.simulation import PATIENCE_SECONDS, Work
from handlers.redaction import redact


def work(*, seconds_per_char: float = 0.0, kinds: tuple[str, ...] = ("email", "phone"), chaos: bool = False) -> Work:
    return Work(seconds_per_char=seconds_per_char, kinds=kinds, chaos=chaos)


def test_a_text_takes_its_length_times_the_cost_of_a_character() -> None:
    started = time.monotonic()

    work(seconds_per_char=0.02).on("0123456789")

    assert 0.2 <= time.monotonic() - started < 2


def test_the_longest_time_is_the_simulated_one_and_patience() -> None:
    assert work(seconds_per_char=0.5).seconds_for("abcd") == 2
    assert work(seconds_per_char=0.5).longest_seconds_for("abcd") == 2 + PATIENCE_SECONDS


def test_only_the_kinds_asked_for_go() -> None:
    assert work(kinds=("email",)).on("a@example.com 555-0199") == ("[REDACTED] 555-0199", {"email": 1})


def test_chaos_is_obeyed_only_where_it_is_on() -> None:
    assert work(chaos=False).on("chaos:raise").text == "chaos:raise"
    with pytest.raises(ChaosRaised):
        work(chaos=True).on("chaos:raise")


@given(st.floats(0, 10), st.lists(st.sampled_from(["email", "phone", "iban"])), st.booleans())
def test_another_process_is_told_the_same_work(seconds: float, kinds: list[str], chaos: bool) -> None:  # noqa: FBT001
    told = work(seconds_per_char=seconds, kinds=tuple(kinds), chaos=chaos)

    assert Work.from_json(json.loads(json.dumps(told.as_json()))) == told


@given(st.text())
def test_work_is_the_redaction_and_nothing_else(text: str) -> None:
    assert work().on(text) == redact(text)
