"""Runs the rules over a text in linear time: google-re2 finds where a rule may match, `re` says which and how far."""

import functools
from collections.abc import Iterable, Sequence

from handlers.redaction.compiled import NON_ASCII, Compiled
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
from handlers.redaction.settling import Found, Match, settled

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

    def compiled_for(self, readable: str) -> Compiled:
        """Give the rules compiled for this text: shorter ones if it is ASCII only."""
        return self._for_ascii if readable.isascii() else self._for_all

    def compile_all(self) -> None:
        """Compile now what would be compiled at its first use, for a process that is going to fork."""
        for compiled in (self._for_ascii, self._for_all):
            for character in map(chr, range(ord(NON_ASCII) + 1)):
                if (rules := compiled.by_first[character]) is not None:
                    rules.match_at("", 0)
            compiled.stretch("", 0)

    def matches(self, text: str, *, begin: int = 0) -> list[Match]:
        """Give what `found` does, with names for its parts."""
        return list(map(Match._make, self.found(text, begin=begin)))

    def found(self, text: str, *, begin: int = 0) -> Sequence[Found]:
        """Give what matches, left to right and never overlapping; what stays by an exception is among it.

        Nothing more matches in the text that is left when all that goes is replaced by markers.

        Args:
            text: what is scanned.
            begin: where the first match may begin; what stands before is looked back at.
        """
        readable = to_ascii_lookalikes(text)
        compiled = self.compiled_for(readable)
        hits = compiled.hits(readable)
        if not hits:
            return []
        if _hold_marker(readable, hits):
            readable = without_markers(readable)
            hits = compiled.hits(readable)
        first = _Look(compiled, readable, begin=begin)
        first.at(hits)
        if first.gone < 0 or not first.doubtful:
            return first.found
        return settled(readable, list(map(Match._make, first.found)), first.doubtful, looking=self, begin=begin)

    def look(self, readable: str) -> list[Match]:
        """Give what matches in a text as rules read it, in one pass; more may match once that has gone."""
        compiled = self.compiled_for(readable)
        look = _Look(compiled, readable, begin=0)
        look.at(compiled.hits(readable))
        return list(map(Match._make, look.found))

    def match_at(self, readable: str, position: int) -> Match | None:
        """Give what matches at a position of a text as rules read it."""
        rules = self.compiled_for(readable).by_first[readable[position]]
        found = None if rules is None else rules.match_at(readable, position)
        return None if found is None else Match(*found)

    def matches_anywhere(self, text: str, *, begin: int, end: int) -> set[Match]:
        """Give what matches at each position from `begin` up to `end`, whatever a scan would have found before it.

        Also what matches there only if what stands before it has gone.
        """
        readable = without_markers(to_ascii_lookalikes(text))
        compiled = self.compiled_for(readable)
        by_first = compiled.by_first
        found: set[Match] = set()
        tried = begin
        for hit_begin, hit_end in compiled.hits(readable):
            last = min(hit_end + HINT_CONTEXT_CHARS, end)
            for position in range(_start(readable, hit_begin, hit_end, tried, begin), last):
                rules = by_first[readable[position]]
                if rules is not None:
                    if (match := rules.match_at(readable, position)) is not None:
                        found.add(Match(*match))
                    freed = rules.match_at(readable[position : position + 2 * REACH_CHARS], 0)
                    if freed is not None:
                        found.add(Match(*freed).moved(position))
            tried = max(tried, last)
        return found


