"""Whatever the text, redaction settles it at once, alters nothing else, misses nothing, and takes no undue work."""

import functools
import re
import sys
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handlers.redaction import MARKER, redact, spans
from handlers.redaction.compiled import OneOf
from handlers.redaction.lookalikes import to_ascii_lookalikes, without_markers
from handlers.redaction.rules import DEFAULT_KINDS, KINDS
from handlers.redaction.rules.rule import REACH_CHARS
from handlers.redaction.scanner import rules_of, scanner
from handlers.redaction.settling import Match
from tests.support.redaction_texts import texts


@given(texts, st.sampled_from([DEFAULT_KINDS, KINDS]))
@example("ssn r@e.de 078051120, card r@e.de: 4111111111111111", KINDS)
def test_redacting_twice_changes_nothing_more(text: str, kinds: tuple[str, ...]) -> None:
    once = redact(text, kinds)

    twice = redact(once.text, kinds)

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


@pytest.mark.parametrize("number", ["555-0199", "(0212) 345 67 89", "+1 415 555 2671", "jane@example.com"])
@pytest.mark.parametrize("glue", [" ", "", ": "])
def test_a_marker_that_somebody_writes_protects_nothing(number: str, glue: str) -> None:
    assert redact(MARKER + glue + number).text == MARKER + glue + MARKER
    assert redact(number + glue + MARKER).text == MARKER + glue + MARKER


@given(texts, texts)
def test_a_marker_parts_texts_as_a_line_break_does(before: str, after: str) -> None:
    assert redact(before + MARKER + after).text == MARKER.join([redact(before).text, redact(after).text])


def test_numbers_that_hold_each_other_back_all_go() -> None:
    assert redact("555-0199 555-0198 555-0197 555-0196").text == " ".join([MARKER] * 4)


# Their digits are none of a number beside them.
ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}|=[0-9A-F]{2}|\\u[0-9A-Fa-f]{4}|\[[0-9;]*m")


@given(texts)
def test_no_number_goes_that_touches_digits_which_stay(text: str) -> None:
    found = spans(text)
    without_escapes = ESCAPE.sub(lambda escape: "x" * len(escape[0]), text)

    gone = {place for span in found for place in range(span.start, span.end)}
    for span in found:
        if span.kind == "phone":
            for inside, outside in ((span.start, span.start - 1), (span.end - 1, span.end)):
                stays = 0 <= outside < len(text) and outside not in gone
                assert not (stays and text[inside].isdigit() and without_escapes[outside].isdigit())


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
    assert spans_found(text) == spans_by_looking_everywhere(text)


@pytest.mark.parametrize(
    "text",
    [
        "phone%20415-555-2671",
        "phone 1%3D415-555-2671",
        ":555-0199 now",
        "call +1-800-555-0199",
        "%401 (800) 555-0199 x12",
        "ssh \n ssh 555-0199",
        "001- 555-234-1234]",
        "789006 219-5406,phone",
    ],
)
def test_a_hint_that_leads_nowhere_hides_nothing_behind_it(text: str) -> None:
    found = scanner(frozenset(DEFAULT_KINDS)).matches(text)

    assert found
    assert spans_found(text) == spans_by_looking_everywhere(text)


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


def test_a_text_full_of_hits_in_one_long_word_is_not_read_to_its_end_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = scanner(frozenset(DEFAULT_KINDS)).compiled_for("")
    match, given = compiled.match, 0

    def counting(anchor: object, data: bytes, begin: int, end: int) -> object:
        nonlocal given
        given += end - begin
        return match(anchor, data, begin, end)

    monkeypatch.setattr(compiled, "match", counting)
    text = "%3D7tel" * 30_000
    hits = len(compiled.hits(text))

    assert hits > 10_000
    assert given < 30 * REACH_CHARS * hits


def test_words_longer_than_what_the_finder_reads_at_once_hide_nothing() -> None:
    words = [f"{'x' * 20_000}@example.com", "é" * 9_000, "y" * 50_000]

    found = spans("; ".join(part for word in words for part in ("555-0199; " * 100, word, "(020) 7946 0958")))

    assert [span.rule for span in found if span.rule != "seven digits"] == ["address", *["area code in brackets"] * 3]
    assert len(found) == 3 * 100 + 4


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


def spans_found(text: str) -> list[tuple[str, int, int]]:
    return [(span.rule, span.start, span.end) for span in spans(text)]


def spans_by_looking_everywhere(text: str) -> list[tuple[str, int, int]]:
    """Give what goes: what matches from left to right, then what matches in each piece that is left, by itself."""
    found = [match for match in matches_by_looking_everywhere(text) if match.rule.kind is not None]
    if not found:
        return []
    edges = [0, *(edge for match in found for edge in (match.start, match.end)), len(text)]
    more = [
        (rule, begin + start, begin + stop)
        for begin, end in zip(edges[::2], edges[1::2], strict=True)
        for rule, start, stop in spans_by_looking_everywhere(text[begin:end])
    ]
    return sorted([*((match.rule.name, match.start, match.end) for match in found), *more], key=lambda span: span[1])


def matches_by_looking_everywhere(text: str) -> Iterator[Match]:
    readable = without_markers(to_ascii_lookalikes(text))
    position = gone = 0
    while position < len(readable):
        found = every_rule().match_at(readable[gone:], position - gone)
        if found is None:
            position += 1
            continue
        match = Match(*found).moved(gone)
        yield match
        position = match.end
        if match.rule.kind is not None:
            gone = position
