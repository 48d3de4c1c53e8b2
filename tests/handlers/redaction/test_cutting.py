"""A text cut at safe places and redacted part by part is the text redacted whole, and such a place is near."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.redaction import redact, safe_cut
from tests.support.redaction_texts import texts


@given(texts, st.data())
def test_parts_cut_at_safe_places_join_to_the_whole(text: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(text)))

    cut = safe_cut(text, position)

    assert 0 <= cut <= position
    assert redact(text[:cut]).text + redact(text[cut:]).text == redact(text).text


@given(st.lists(texts, min_size=3, max_size=8).map(" ".join), st.integers(20, 60))
def test_a_text_cut_again_and_again_joins_to_the_whole(text: str, longest_part: int) -> None:
    start, parts = 0, []
    while start < len(text):
        cut = safe_cut(text, start + longest_part, start=start)
        end = cut if cut > start else next_safe_cut(text, start + longest_part, start)
        parts.append(text[start:end])
        start = end

    assert "".join(redact(part).text for part in parts) == redact(text).text


@pytest.mark.parametrize(
    ("text", "position", "cut"),
    [
        ("mail jane@example.com now", 10, 5),
        ("mail jane@example.com now", 23, 23),
        ("see 123-456-78901", 16, 15),
        ("from +1 123 456 7890 now", 8, 5),
        ("call 123 456 7890 now", 8, 0),
        ("phone: 4155552671", 7, 0),
        ("ok\nfine", 3, 3),
        ("short", 99, 5),
    ],
)
def test_a_cut_falls_before_whatever_it_would_change(text: str, position: int, cut: int) -> None:
    assert safe_cut(text, position) == cut


@pytest.mark.parametrize(
    "piece", ["aa@bb.cc.", "1", "@", ".", "-", "a@a", "1-1-", "(", "1 ", "555-0199 ", "a@b.co ", "+1", "漢"]
)
def test_a_safe_place_is_near_even_in_a_text_made_to_have_none(piece: str) -> None:
    text = piece * (6000 // len(piece))

    cut = safe_cut(text, 3000)

    assert 3000 - cut < 1500


def next_safe_cut(text: str, position: int, start: int) -> int:
    while (cut := safe_cut(text, position, start=start)) == start:
        position += 1
    return cut
