"""Runs the rules over a text in linear time: google-re2 finds where a rule may match, `re` says which and how far."""

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import re2
from re2 import _re2

from handlers.redaction.lookalikes import LINE_BREAK, to_ascii_lookalikes
from handlers.redaction.rules import KINDS, RULES, TOKENS
from handlers.redaction.rules.rule import (
    HINT_CONTEXT_CHARS,
    LOOK_BACK_CHARS,
    REACH_BACK_CHARS,
    REACH_BACK_IN_NUMBER_CHARS,
    REACH_BACK_IN_NUMBER_OVER,
    REACH_BACK_OVER,
    REACH_CHARS,
    Rule,
    expand,
)
from handlers.redaction.settling import Match, settled

# Stands for every character beyond ASCII.
NON_ASCII = "\x80"
_UNANCHORED = _re2.RE2.Anchor.UNANCHORED


class Scanner:
    """Some rules, compiled, in order of preference; safe to share between threads."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        hints = [expand(rule.hint, TOKENS) for rule in rules if rule.hint]
        self._finder = _re2.RE2("|".join(hints).encode(), _options()).Match
        self._by_first = _ByFirstCharacter(rules)

    def matches(self, text: str, *, begin: int = 0) -> list[Match]:
        """Give what matches, left to right and never overlapping; what stays by an exception is among it.

        Nothing more matches in the text that is left when all that goes is replaced by markers.

        Args:
            text: what is scanned.
            begin: where the first match may begin; what stands before is looked back at.
        """
        readable = to_ascii_lookalikes(text)
        found = self.first_matches(readable, begin=begin)
        return settled(readable, found, self.first_matches, begin=begin)

    def first_matches(self, readable: str, *, begin: int = 0) -> list[Match]:
        """Give what matches at the first look, at which what goes later still stands behind what goes earlier.

        Args:
            readable: a copy of the text as `to_ascii_lookalikes` gives it.
            begin: where the first match may begin.
        """
        by_first = self._by_first
        gone, blind, rest = 0, -1, ""
        found: list[Match] = []
        tried = free = begin
        # All hits at once: taking turns, the two engines would empty each other's processor caches.
        for hit_begin, end in self._hits(readable):
            last = min(end + HINT_CONTEXT_CHARS, len(readable))
            # What was tried in vain need not be tried again at the next hit, which may be within reach of this one.
            if end <= free or last <= tried:
                continue
            position = _start(readable, hit_begin, end, tried=tried, free=free)
            while position < last:
                rules = by_first[readable[position]]
                if rules is None:
                    position += 1
                    continue
                if position >= blind:
                    match = rules.match_at(readable, position)
                else:
                    # What stands before has gone, and a marker tells the rules no more than a line break.
                    rest = rest or LINE_BREAK + readable[gone : gone + 2 * REACH_CHARS]
                    match = rules.match_at(rest, position - gone + 1)
                    match = match and match.moved(gone - 1)
                if match is None:
                    position += 1
                    continue
                found.append(match)
                free = position = match.end
                if match.rule.kind is not None:
                    gone, blind, rest = free, free + LOOK_BACK_CHARS, ""
                if position >= end:
                    break
            tried = max(tried, position)
        return found

    def matches_anywhere(self, text: str, *, begin: int, end: int) -> dict[int, Match]:
        """Give what matches at each position from `begin` up to `end`, whatever a scan would have found before it."""
        readable = to_ascii_lookalikes(text)
        found: dict[int, Match] = {}
        tried = begin
        for hit_begin, hit_end in self._hits(readable):
            last = min(hit_end + HINT_CONTEXT_CHARS, end)
            for position in range(_start(readable, hit_begin, hit_end, tried=tried, free=begin), last):
                rules = self._by_first[readable[position]]
                if rules is not None and (match := rules.match_at(readable, position)) is not None:
                    found[position] = match
            tried = max(tried, last)
        return found

    def _hits(self, text: str) -> Iterable[tuple[int, int]]:
        # A lone surrogate has no UTF-8 form of its own; it is neither refused here nor changed.
        data = text.encode(errors="surrogatepass")
        in_bytes = self._hits_in_bytes(data)
        return in_bytes if len(data) == len(text) else _in_characters(in_bytes, data)

    def _hits_in_bytes(self, data: bytes) -> list[tuple[int, int]]:
        # RE2's own method: half of the time that the package's `finditer` takes goes into objects nobody needs.
        hits: list[tuple[int, int]] = []
        add, match, position, size = hits.append, self._finder, 0, len(data)
        while position < size:
            ((begin, end),) = match(_UNANCHORED, data, position, size)
            if begin < 0:
                break
            add((begin, end))
            position = end
        return hits


def _options() -> re2.Options:
    options = re2.Options()
    # Used as far as the states of a text need it; with the default, texts full of labels would fall back to a slow way.
    options.max_mem = 64 << 20
    return options


def _in_characters(hits: Iterable[tuple[int, int]], data: bytes) -> Iterator[tuple[int, int]]:
    byte = character = 0
    for begin, end in hits:
        first = character + len(data[byte:begin].decode(errors="surrogatepass"))
        byte, character = end, first + len(data[begin:end].decode(errors="surrogatepass"))
        yield first, character


class _ByFirstCharacter(dict[str, "OneOf | None"]):
    """For each ASCII character, and for all others together, the rules that can begin with it; compiled on demand."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        super().__init__()
        self._rules = rules

    def __missing__(self, character: str) -> "OneOf | None":
        if character > NON_ASCII:
            return self[NON_ASCII]
        rules = tuple(rule for rule in self._rules if re.match(rule.begins, character))
        self[character] = _one_of(rules) if rules else None
        return self[character]


