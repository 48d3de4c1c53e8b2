"""Every rule proves itself by its own examples, stays bounded, and is found wherever it matches."""

import re
from re import _parser as parser

import pytest
import re2

from handlers.redaction.rules import DEFAULT_KINDS, KINDS, RULES, TOKENS
from handlers.redaction.rules.rule import REACH_CHARS, Rule, expand
from handlers.redaction.rules.words import Words
from handlers.redaction.scanner import Match, scanner


def matches_of(rule: Rule, text: str) -> list[Match]:
    kinds = {*DEFAULT_KINDS, rule.kind or DEFAULT_KINDS[0]}
    return [match for match in scanner(frozenset(kinds)).matches(text) if match.rule is rule]


def marked(text: str, matches: list[Match]) -> str:
    for match in reversed(matches):
        text = f"{text[: match.start]}«{text[match.start : match.end]}»{text[match.end :]}"
    return text


def each(side: str) -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.name}: {example}") for rule in RULES for example in getattr(rule, side)
    ]


@pytest.mark.parametrize(("rule", "example"), each("matches"))
def test_a_rule_matches_what_its_examples_mark(rule: Rule, example: str) -> None:
    text = example.replace("«", "").replace("»", "")

    matches = matches_of(rule, text)

    assert marked(text, matches) == example


@pytest.mark.parametrize(("rule", "example"), each("ignores"))
def test_a_rule_matches_nothing_in_its_counter_examples(rule: Rule, example: str) -> None:
    assert marked(example, matches_of(rule, example)) == example


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_has_examples_on_both_sides(rule: Rule) -> None:
    assert rule.matches
    assert rule.ignores


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_pattern_is_bounded_with_all_that_it_looks_at(rule: Rule) -> None:
    pattern = expand(rule.pattern, TOKENS)
    looking_counted = re.sub(r"\(\?<?[=!]", "(?:", pattern)

    _, greatest_width = parser.parse(looking_counted, re.ASCII).getwidth()

    assert greatest_width <= REACH_CHARS


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_goes_reaches_to_the_end_of_a_match(rule: Rule) -> None:
    for example in rule.matches:
        text = example.replace("«", "").replace("»", "")
        for match in matches_of(rule, text):
            assert match.begin <= match.start < match.end


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.hint], ids=lambda rule: rule.name)
def test_a_hint_captures_nothing_for_groups_would_slow_the_finder(rule: Rule) -> None:
    assert re2.compile(expand(rule.hint, TOKENS).encode()).groups == 0


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_pattern_has_at_most_one_group_which_is_what_goes(rule: Rule) -> None:
    assert re.compile(expand(rule.pattern, TOKENS), re.ASCII).groups <= 1


def test_a_word_beyond_ascii_needs_its_characters_so_that_texts_in_ascii_can_do_without_it() -> None:
    words = {word for written in TOKENS.written.values() if isinstance(written, Words) for word in written.words}

    needed = {re.sub(r"[(\[].*?[)\]]|.\?", "", word) for word in words if not word.isascii()}

    assert needed
    assert not any(map(str.isascii, needed))


def test_names_of_rules_are_unique() -> None:
    names = [rule.name for rule in RULES]

    assert len(names) == len(set(names))


def test_the_default_kinds_are_email_and_phone_and_every_other_kind_is_off() -> None:
    assert DEFAULT_KINDS == ("email", "phone")
    assert set(KINDS) == {"email", "phone", "credit_card", "us_ssn", "iban", "ip", "secret", "private_key"}
