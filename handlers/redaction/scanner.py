"""Runs the rules over a text in linear time: google-re2 finds where a rule may match, `re` says which and how far."""

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import re2
from re2 import _re2

from handlers.redaction.lookalikes import LINE_BREAK, MARKER, to_ascii_lookalikes, without_markers
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
# No hint begins with one of these, nor ends with one of the others where it would not do so in the middle of a text.
_BEGINS_NOTHING = frozenset(("", *" \t\n\r,;\"'<>)]}|!?*&$^`~."))
_ENDS_NOTHING = frozenset(("", *" \t\n\r,;\"'<>()[]{}|!?*&$^`~.:=/-@%+#\\"))
_UNANCHORED = _re2.RE2.Anchor.UNANCHORED


class Scanner:
    """Some rules, compiled, in order of preference; safe to share between threads."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        hints = [*(expand(rule.hint, TOKENS) for rule in rules if rule.hint), re.escape(MARKER)]
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
        hits = self._hits(readable)
        if not hits:
            return []
        if _hold_marker(readable, hits):
            readable = without_markers(readable)
            hits = self._hits(readable)
        first = _Look(self._by_first, readable, begin=begin)
        first.at(hits)
        if first.gone < 0 or not first.doubtful:
            return first.found
        return settled(readable, first.found, first.doubtful, look=self._look, begin=begin)

    def _look(self, readable: str) -> list[Match]:
        look = _Look(self._by_first, readable, begin=0)
        look.at(self._hits(readable))
        return look.found

    def matches_anywhere(self, text: str, *, begin: int, end: int) -> dict[int, Match]:
        """Give what matches at each position from `begin` up to `end`, whatever a scan would have found before it."""
        readable = without_markers(to_ascii_lookalikes(text))
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

    def _hits(self, text: str) -> list[tuple[int, int]]:
        # A lone surrogate has no UTF-8 form of its own; it is neither refused here nor changed.
        data = text.encode(errors="surrogatepass")
        in_bytes = self._hits_in_bytes(data)
        return in_bytes if len(data) == len(text) else list(_in_characters(in_bytes, data))

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


class _Look:
    """A look at a text from left to right, at each place that the finder hit; what goes is gone for what follows.

    Attributes:
        found: what matches.
        doubtful: where more may match once all that has gone: what did not match may do so without its neighbour, and
            what the finder could not see because it begins right behind a match, or ends right before one.
        gone: where the last match that goes ends; -1 if nothing went.
    """

    def __init__(self, by_first: "_ByFirstCharacter", readable: str, *, begin: int) -> None:
        self.found: list[Match] = []
        self.doubtful: list[int] = []
        self.gone = -1
        self._by_first = by_first
        self._readable = readable
        self._begin = begin
        self._rest = ""

    def at(self, hits: Iterable[tuple[int, int]]) -> None:
        """Try the rules at every position that a hit covers, until one matches."""
        by_first, readable, doubtful = self._by_first, self._readable, self.doubtful
        size = len(readable)
        tried = free = self._begin
        for hit_begin, end in hits:
            last = min(end + HINT_CONTEXT_CHARS, size)
            # What was tried in vain need not be tried again at the next hit, which may be within reach of this one.
            if end <= free or last <= tried:
                continue
            if hit_begin < self.gone:
                doubtful.append(self.gone)
            position = _start(readable, hit_begin, end, tried=tried, free=free)
            while position < last:
                rules = by_first[readable[position]]
                if rules is None:
                    position += 1
                    continue
                match = (
                    self._match(rules, position)
                    if position < self.gone + LOOK_BACK_CHARS
                    else rules.match_at(readable, position)
                )
                if match is None:
                    doubtful.append(position)
                    position += 1
                    continue
                self._take(match, hit_end=end)
                free = position = match.end
                if position >= end:
                    break
            tried = max(tried, position)

    def _match(self, rules: "OneOf", position: int) -> Match | None:
        """Try rules right behind something that has gone: to them it is a line break."""
        if self.gone < 0:
            return rules.match_at(self._readable, position)
        self._rest = self._rest or LINE_BREAK + self._readable[self.gone : self.gone + 2 * REACH_CHARS]
        match = rules.match_at(self._rest, position - self.gone + 1)
        return match and match.moved(self.gone - 1)

    def _take(self, match: Match, *, hit_end: int) -> None:
        self.found.append(match)
        if match.rule.kind is None:
            self.doubtful.append(match.begin)
            return
        readable, start, end = self._readable, match.start, match.end
        self.gone, self._rest = end, ""
        if end < hit_end or readable[end : end + 1] not in _BEGINS_NOTHING:
            self.doubtful.append(end)
        if readable[start - 1 : start] not in _ENDS_NOTHING:
            self.doubtful.append(start)


def _hold_marker(readable: str, hits: list[tuple[int, int]]) -> bool:
    # Each marker is a hit, or another one reaches into it. Where hits are few, this is faster than to look everywhere.
    if len(hits) * 1000 > len(readable):
        return MARKER in readable
    return any(readable.find(MARKER, begin, end + len(MARKER)) >= 0 for begin, end in hits)


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
