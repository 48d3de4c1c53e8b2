"""Parts: joined they are the text, redacted and joined they are the text redacted, and none is too long."""

import hashlib
import math
import time
from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from handlers.logs.envelope import Envelope, Severity
from handlers.logs.parts import CannotBeCut, CuttingBudget, OutOfTime, cut, parts_of
from handlers.logs.record import sort_key
from handlers.redaction import DEFAULT_KINDS, redact
from tests.support.aws_fixtures import detailed_envelope_of, envelope_of

ENOUGH = CuttingBudget(cpu_seconds=math.inf, deadline=math.inf)
# Longer than anything that is redacted, so that there is always a place to cut.
SHORTEST_PART = 500

secrets = st.sampled_from(
    [
        "admin@company.com",
        "jane.doe+tag@mail.example.co.uk",
        "555-0199",
        "+1 (800) 555-0199 ext. 7",
        "phone: 98765 43210",
        "+44 20 7946 0958",
        "bob%40example.com",
        "用户@例子.公司",
        "order 123-456-7890",
        "git@github.com:org/repo.git",
    ]
)
gaps = st.sampled_from([*" \n,x-1@.😀\t", "", "\r\n", "a" * 300, "1" * 300, " " * 300])
log_texts = st.lists(st.one_of(secrets, gaps, st.text(max_size=20)), max_size=200).map("".join)
any_text = st.text(st.characters(exclude_categories=["Cs"]))


@given(any_text | log_texts, st.integers(SHORTEST_PART, 2 * SHORTEST_PART))
def test_parts_joined_are_the_text(text: str, max_chars: int) -> None:
    pieces = list(cut(text, max_chars=max_chars, kinds=DEFAULT_KINDS))

    assert "".join(pieces) == text
    assert all(len(piece) <= max_chars for piece in pieces)
    assert all(pieces) or pieces == [""]


@settings(max_examples=200)
@given(log_texts, st.integers(SHORTEST_PART, 2 * SHORTEST_PART))
@example("x" * (SHORTEST_PART - 4) + "555-0199 " * 100, SHORTEST_PART)
@example("call 555-0199,a@example.com," * 100, SHORTEST_PART)
@example("-" * (SHORTEST_PART - 8) + "+1 (800) 555-0199 " * 50, SHORTEST_PART)
def test_parts_redacted_and_joined_are_the_text_redacted(text: str, max_chars: int) -> None:
    redacted = [redact(piece) for piece in cut(text, max_chars=max_chars, kinds=DEFAULT_KINDS)]
    whole = redact(text)

    assert "".join(part.text for part in redacted) == whole.text
    assert {kind: sum(part.counts[kind] for part in redacted) for kind in whole.counts} == whole.counts


def test_cuts_fall_at_the_last_line_end_that_fits_else_at_the_last_space() -> None:
    lines = "\n".join(["one line of words"] * 100)
    words = "word " * 400

    assert all(piece.endswith("\n") for piece in list(cut(lines, max_chars=SHORTEST_PART, kinds=DEFAULT_KINDS))[:-1])
    assert [len(piece) for piece in list(cut(lines, max_chars=SHORTEST_PART, kinds=DEFAULT_KINDS))[:-1]] == [486] * 3
    assert all(piece.endswith(" ") for piece in list(cut(words, max_chars=SHORTEST_PART, kinds=DEFAULT_KINDS))[:-1])


def test_a_text_without_line_ends_or_spaces_is_cut_anyway() -> None:
    assert [len(piece) for piece in cut("x" * 1200, max_chars=SHORTEST_PART, kinds=DEFAULT_KINDS)] == [500, 500, 200]


def test_a_short_text_is_one_unchanged_envelope() -> None:
    envelope = envelope_of("x" * SHORTEST_PART)

    assert parts_of(envelope, max_chars=SHORTEST_PART, kinds=DEFAULT_KINDS, budget=ENOUGH) == [envelope]
    assert sort_key(envelope) == "123"


