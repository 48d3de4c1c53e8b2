"""Runs the rules over a text in linear time: google-re2 finds where a rule may match, `re` says which and how far."""

import functools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import re2

from handlers.domain.redaction_grammar import HINT_CONTEXT_CHARS, REACH_BACK_CHARS, REACH_BACK_OVER, Rule, expand
from handlers.domain.redaction_lookalikes import to_ascii_lookalikes
from handlers.domain.redaction_rules import KINDS, RULES, TOKENS


class Match(NamedTuple):
    """Where a rule matched: from `begin`, with the words that led to it; what goes, or stays, is `start` to `end`."""

    rule: Rule
    begin: int
    start: int
    end: int


class Scanner:
    """Some rules, compiled, in order of preference; safe to share between threads."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        hints = [expand(rule.hint, TOKENS) for rule in rules if rule.hint]
        self.finder = re2.compile("|".join(hints).encode())
        self.decider = Decider(rules)

    def matches(self, text: str) -> Iterator[Match]:
        """Yield what matches, left to right and never overlapping; what stays by an exception is among it."""
        readable = to_ascii_lookalikes(text)
        free = 0
        for begin, end in self._hits(readable):
            begin = max(free, _start_of_name(readable, begin))
            while (match := self.decider.first_match(readable, begin, end)) is not None:
                yield match
                begin = free = match.end

    def _hits(self, text: str) -> Iterator[tuple[int, int]]:
        # A lone surrogate has no UTF-8 form of its own; it is neither refused here nor changed.
        data = text.encode(errors="surrogatepass")
        if len(data) == len(text):
            yield from (hit.span() for hit in self.finder.finditer(data))
            return
        character = byte = 0
        for hit in self.finder.finditer(data):
            begin = character + len(data[byte : hit.start()].decode(errors="surrogatepass"))
            character = begin + len(hit.group().decode(errors="surrogatepass"))
            byte = hit.end()
            yield begin, character


def _start_of_name(text: str, end: int) -> int:
    return end - _name_backwards().match(text[max(0, end - REACH_BACK_CHARS) : end][::-1]).end()


@functools.cache
def _name_backwards() -> re.Pattern[str]:
    return re.compile(REACH_BACK_OVER + "*")


class Decider:
    """Says with `re`, which can look around, which rule matches at a position and how far."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        patterns = [f"({expand(rule.pattern, TOKENS)})" for rule in rules]
        self.expression = re.compile("|".join(patterns), re.ASCII)
        self._rules = rules
        self._rule_of_group: dict[int | None, tuple[int, int]] = {}
        first_group = 1
        for index, pattern in enumerate(patterns):
            groups = re.compile(pattern, re.ASCII).groups
            self._rule_of_group[first_group] = (index, first_group + groups - 1)
            first_group += groups

    def first_match(self, text: str, begin: int, end: int) -> Match | None:
        """Give the match that begins first, at `begin` or later, up to the hint's end and what the next one may miss."""
        for position in range(begin, end + HINT_CONTEXT_CHARS):
            found = self.expression.match(text, position)
            if found is not None and (match := self._accepted(found)) is not None:
                return match
        return None

    def _accepted(self, found: re.Match[str]) -> Match | None:
        index, group = self._rule_of_group[found.lastindex]
        rule = self._rules[index]
        if rule.accepts is None or rule.accepts(found[group]):
            return Match(rule, found.start(), *found.span(group))
        return self._later_rules(index).first_match(found.string, found.start(), found.start() + 1)

    @functools.cache  # noqa: B019 - as many entries as rules with a last check, and it lives as long as they do
    def _later_rules(self, index: int) -> "Decider":
        return Decider(self._rules[index + 1 :])


@functools.lru_cache(maxsize=8)
def scanner(kinds: tuple[str, ...]) -> Scanner:
    """Give the scanner for these kinds and every exception. Raises ValueError for a kind that no rule has."""
    for kind in kinds:
        if kind not in KINDS:
            raise ValueError(f"redact must name kinds of {', '.join(KINDS)}, got {kind!r}; leave it out or correct it")
    return Scanner([rule for rule in RULES if rule.kind is None or rule.kind in kinds])
