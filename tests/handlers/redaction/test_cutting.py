"""A text cut at safe places and redacted part by part is the text redacted whole, and such a place is near."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.redaction import KINDS, redact, safe_cut
from handlers.redaction.rules.rule import REACH_CHARS
from tests.support.counting_scanner import CountingScanner, count_scanning
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


PIECES = [
    *("admin@company.com", "jane.doe+tag@mail.example.co.uk", "bob%40example.com", "用户@例子.公司", "aa@bb.cc.", "a@"),
    *("555-0199", "+1 (800) 555-0199 ext. 7", "+44 20 7946 0958", "order 123-456-7890", "4155552671", "bytes=200-1023"),
    *("phone: 98765 43210", "phone=", "call ", "tel.: ", "mailto:", "git@github.com:org/repo.git", "b'", "%3D", "\\n"),
    *("ssh -p 22 -i key.pem root@db.example.com", "://app:secret@db.example.com", "\x1b[31m", *"@1-() +x,.a"),
    *("[REDACTED]", "(0212) 345 67 8", "電話: ", "Phone (home):   ", "call me at "),
    *("Phone:\n", "phones: [467 3395", ", 467 3396", '", "'),
]
SEPARATORS = ["", " ", ", ", "\\n", "\n", "-", "\t", ".", "|", "x" * 40]


@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6),
    st.lists(st.sampled_from(SEPARATORS), min_size=1, max_size=3),
    st.sampled_from([("email", "phone"), KINDS]),
    st.integers(0, 2**32),
)
def test_a_text_much_longer_than_what_a_cut_reads_joins_to_the_whole(
    pieces: list[str], separators: list[str], kinds: tuple[str, ...], seed: int
) -> None:
    chance = random.Random(seed)
    text = "".join(chance.choice(pieces) + chance.choice(separators) for _ in range(2500))[: 7 * REACH_CHARS]
    position = chance.randint(0, len(text))

    cut = safe_cut(text, position, kinds=kinds)

    assert redact(text[:cut], kinds).text + redact(text[cut:], kinds).text == redact(text, kinds).text


@pytest.mark.parametrize("unit", ["aa@bb.cc.", "a@example.com", "a.bb@cc.dd@", "aa@bb.cc.dd@ee.ff."])
def test_a_text_in_which_every_place_may_be_within_a_match_joins_to_the_whole(unit: str) -> None:
    text = unit * (8 * REACH_CHARS // len(unit))
    whole = redact(text).text

    for position in range(4 * REACH_CHARS + 500, 4 * REACH_CHARS + 500 + 2 * len(unit)):
        cut = safe_cut(text, position)
        assert cut > 0
        assert redact(text[:cut]).text + redact(text[cut:]).text == whole


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> CountingScanner:
    return count_scanning(monkeypatch)


LINE = "INFO web1: user jane.doe@example.com called +1 (800) 555-0199 about order 8812, took 35 ms"


@pytest.mark.parametrize("unit", ["a@a.", f"{LINE} ", "x", f"{LINE}\\n", "+1 (800) 555-0199 "])
def test_a_cut_reads_only_what_lies_close_to_it(counting: CountingScanner, unit: str) -> None:
    text = unit * (1_000_000 // len(unit))

    cut = safe_cut(text, 900_000, start=100_000)

    assert 899_000 < cut <= 900_000
    assert counting.characters < 20 * REACH_CHARS


def test_a_cut_at_a_line_end_reads_nothing(counting: CountingScanner) -> None:
    text = f"{LINE}\n" * 10_000

    assert safe_cut(text, len(LINE) + 1) == len(LINE) + 1
    assert counting.characters == 0


def next_safe_cut(text: str, position: int, start: int) -> int:
    while (cut := safe_cut(text, position, start=start)) == start:
        position += 1
    return cut
