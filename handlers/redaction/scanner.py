"""Runs the rules over a text in linear time: google-re2 finds where a rule may match, `re` says which and how far."""

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

import re2
from re2 import _re2

from handlers.redaction.lookalikes import MARKER, to_ascii_lookalikes, without_markers
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
        return settled(readable, first.found, first.doubtful, looking=self, begin=begin)

    def look(self, readable: str) -> list[Match]:
        """Give what matches in a text as rules read it, in one pass; more may match once that has gone."""
        look = _Look(self._by_first, readable, begin=0)
        look.at(self._hits(readable))
        return look.found

    def match_at(self, readable: str, position: int) -> Match | None:
        """Give what matches at a position of a text as rules read it."""
        rules = self._by_first[readable[position]]
        return None if rules is None else rules.match_at(readable, position)

    def matches_anywhere(self, text: str, *, begin: int, end: int) -> set[Match]:
        """Give what matches at each position from `begin` up to `end`, whatever a scan would have found before it.

        Also what matches there only if what stands before it has gone.
        """
        readable = without_markers(to_ascii_lookalikes(text))
        found: set[Match | None] = set()
        tried = begin
        for hit_begin, hit_end in self._hits(readable):
            last = min(hit_end + HINT_CONTEXT_CHARS, end)
            for position in range(_start(readable, hit_begin, hit_end, tried=tried, free=begin), last):
                if self._by_first[readable[position]] is not None:
                    freed = self.match_at(readable[position : position + 2 * REACH_CHARS], 0)
                    found |= {self.match_at(readable, position), freed and freed.moved(position)}
            tried = max(tried, last)
        return {match for match in found if match is not None}

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
        self._rest_begin, self._rest = 0, readable

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
                if position < self.gone + LOOK_BACK_CHARS:
                    match = self._match_behind(self.gone, rules, position)
                else:
                    match = rules.match_at(readable, position)
                if match is None:
                    doubtful.append(position)
                    position += 1
                    continue
                free = position = self._take(match, hit_end=end)
                if position >= end:
                    break
            tried = max(tried, position)

    def _take(self, match: Match, *, hit_end: int) -> int:
        self.found.append(match)
        rule, begin, start, end = match
        if rule.kind is None:
            self.doubtful.append(begin)
            return end
        readable, self.gone = self._readable, end
        if end < hit_end or readable[end : end + 1] not in _BEGINS_NOTHING:
            self.doubtful.append(end)
        if readable[start - 1 : start] not in _ENDS_NOTHING:
            self.doubtful.append(start)
        return end

    def _match_behind(self, gone: int, rules: "OneOf", position: int) -> Match | None:
        """Try rules right behind something that has gone: to them it is a line break, or the beginning of the text."""
        if gone < 0:
            return rules.match_at(self._readable, position)
        if gone != self._rest_begin:
            self._rest_begin, self._rest = gone, self._readable[gone : gone + 2 * REACH_CHARS]
        match = rules.match_at(self._rest, position - gone)
        return match and match.moved(gone)


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
        one_of = OneOf(self._rules, begin=character)
        self[character] = one_of if one_of.begins else None
        return self[character]


class OneOf:
    """Rules that are tried in order, without those that cannot begin with a character.

    Attributes:
        begins: whether any can.
    """

    def __init__(self, rules: Sequence[Rule], *, begin: str | None = None) -> None:
        rows = [tuple(row) for _, row in itertools.groupby(rules, key=lambda rule: rule.leads or rule.name)]
        tried = [row for row in rows if begin is None or any(re.match(rule.begins, begin) for rule in row)]
        self._matches = [(row.match, row.accepted) for row in map(_row, tried)]
        self.begins = bool(tried)

    def match_at(self, text: str, position: int) -> Match | None:
        """Give what the first of the rules matches that accepts what it finds there."""
        for match, accepted in self._matches:
            found = match(text, position)
            if found is not None and (taken := accepted(found, position)) is not None:
                return taken
        return None


class _Row:
    """Rules in a row that begin with the same, as one expression: one call tries them all, in their order."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        # Named, because what goes of a rule may be a group of its own.
        patterns = [f"(?P<_{place}>{rule.pattern})" for place, rule in enumerate(rules)]
        lead = f"(?={rules[0].leads})" if rules[0].leads and len(rules) > 1 else ""
        compiled = re.compile(expand(f"{lead}(?:{'|'.join(patterns)})", TOKENS), re.ASCII)
        self.match = compiled.match
        begins = [*compiled.groupindex.values(), compiled.groups + 1]
        self._by_group = {
            group: (rule, after - 1, rules[place + 1 :])
            for place, (rule, (group, after)) in enumerate(zip(rules, itertools.pairwise(begins), strict=True))
        }

    def accepted(self, found: re.Match[str], position: int) -> Match | None:
        rule, group, later = self._by_group[found.lastindex or 0]
        if rule.accepts is None or rule.accepts(found[group]):
            return Match(rule, position, *found.span(group))
        return _one_of(later).match_at(found.string, position) if later else None


_row = functools.cache(_Row)
_one_of = functools.cache(OneOf)


def _start(text: str, hit_begin: int, hit_end: int, *, tried: int, free: int) -> int:
    start = hit_begin
    if (first := text[hit_begin]) in REACH_BACK_OVER or first >= NON_ASCII:
        start = _start_of_name(text, hit_begin, earliest=max(tried, hit_begin - REACH_BACK_CHARS))
    start = max(start, tried)
    if text[hit_end - 1].isalpha():
        # A word behind a number: what was tried before may have begun in the middle of that number.
        return min(start, _start_of_number(text, hit_begin, free=free))
    return start


def _start_of_name(text: str, position: int, *, earliest: int) -> int:
    while position > earliest and ((before := text[position - 1]) in REACH_BACK_OVER or before >= NON_ASCII):
        position -= 1
    return position


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
