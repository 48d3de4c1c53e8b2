"""Looks again beside each match until nothing more matches: without what went, the text next to it may match too.

To the rules a marker is a line break, so that the pieces of text between markers know nothing of each other. A text is
settled when a look at each piece by itself finds nothing that goes.

What goes may free the match before it, but that one frees no other: of the one before, the first characters stay, and
hold back what stands before them as the whole did. Otherwise a number could decide about another one thousands of
characters before it. So whatever the text, nothing that stands more than `DECIDED_WITHIN_CHARS` behind the beginning of
a match decides about it.
"""

import bisect
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from handlers.redaction.lookalikes import LINE_BREAK, leads_on
from handlers.redaction.rules.rule import REACH_CHARS, Rule

# No match is shorter, with the words that lead to it: `::1`.
_SHORTEST_CHARS = 3
# Of a longer piece only both ends are looked at: no rule sees from its middle what stands beside it.
_LONG_CHARS = 4 * REACH_CHARS
# One line break alone parts nothing behind the colon of a label.
_BETWEEN_PIECES = 2 * LINE_BREAK
# A match sees the one that frees it, and that one sees what frees it in turn.
DECIDED_WITHIN_CHARS = 3 * REACH_CHARS


# A rule that matched; from where, with the words that led to it; and from where to where what goes, or stays.
Found = tuple[Rule, int, int, int]


class Match(NamedTuple):
    """Where a rule matched: from `begin`, with the words that led to it; what goes, or stays, is `start` to `end`."""

    rule: Rule
    begin: int
    start: int
    end: int

    def moved(self, characters: int) -> "Match":
        """Give the same match in a text with so many characters more before it."""
        return Match(self.rule, self.begin + characters, self.start + characters, self.end + characters)


class Looking(Protocol):
    """What finds matches in a text as rules read it."""

    def look(self, readable: str) -> list[Match]:
        """Give what matches, from left to right, in one pass."""

    def match_at(self, readable: str, position: int) -> Match | None:
        """Give what matches at a position."""


class _Piece(NamedTuple):
    """A part of the text that is looked at by itself; what matches there counts if it begins from `first` to `last`."""

    begin: int
    end: int
    first: int
    last: int


def settled(readable: str, found: list[Match], doubtful: Sequence[int], *, looking: Looking, begin: int) -> list[Match]:
    """Give what was found, and what goes once that is gone, from left to right.

    Args:
        readable: the text as rules read it.
        found: what a first look at it found.
        doubtful: the only places at which more may match.
        looking: looks at a text once.
        begin: where the first look began.
    """
    gone = [match for match in found if match.rule.kind is not None]
    freed: set[int] = set()
    while pieces := list(_pieces_at(doubtful, gone, readable, begin=begin)):
        news = [
            match
            for piece, matches in _look_at(pieces, readable, looking)
            for match in _bounded(piece, matches, freed, readable, looking)
        ]
        gone = sorted([*gone, *news], key=_start)
        found = sorted([*found, *news], key=_start)
        doubtful = [place for match in news for place in (match.start, match.end)]
    return found


def _bounded(piece: _Piece, matches: list[Match], freed: set[int], readable: str, looking: Looking) -> Iterator[Match]:
    """Yield the matches of a piece; note where each begins that the text behind the piece had held back."""
    with_what_follows = readable[piece.begin : piece.end + REACH_CHARS]
    for place, match in enumerate(matches):
        if looking.match_at(with_what_follows, match.begin - piece.begin) != match.moved(-piece.begin):
            kept = _shortened(match, piece, matches[:place], readable, looking) if piece.end in freed else match
            freed.add(kept.start)
            yield kept
        else:
            yield match


def _shortened(match: Match, piece: _Piece, before: list[Match], readable: str, looking: Looking) -> Match:
    """Return a match without its first characters: those that must stay so that nothing before them matches."""
    for start in range(match.start + 1, match.end):
        if _gone_of(piece, looking.look(readable[piece.begin : start]), offset=piece.begin) == before:
            return match._replace(start=start)
    return match


def _start(match: Match) -> int:
    return match.start


def _pieces_at(places: Sequence[int], gone: list[Match], readable: str, *, begin: int) -> Iterator[_Piece]:
    """Yield what is left around each of these places, where rules can see the match beside it."""
    starts = [match.start for match in gone]
    rests: dict[int, list[int]] = {}
    for place in places:
        rests.setdefault(bisect.bisect_left(starts, place), []).append(place)
    for after, doubtful in rests.items():
        rest_begin = gone[after - 1].end if after else 0
        rest_end = starts[after] if after < len(starts) else len(readable)
        for piece in _ends(rest_begin, rest_end, readable, begin=begin):
            if any(piece.begin <= place <= piece.end for place in doubtful):
                yield piece


def _ends(begin_of_rest: int, end_of_rest: int, readable: str, *, begin: int) -> Iterator[_Piece]:
    """Yield the first and the last line of what is left between two matches, or as much of them as matters."""
    if end_of_rest - begin_of_rest < _SHORTEST_CHARS or end_of_rest <= begin:
        return
    line_end = _first_line_end(readable, begin_of_rest, end_of_rest)
    if line_end < 0 and end_of_rest - begin_of_rest <= _LONG_CHARS:
        yield _Piece(begin_of_rest, end_of_rest, max(begin_of_rest, begin), end_of_rest)
        return
    first_end = line_end if line_end >= 0 else end_of_rest
    end = min(first_end, begin_of_rest + _LONG_CHARS // 2)
    yield _Piece(begin_of_rest, end, max(begin_of_rest, begin), end if end == first_end else end - REACH_CHARS)
    last_begin = _last_line_begin(readable, begin_of_rest, end_of_rest)
    start = max(last_begin, end_of_rest - _LONG_CHARS // 2)
    first = start if start == last_begin else start + REACH_CHARS
    yield _Piece(start, end_of_rest, max(first, begin), end_of_rest)


def _first_line_end(readable: str, begin: int, end: int) -> int:
    """Return where the first line break stands that parts what stands beside it; -1 if there is none."""
    place = begin - 1
    while (place := readable.find(LINE_BREAK, place + 1, end)) >= 0:
        if not leads_on(readable, place + 1, begin=begin):
            break
    return place


def _last_line_begin(readable: str, begin: int, end: int) -> int:
    place = end
    while (place := readable.rfind(LINE_BREAK, begin, place)) >= 0:
        if not leads_on(readable, place + 1, begin=begin):
            return place + 1
    return begin


def _look_at(pieces: list[_Piece], readable: str, looking: Looking) -> Iterator[tuple[_Piece, list[Match]]]:
    """Look at all of the pieces at once, with line breaks between; yield what goes of each."""
    matches = deque(looking.look(_BETWEEN_PIECES.join([readable[piece.begin : piece.end] for piece in pieces])))
    offset = 0
    for piece in pieces:
        end = offset + piece.end - piece.begin
        of_piece = []
        while matches and matches[0].begin <= end:
            of_piece.append(matches.popleft())
        if of_piece and (gone := _gone_of(piece, of_piece, offset=piece.begin - offset)):
            yield piece, gone
        offset = end + len(_BETWEEN_PIECES)


def _gone_of(piece: _Piece, matches: list[Match], *, offset: int) -> list[Match]:
    moved = [match.moved(offset) for match in matches if match.rule.kind is not None]
    return [match for match in moved if piece.first <= match.begin < piece.last]