class OneOf:
    """Several rules that are tried in order, each compiled once however many characters it can begin with."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._compiled = [
            (_compiled(leads)[0] if leads else None, [(rule, *_compiled(rule.pattern)) for rule in in_a_row])
            for leads, in_a_row in itertools.groupby(rules, key=lambda rule: rule.leads)
        ]

    def match_at(self, text: str, position: int) -> Match | None:
        """Give what the first of the rules matches that accepts what it finds there."""
        for lead, rules in self._compiled:
            if lead is not None and lead(text, position) is None:
                continue
            for rule, match, group in rules:
                found = match(text, position)
                if found is not None and (rule.accepts is None or rule.accepts(found[group])):
                    return Match(rule, position, *found.span(group))
        return None


_one_of = functools.cache(OneOf)


@functools.cache
def _compiled(pattern: str) -> tuple[Callable[[str, int], re.Match[str] | None], int]:
    compiled = re.compile(expand(pattern, TOKENS), re.ASCII)
    return compiled.match, compiled.groups


def _start(text: str, hit_begin: int, hit_end: int, *, tried: int, free: int) -> int:
    start = _start_of_name(text, hit_begin, tried=tried)
    if text[hit_end - 1].isalpha():
        # A word behind a number: what was tried before may have begun in the middle of that number.
        return min(start, _start_of_number(text, hit_begin, free=free))
    return start


def _start_of_name(text: str, position: int, *, tried: int) -> int:
    if (first := text[position]) not in REACH_BACK_OVER and first < NON_ASCII:
        return max(position, tried)
    earliest = max(tried, position - REACH_BACK_CHARS)
    while position > earliest and ((before := text[position - 1]) in REACH_BACK_OVER or before >= NON_ASCII):
        position -= 1
    return max(position, tried)


def _start_of_number(text: str, position: int, *, free: int) -> int:
    earliest = max(free, position - REACH_BACK_IN_NUMBER_CHARS)
    while position > earliest and text[position - 1] in REACH_BACK_IN_NUMBER_OVER:
        position -= 1
    return max(position, free)


@functools.cache
def scanner(kinds: frozenset[str]) -> Scanner:
    """Give the scanner for these kinds and every exception. Raises ValueError for a kind that no rule has."""
    for kind in sorted(kinds - set(KINDS)):
        raise ValueError(f"kinds to redact must be among {', '.join(KINDS)}, got {kind!r}: correct it or leave it out")
    return Scanner(rules_of(kinds))


def rules_of(kinds: frozenset[str]) -> tuple[Rule, ...]:
    """Give the rules of these kinds and every exception, in order of preference."""
    return tuple(rule for rule in RULES if rule.kind is None or rule.kind in kinds)
