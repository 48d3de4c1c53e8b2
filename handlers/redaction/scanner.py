"""Runs the rules over a text in linear time: google-re2 finds where a rule may match, `re` says which and how far."""

import functools
from collections.abc import Iterable, Mapping, Sequence

from handlers.redaction.compiled import NON_ASCII, Compiled, OneOf
from handlers.redaction.lookalikes import MARKER, to_ascii_lookalikes, without_markers
from handlers.redaction.rules import KINDS, RULES
from handlers.redaction.rules.rule import (
    HINT_CONTEXT_CHARS,
    LOOK_BACK_CHARS,
    REACH_BACK_CHARS,
    REACH_BACK_IN_NUMBER_CHARS,
    REACH_BACK_IN_NUMBER_OVER,
    REACH_BACK_OVER,
    REACH_CHARS,
    Rule,
)
from handlers.redaction.settling import Match, settled

# No hint begins with one of these, nor ends with one of the others where it would not do so in the middle of a text.
_BEGINS_NOTHING = frozenset(("", *" \t\n\r,;\"'<>)]}|!?*&$^`~."))
_ENDS_NOTHING = frozenset(("", *" \t\n\r,;\"'<>()[]{}|!?*&$^`~.:=/-@%+#\\"))
_NOT_OF_A_NAME = frozenset(map(chr, range(ord(NON_ASCII)))) - REACH_BACK_OVER


class Scanner:
    """Some rules, compiled, in order of preference; safe to share between threads."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules

    @functools.cached_property
    def _for_ascii(self) -> Compiled:
        return Compiled(self._rules, ascii_only=True)

    @functools.cached_property
    def _for_all(self) -> Compiled:
        return Compiled(self._rules, ascii_only=False)

    def _compiled_for(self, readable: str) -> Compiled:
        return self._for_ascii if readable.isascii() else self._for_all

    def compile_all(self) -> None:
        """Compile now what would be compiled at its first use, for a process that is going to fork."""
        for compiled in (self._for_ascii, self._for_all):
            for character in map(chr, range(ord(NON_ASCII) + 1)):
                if (rules := compiled.by_first[character]) is not None:
                    rules.match_at("", 0)

    def matches(self, text: str, *, begin: int = 0) -> list[Match]:
        """Give what matches, left to right and never overlapping; what stays by an exception is among it.

        Nothing more matches in the text that is left when all that goes is replaced by markers.

        Args:
            text: what is scanned.
            begin: where the first match may begin; what stands before is looked back at.
        """
        readable = to_ascii_lookalikes(text)
        compiled = self._compiled_for(readable)
        hits = compiled.hits(readable)
        if not hits:
            return []
        if _hold_marker(readable, hits):
            readable = without_markers(readable)
            hits = compiled.hits(readable)
        first = _Look(compiled.by_first, readable, begin=begin)
        first.at(hits)
        if first.gone < 0 or not first.doubtful:
            return first.found
        return settled(readable, first.found, first.doubtful, looking=self, begin=begin)

    def look(self, readable: str) -> list[Match]:
        """Give what matches in a text as rules read it, in one pass; more may match once that has gone."""
        compiled = self._compiled_for(readable)
        look = _Look(compiled.by_first, readable, begin=0)
        look.at(compiled.hits(readable))
        return look.found

    def match_at(self, readable: str, position: int) -> Match | None:
        """Give what matches at a position of a text as rules read it."""
        rules = self._compiled_for(readable).by_first[readable[position]]
        return None if rules is None else rules.match_at(readable, position)

    def matches_anywhere(self, text: str, *, begin: int, end: int) -> set[Match]:
        """Give what matches at each position from `begin` up to `end`, whatever a scan would have found before it.

        Also what matches there only if what stands before it has gone.
        """
        readable = without_markers(to_ascii_lookalikes(text))
        compiled = self._compiled_for(readable)
        by_first = compiled.by_first
        found: set[Match | None] = set()
        tried = begin
        for hit_begin, hit_end in compiled.hits(readable):
            last = min(hit_end + HINT_CONTEXT_CHARS, end)
            for position in range(_start(readable, hit_begin, hit_end, tried, begin), last):
                rules = by_first[readable[position]]
                if rules is not None:
                    found.add(rules.match_at(readable, position))
                    freed = rules.match_at(readable[position : position + 2 * REACH_CHARS], 0)
                    if freed is not None:
                        found.add(freed.moved(position))
            tried = max(tried, last)
        return {match for match in found if match is not None}


class _Look:
    """A look at a text from left to right, at each place that the finder hit; what goes is gone for what follows.

    Attributes:
        found: what matches.
        doubtful: where more may match once all that has gone: what did not match may do so without its neighbour, and
            what the finder could not see because it begins right behind a match, or ends right before one.
        gone: where the last match that goes ends; -1 if nothing went.
    """

    def __init__(self, by_first: Mapping[str, OneOf | None], readable: str, *, begin: int) -> None:
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
        close_to_end = size - HINT_CONTEXT_CHARS
        tried = free = self._begin
        for hit_begin, end in hits:
            last = end + HINT_CONTEXT_CHARS
            if end > close_to_end:
                last = size
            # What was tried in vain need not be tried again at the next hit, which may be within reach of this one.
            if end <= free or last <= tried:
                continue
            if hit_begin < self.gone:
                doubtful.append(self.gone)
            position = _start(readable, hit_begin, end, tried, free)
            while position < last:
                rules = by_first[readable[position]]
                if rules is None:
                    position += 1
                    continue
                if position < self.gone + LOOK_BACK_CHARS and self.gone >= 0:
                    match = self._match_behind(self.gone, rules, position)
                else:
                    match = rules.match_at(readable, position)
                if match is None:
                    doubtful.append(position)
                    position += 1
                    continue
                free = position = self._take(match, end)
                if position >= end:
                    break
            tried = max(tried, position)

    def _take(self, match: Match, hit_end: int) -> int:
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

    def _match_behind(self, gone: int, rules: OneOf, position: int) -> Match | None:
        """Try rules right behind something that has gone: to them it is a line break, or the beginning of the text."""
        if gone != self._rest_begin:
            self._rest_begin, self._rest = gone, self._readable[gone : gone + 2 * REACH_CHARS]
        match = rules.match_at(self._rest, position - gone)
        return match and match.moved(gone)


def _hold_marker(readable: str, hits: list[tuple[int, int]]) -> bool:
    # Each marker is a hit, or another one reaches into it. Where hits are few, this is faster than to look everywhere.
    if len(hits) * 1000 > len(readable):
        return MARKER in readable
    return any(readable.find(MARKER, begin, end + len(MARKER)) >= 0 for begin, end in hits)


def _start(text: str, hit_begin: int, hit_end: int, tried: int, free: int) -> int:
    """Give where to begin to try rules: at a hit, or before it where its hint may have left out a name or a number."""
    start = hit_begin
    if start > tried and text[start - 1] not in _NOT_OF_A_NAME and text[start] not in _NOT_OF_A_NAME:
        earliest = max(tried, hit_begin - REACH_BACK_CHARS)
        while start > earliest and text[start - 1] not in _NOT_OF_A_NAME:
            start -= 1
    elif start < tried:
        start = tried
    if text[hit_end - 1].isalpha():
        # A word behind a number: what was tried before may have begun in the middle of that number.
        return min(start, _start_of_number(text, hit_begin, free=free))
    return start


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
