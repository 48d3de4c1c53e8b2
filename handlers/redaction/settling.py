"""Looks again at what is left beside each replacement, until nothing more goes: what went no longer tells the rules.

To the rules a marker is a line break, so that the pieces of text between markers know nothing of each other. A text is
settled when a look at each piece by itself finds nothing that goes.
"""

import bisect
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from handlers.redaction.lookalikes import LINE_BREAK
from handlers.redaction.rules.rule import REACH_CHARS, Rule

# No match is shorter, with the words that lead to it.
_SHORTEST_CHARS = 5
# Of a longer piece only both ends are looked at: no rule sees from its middle what stands beside it.
_LONG_CHARS = 4 * REACH_CHARS


class Match(NamedTuple):
    """Where a rule matched: from `begin`, with the words that led to it; what goes, or stays, is `start` to `end`."""

    rule: Rule
    begin: int
    start: int
    end: int

    def moved(self, characters: int) -> "Match":
        """Give the same match in a text with so many characters more before it."""
        return Match(self.rule, self.begin + characters, self.start + characters, self.end + characters)


class _Piece(NamedTuple):
    """A part of the text that is looked at by itself; what matches there counts if it begins from `first` to `last`."""

    begin: int
    end: int
    first: int
    last: int


def settled(
    readable: str, found: list[Match], doubtful: Sequence[int], *, look: Callable[[str], list[Match]], begin: int
) -> list[Match]:
    """Give what was found and what goes besides once that is gone, from left to right.

    Args:
        readable: the text as rules read it.
        found: what a first look at it found.
        doubtful: the only places at which more may match.
        look: looks at a text once.
        begin: where the first look began.
    """
    gone = [match for match in found if match.rule.kind is not None]
    while pieces := list(_pieces_at(doubtful, gone, readable, begin=begin)):
        news = _look_at(pieces, readable, look)
        gone = sorted([*gone, *news], key=_start)
        found = sorted([*found, *news], key=_start)
        doubtful = [place for match in news for place in (match.start, match.end)]
    return found


def _start(match: Match) -> int:
    return match.start


def _pieces_at(places: Sequence[int], gone: list[Match], readable: str, *, begin: int) -> Iterator[_Piece]:
    """Yield what is left around each of these places, if it stands beside a match and as far as rules can see that."""
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
    line_end = readable.find(LINE_BREAK, begin_of_rest, end_of_rest)
    if line_end < 0 and end_of_rest - begin_of_rest <= _LONG_CHARS:
        yield _Piece(begin_of_rest, end_of_rest, max(begin_of_rest, begin), end_of_rest)
        return
    first_end = line_end if line_end >= 0 else end_of_rest
    end = min(first_end, begin_of_rest + _LONG_CHARS // 2)
    yield _Piece(begin_of_rest, end, max(begin_of_rest, begin), end if end == first_end else end - REACH_CHARS)
    last_begin = readable.rfind(LINE_BREAK, begin_of_rest, end_of_rest) + 1 or begin_of_rest
    start = max(last_begin, end_of_rest - _LONG_CHARS // 2)
    first = start if start == last_begin else start + REACH_CHARS
    yield _Piece(start, end_of_rest, max(first, begin), end_of_rest)


def _look_at(pieces: list[_Piece], readable: str, look: Callable[[str], list[Match]]) -> list[Match]:
    """Look at all of the pieces at once, with line breaks between."""
    found: list[Match] = []
    matches = look(LINE_BREAK.join([readable[piece.begin : piece.end] for piece in pieces]))
    place = offset = 0
    for match in matches:
        while match.begin > offset + pieces[place].end - pieces[place].begin:
            offset += pieces[place].end - pieces[place].begin + 1
            place += 1
        moved = match.moved(pieces[place].begin - offset)
        if match.rule.kind is not None and pieces[place].first <= moved.begin < pieces[place].last:
            found.append(moved)
    return found
