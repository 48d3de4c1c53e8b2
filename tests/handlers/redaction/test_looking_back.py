"""How far rules look back: what went just before a match can hide from them no more than that."""

import re
from collections.abc import Iterable
from re import _constants as opcode
from re import _parser as parser
from typing import Any

import pytest

from handlers.redaction.rules import RULES, TOKENS
from handlers.redaction.rules.rule import LOOK_BACK_CHARS, REACH_CHARS, expand


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_rule_looks_back_further_than_is_said(rule: Any) -> None:
    assert looks_back(parser.parse(expand(rule.pattern, TOKENS), re.ASCII)) <= LOOK_BACK_CHARS


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_match_is_longer_than_a_rule_may_reach(rule: Any) -> None:
    assert parser.parse(expand(rule.pattern, TOKENS), re.ASCII).getwidth()[1] <= REACH_CHARS


@pytest.mark.parametrize(
    ("pattern", "chars"), [(r"a(?<!bc)", 2), (r"(?:x|(?<=abc))", 3), (r"(?=(?<!\d{4}))", 4), ("a", 0)]
)
def test_the_width_of_a_look_back_is_recognised(pattern: str, chars: int) -> None:
    assert looks_back(parser.parse(pattern, re.ASCII)) == chars


def looks_back(items: Iterable[Any]) -> int:
    """Return how many characters before its place a parsed expression can see, at most."""
    return max((_looks_back(operation, argument) for operation, argument in items), default=0)


def _looks_back(operation: Any, argument: Any) -> int:
    if operation in {opcode.ASSERT, opcode.ASSERT_NOT}:
        direction, inside = argument
        return max(inside.getwidth()[1] if direction < 0 else 0, looks_back(inside))
    if operation is opcode.BRANCH:
        return max(looks_back(branch) for branch in argument[1])
    if operation is opcode.ATOMIC_GROUP:
        return looks_back(argument)
    if operation in {opcode.SUBPATTERN, opcode.MAX_REPEAT, opcode.MIN_REPEAT, opcode.POSSESSIVE_REPEAT}:
        return looks_back(argument[-1])
    return int(operation is opcode.AT)
