"""Redaction takes what must go, leaves what must stay, and counts what went."""

import pytest

from handlers.redaction import MARKER, redact, spans
from handlers.redaction.rules import KINDS
from tests.support.redaction_texts import MUST_GO, MUST_STAY

SURROUNDINGS = [
    "{}",
    "a {} b",
    "({})",
    "[{}]",
    "<{}>",
    '"{}"',
    "'{}'",
    "{}.",
    "{},",
    "{};",
    "{}!",
    "{}...",
    "\t{}\n",
    "to={} ",
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("User 555-0199...", "User [REDACTED]..."),
        (
            "Error: contact admin@company.com or call 123-456-7890",
            "Error: contact [REDACTED] or call [REDACTED]",
        ),
        ("tel:+14155552671", "tel:[REDACTED]"),
        ("phone=4155552671", "phone=[REDACTED]"),
        ("mailto:jane@example.com", "mailto:[REDACTED]"),
    ],
)
def test_the_part_that_must_go_is_replaced_and_the_rest_kept(text: str, expected: str) -> None:
    assert redact(text).text == expected


@pytest.mark.parametrize("surrounding", SURROUNDINGS)
@pytest.mark.parametrize("secret", MUST_GO)
def test_what_must_go_goes_whatever_surrounds_it(secret: str, surrounding: str) -> None:
    assert redact(surrounding.format(secret)).text == surrounding.format(MARKER)


@pytest.mark.parametrize("harmless", MUST_STAY)
def test_what_must_stay_stays(harmless: str) -> None:
    line = f"INFO {harmless} done"

    assert redact(line).text == line
    assert redact(harmless).text == harmless


def test_the_shortest_address_behind_a_key_goes_at_the_first_look() -> None:
    key = f"{'x' * 10}-us12"

    assert redact(f"glpat-{key}github_pat_{key}{key}::1", ["ip", "secret"]).text == f"{MARKER}{MARKER}"


def test_counts_name_every_kind_asked_for_and_say_how_many_went() -> None:
    result = redact("a@b.co, c@d.co or 555-0199")

    assert result.counts == {"email": 2, "phone": 1}
    assert redact("nothing").counts == {"email": 0, "phone": 0}


def test_only_the_kinds_asked_for_go() -> None:
    text = "jane@example.com 555-0199 4111 1111 1111 1111"

    assert redact(text, ["phone"]).text == "jane@example.com [REDACTED] 4111 1111 1111 1111"
    assert redact(text, KINDS).text == "[REDACTED] [REDACTED] [REDACTED]"


def test_a_number_that_fails_the_check_of_one_rule_may_still_match_another() -> None:
    assert redact("call 415-555-2671 or 4111-1111-1111-1112", KINDS).text == "call [REDACTED] or 4111-1111-1111-1112"


def test_an_unknown_kind_is_refused_with_the_kinds_that_exist() -> None:
    with pytest.raises(ValueError, match=r"must be among phone, email.*got 'passport'"):
        redact("x", ["email", "passport"])


def test_a_span_says_what_was_found_where_and_by_which_rule() -> None:
    (span,) = spans("é😀 mail jane@example.com now")

    assert span == ("email", "address", 8, 24)


@pytest.mark.parametrize(
    "text",
    [
        "123-456-7890:555-0199",
        "(415)5552671:0044 20 7946 0958",
        "01 23 45 67 89 ab+1.8005550199jane+tag@example.com",
        "9.иван@пример.рф00 33 1 23 45 67 89",
        "555-0198:admin@company.com",
        "phone: 98765 43210:555@b.co",
        "415-555-2671%40'jane@example.com'",
    ],
)
def test_a_marker_counts_like_what_it_replaced_when_its_neighbour_is_judged(text: str) -> None:
    once = redact(text).text

    assert redact(once).text == once


@pytest.mark.parametrize(
    "text",
    [
        "\ud800 a@b.co \udfff",
        "\0a@b.co\0",
        "\x1b[31ma@b.co\x1b[0m",
        "\x1b[1;32mcall a@b.co",
        "\u202ea@b.co\u202c",
        "😀a@b.co😀",
        "a@b.co\r\n\u2028",
    ],
)
def test_characters_of_every_sort_around_a_match_survive(text: str) -> None:
    assert redact(text).text == text.replace("a@b.co", MARKER)