class _Look:
    """A look at a text from left to right, at each place that the finder hit; what goes is gone for what follows.

    Attributes:
        found: what matches.
        doubtful: where more may match once all that has gone: what did not match may do so without its neighbour, and
            what the finder could not see because it begins right behind a match, or ends right before one.
        gone: where the last match that goes ends; less than 0 if nothing went.
    """

    def __init__(self, compiled: Compiled, readable: str, *, begin: int) -> None:
        self.found: list[Found] = []
        self.doubtful: list[int] = []
        self.gone = -LOOK_BACK_CHARS
        self._compiled = compiled
        self._readable = readable
        self._begin = begin
        self._rest_begin, self._rest = 0, readable
        self._stretch_end = self._stretch_known_up_to = 0
        # Before this, a position is behind something that has gone, or in a word in which not all rules need be tried.
        self._careful_up_to = 0

    def at(self, hits: Iterable[tuple[int, int]]) -> None:
        """Try the rules at every position that a hit covers, until one matches."""
        readable, doubtful, by_first = self._readable, self.doubtful, self._compiled.by_first
        size = len(readable)
        close_to_end = size - HINT_CONTEXT_CHARS
        tried = free = self._begin
        for hit_begin, end in hits:
            last = end + HINT_CONTEXT_CHARS if end <= close_to_end else size
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
                if position < self._careful_up_to:
                    match = self._match_with_care(position)
                else:
                    match = rules.match_at(readable, position)
                if match is None:
                    self._doubt(position)
                    position += 1
                    continue
                free = position = self._take(match, end)
                if position >= end:
                    break
            tried = max(tried, position)

    def _take(self, match: Found, hit_end: int) -> int:
        self.found.append(match)
        rule, begin, start, end = match
        if rule.kind is None:
            self.doubtful.append(begin)
            return end
        readable, self.gone = self._readable, end
        self._careful_up_to = end + LOOK_BACK_CHARS
        if end < hit_end or readable[end : end + 1] not in _BEGINS_NOTHING:
            self.doubtful.append(end)
        if readable[start - 1 : start] not in _ENDS_NOTHING:
            self.doubtful.append(start)
        return end

    def _doubt(self, position: int) -> None:
        """Note a position where nothing matches; of a long word that begins there, find out what need not be tried."""
        self.doubtful.append(position)
        if position < self._stretch_known_up_to:
            return
        stretch = self._compiled.stretch(self._readable, position)
        self._stretch_known_up_to = stretch.end() if stretch else position + 1
        if stretch and stretch.lastindex:
            self._stretch_end = self._stretch_known_up_to
            self._careful_up_to = max(self._careful_up_to, self._stretch_end)

    def _match_with_care(self, position: int) -> Found | None:
        """Try the rules right behind something that has gone, or in a word in which some are known to fail."""
        readable, gone = self._readable, self.gone
        by_first = self._compiled.by_first
        if position < self._stretch_end:
            by_first = self._compiled.by_first_in_stretch
        rules = by_first[readable[position]]
        if rules is None:
            return None
        if position >= gone + LOOK_BACK_CHARS:
            return rules.match_at(readable, position)
        # To rules, what has gone is a line break, or the beginning of the text.
        if gone != self._rest_begin:
            self._rest_begin, self._rest = gone, readable[gone : gone + 2 * REACH_CHARS]
        found = rules.match_at(self._rest, position - gone)
        if found is None:
            return None
        rule, _, start, end = found
        return rule, position, start + gone, end + gone


def _hold_marker(readable: str, hits: list[tuple[int, int]]) -> bool:
    # Each marker is a hit, or another one reaches into it. Where hits are few, this is faster than to look everywhere.
    if len(hits) * 1000 > len(readable):
        return MARKER in readable
    return any(readable.find(MARKER, begin, end + len(MARKER)) >= 0 for begin, end in hits)


def _start(text: str, hit_begin: int, hit_end: int, tried: int, free: int) -> int:
    """Give where to begin to try rules: at a hit, or before it where its hint may have left out a name or a number."""
    start = hit_begin
    if start <= tried:
        start = tried
    elif text[start - 1] not in _NOT_OF_A_NAME and text[start] not in _NOT_OF_A_NAME:
        earliest = max(tried, hit_begin - REACH_BACK_CHARS)
        while start > earliest and text[start - 1] not in _NOT_OF_A_NAME:
            start -= 1
    if text[hit_end - 1].isalpha():
        # A word behind a number: what was tried before may have begun in the middle of that number.
        return min(start, _start_of_number(text, hit_begin, free))
    return start


def _start_of_number(text: str, position: int, free: int) -> int:
    """Give where to begin at a word behind a number: what was tried may have begun in the middle of that number."""
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