def test_parts_are_numbered_and_their_keys_sort_as_the_text_does() -> None:
    parts = parts_of(
        envelope_of("x" * (SHORTEST_PART * 12)), max_chars=SHORTEST_PART, kinds=DEFAULT_KINDS, budget=ENOUGH
    )

    assert [(part.part, part.parts) for part in parts] == [(number, 12) for number in range(1, 13)]
    assert [sort_key(part) for part in parts] == sorted(sort_key(part) for part in parts)
    assert sort_key(parts[0]) == "123#00001"
    assert {(part.tenant_id, part.log_id, part.source, part.received_at) for part in parts} == {
        ("acme", "123", "json_upload", "2026-01-31T22:47:57.559836+00:00")
    }


def test_every_part_of_several_has_the_digest_of_the_whole() -> None:
    text = "x" * SHORTEST_PART + "y"
    one, several = (
        parts_of(envelope_of(sent), max_chars=SHORTEST_PART, kinds=DEFAULT_KINDS, budget=ENOUGH) for sent in ("x", text)
    )

    assert {part.whole_sha256 for part in several} == {hashlib.sha256(text.encode()).hexdigest()}
    assert "whole_sha256" not in one[0].to_message()


def test_the_first_part_carries_the_attributes_and_every_part_the_time() -> None:
    parts = details_in_parts()

    assert [part.attributes is not None for part in parts] == [True, False, False]
    assert {(part.timestamp, part.severity, part.version) for part in parts} == {
        ("2026-01-31T22:47:57.123456789+00:00", Severity(number=17, text="ERROR"), 2)
    }


@pytest.mark.parametrize("change", [{"timestamp": None}, {"severity": None}, {"attributes": {"a": 1}}])
def test_two_long_logs_that_differ_only_in_details_have_different_digests(change: dict[str, object]) -> None:
    assert details_in_parts()[1].whole_sha256 != details_in_parts(**change)[1].whole_sha256


def details_in_parts(**change: object) -> list[Envelope]:
    envelope = detailed_envelope_of("x" * SHORTEST_PART * 3, **change)
    return parts_of(envelope, max_chars=SHORTEST_PART, kinds=DEFAULT_KINDS, budget=ENOUGH)


def test_the_same_text_is_always_cut_in_the_same_way() -> None:
    text = "call 555-0199 or a@example.com\n" * 500

    assert list(cut(text, max_chars=700, kinds=DEFAULT_KINDS)) == list(cut(text, max_chars=700, kinds=DEFAULT_KINDS))


@pytest.mark.parametrize(
    "unit", ["x", " ", "\n", "@", "a@", "a.", "1", "+1 ", "555-", "a@example.com", "\\", "(", "é", "😀"]
)
def test_a_hundred_thousand_hostile_characters_take_seconds(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    started = time.process_time()

    pieces = list(cut(text, max_chars=2800, kinds=DEFAULT_KINDS))

    assert sum(map(len, pieces)) == len(text)
    # Three seconds for the worst where it was measured; anything quadratic takes minutes.
    assert time.process_time() - started < 20


@dataclass
class SteppingClock:
    """A clock that goes on by a step each time that it is read."""

    step: float
    now: float = 0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def budget(*, cpu_step: float, step: float) -> CuttingBudget:
    clocks = SteppingClock(cpu_step), SteppingClock(step)
    return CuttingBudget(cpu_seconds=5, deadline=5, cpu_clock=clocks[0], clock=clocks[1])


def cut_with(spent: CuttingBudget, *, parts: int) -> None:
    parts_of(envelope_of("x" * SHORTEST_PART * parts), max_chars=SHORTEST_PART, kinds=DEFAULT_KINDS, budget=spent)


def test_a_text_that_takes_too_much_work_can_never_be_cut() -> None:
    with pytest.raises(CannotBeCut):
        cut_with(budget(cpu_step=1, step=0), parts=8)


def test_a_text_that_was_not_cut_for_lack_of_time_may_be_cut_later() -> None:
    with pytest.raises(OutOfTime):
        cut_with(budget(cpu_step=0, step=1), parts=8)


def test_the_texts_of_one_request_share_the_time_for_cutting() -> None:
    shared = budget(cpu_step=1, step=0)

    cut_with(shared, parts=4)

    with pytest.raises(CannotBeCut):
        cut_with(shared, parts=4)
