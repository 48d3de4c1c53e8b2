"""Whatever the text, redaction settles it at once, alters nothing else, misses nothing, and takes no undue work."""

import functools
import re
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.redaction import MARKER, redact, spans
from handlers.redaction.lookalikes import to_ascii_lookalikes
from handlers.redaction.rules import DEFAULT_KINDS
from handlers.redaction.scanner import Match, OneOf, rules_of, scanner
from tests.support.redaction_texts import texts


@given(texts)
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redact(text)

    twice = redact(once.text)

    assert twice.text == once.text
    assert set(twice.counts.values()) == {0}


@pytest.mark.parametrize(
    "text",
    [
        "(0212) 345 67 890-555-0199",
        "1 tel. +40 21 123 4213 555-0199",
        "+254 20 2012345 (0212) 345 67 89",
        "044 668 18 00 (555-0199)",
        "+14155552671\x1b[31m415-555-2671\x1b[0m",
        "phone: 98765 43210\u00ad1bob@example.com",
        "+919876543/10bob@example.com",
        "4155552671 ms@example.com",
        "+1.8005550199+919876543210,tel:",
        "(0212) 345 67 8:(020) 7946 0958",
    ],
)
def test_a_number_beside_another_match_becomes_none_when_that_is_gone(text: str) -> None:
    once = redact(text).text

    assert once != text
    assert redact(once).text == once


@given(texts)
def test_no_character_outside_a_span_is_altered(text: str) -> None:
    found = spans(text)

    edges = [0, *(edge for span in found for edge in (span.start, span.end)), len(text)]
    kept = [text[begin:end] for begin, end in zip(edges[::2], edges[1::2], strict=True)]
    assert edges == sorted(edges)
    assert redact(text).text == MARKER.join(kept)


@given(texts)
def test_counts_equal_the_number_of_markers_added(text: str) -> None:
    result = redact(text)

    assert sum(result.counts.values()) == len(spans(text))
    assert result.text.count(MARKER) >= sum(result.counts.values())


@given(texts)
def test_the_finder_misses_nothing_that_a_look_at_every_position_finds(text: str) -> None:
    found = list(scanner(frozenset(DEFAULT_KINDS)).matches(text))

    assert found == list(matches_by_looking_everywhere(text))


@pytest.mark.parametrize(
    "text",
    [
        "phone%20415-555-2671",
        "phone 1%3D415-555-2671",
        ":555-0199 now",
        "call +1-800-555-0199",
        "%401 (800) 555-0199 x12",
        "ssh \n ssh 555-0199",
    ],
)
def test_a_hint_that_leads_nowhere_hides_nothing_behind_it(text: str) -> None:
    found = list(scanner(frozenset(DEFAULT_KINDS)).matches(text))

    assert found
    assert found == list(matches_by_looking_everywhere(text))


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "@",
        ".",
        "-",
        "a",
        "a@",
        "a@a.",
        "x@a.b-",
        "1-1-",
        "1 ",
        "(",
        "+1",
        "555-0199-a ",
        "ssh ",
        "phone 1",
        "01 ",
        "é@é.",
    ],
)
def test_work_grows_in_step_with_a_text_made_to_be_slow(piece: str) -> None:
    work = [patterns_tried_on(piece * (size // len(piece))) for size in (4_000, 16_000)]

    assert work[1] <= 4.2 * work[0] + 100
    assert work[1] <= 4 * 16_000


def test_the_count_of_tried_patterns_counts() -> None:
    assert patterns_tried_on("bob@example.com " * 100) >= 100


def patterns_tried_on(text: str) -> int:
    tried = 0

    def count(_frame: object, event: str, argument: object) -> None:
        nonlocal tried
        tried += event == "c_call" and isinstance(getattr(argument, "__self__", None), re.Pattern)

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        redact(text)
    finally:
        sys.setprofile(before)
    return tried


@given(st.text())
def test_look_alikes_are_replaced_one_for_one(text: str) -> None:
    assert len(to_ascii_lookalikes(text)) == len(text)


@functools.cache
def every_rule() -> OneOf:
    return OneOf(rules_of(frozenset(DEFAULT_KINDS)))


def matches_by_looking_everywhere(text: str) -> Iterator[Match]:
    readable = to_ascii_lookalikes(text)
    position = 0
    while position < len(readable):
        match = every_rule().match_at(readable, position)
        if match is not None:
            yield match
        position = match.end if match else position + 1
