"""Line breaks part what is redacted: no rule reads past one, so a text may be cut after it, but not behind a label."""

import re
from collections.abc import Iterable
from re import _constants as opcode
from re import _parser as parser
from typing import Any

import pytest

from handlers.redaction import redact, redact_attributes, safe_cut
from handlers.redaction.cutting import LINE_BREAKS
from handlers.redaction.rules import RULES, TOKENS
from handlers.redaction.rules.rule import Tokens, expand

# The one break that a rule may read over stands behind a colon.
WITHOUT_BREAK = Tokens({**TOKENS.written, "label-break": ""}, ascii_only=False)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("line_break", LINE_BREAKS)
def test_no_rule_reads_past_a_line_end(rule: Any, line_break: str) -> None:
    assert not reads(parser.parse(expand(rule.pattern, WITHOUT_BREAK), re.ASCII), ord(line_break))


@pytest.mark.parametrize("label", ["Phone:", "Tel (home): ", "電話\uff1a", "phone:\u00a0\t"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_text_is_not_cut_between_a_label_and_its_number_in_the_next_line(label: str, line_break: str) -> None:
    text = f"one\ntwo {label}{line_break}  467 3395\nthree"

    assert redact(text).text == text.replace("467 3395", "[REDACTED]")
    for position in range(text.index(label) + len(label), text.index("3395")):
        cut = safe_cut(text, position)
        assert redact(text[:cut]).text + redact(text[cut:]).text == redact(text).text


def test_a_label_leads_over_one_line_break_only() -> None:
    assert redact("Phone:[REDACTED]467 3395").counts["phone"] == 0
    assert safe_cut("Phone:\n\n467 3395", 8) == 8


def test_a_label_leads_to_no_other_text_of_the_same_attributes() -> None:
    assert redact_attributes({"Phone:": None, "467 3395": None}).counts == {"email": 0, "phone": 0}


def reads(items: Iterable[Any], code: int) -> bool:
    """Return whether a parsed expression can take in this character, or look at one behind it."""
    return any(_takes(operation, argument, code) for operation, argument in items)


def _takes(operation: Any, argument: Any, code: int) -> bool:
    if operation in {opcode.LITERAL, opcode.NOT_LITERAL}:
        return (argument == code) == (operation is opcode.LITERAL)
    if operation is opcode.IN:
        return bool(re.fullmatch(_as_class(argument), chr(code), re.ASCII))
    if operation is opcode.ANY:
        return True
    if operation is opcode.BRANCH:
        return any(reads(branch, code) for branch in argument[1])
    if operation is opcode.AT:
        # The other anchors tell the beginning or the end of a text from a line break.
        return argument not in {opcode.AT_BOUNDARY, opcode.AT_NON_BOUNDARY}
    nested = argument if operation is opcode.ATOMIC_GROUP else argument[-1]
    return reads(nested, code)


_CATEGORIES = {
    opcode.CATEGORY_DIGIT: r"\d",
    opcode.CATEGORY_NOT_DIGIT: r"\D",
    opcode.CATEGORY_SPACE: r"\s",
    opcode.CATEGORY_NOT_SPACE: r"\S",
    opcode.CATEGORY_WORD: r"\w",
    opcode.CATEGORY_NOT_WORD: r"\W",
}


def _as_class(items: list[Any]) -> str:
    written = "^" if items[0][0] is opcode.NEGATE else ""
    for operation, argument in items:
        if operation is opcode.LITERAL:
            written += re.escape(chr(argument))
        elif operation is opcode.RANGE:
            written += f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
        elif operation is opcode.CATEGORY:
            written += _CATEGORIES[argument]
    return f"[{written}]"


@pytest.mark.parametrize(
    "pattern", [r"a\s", r"a[^b]", r"a(?=.|\n)", r"a(?:b|\W)", r"a(?!\D)", r"a$", r"^a", r"(?s)a(?>b.)"]
)
def test_an_expression_that_reads_past_a_line_end_is_recognised(pattern: str) -> None:
    assert reads(parser.parse(pattern, re.ASCII), ord("\n"))
