"""Where a long text may be cut so that its parts, redacted one by one, join to the whole text redacted.

What stands further behind a place than `DECIDED_WITHIN_CHARS` decides nothing there. What stands before it does so only
through a match that is under way, or through a chain of matches of which each lets the next one match: so a cut looks
for a place close before it that neither can cross, and reads the text from its beginning where there is none.
"""

from collections.abc import Iterable
from typing import NamedTuple

from handlers.redaction.lookalikes import leads_on
from handlers.redaction.rules import DEFAULT_KINDS
from handlers.redaction.rules.rule import LOOK_BACK_CHARS, REACH_CHARS
from handlers.redaction.scanner import Scanner, scanner
from handlers.redaction.settling import DECIDED_WITHIN_CHARS, Match

# No pattern reads past one of these, or can tell it from the beginning or the end of the text, but for one behind the
# colon of a label; a test holds the rules to that. So a cut after any other is safe, and needs no scan.
LINE_BREAKS = ("\n", "\r")
# Even a hostile text has a safe place within some ten tries, or looking for one is not worth the time.
MAX_TRIES = 40
# How far before the reach of a cut to look for a place where no match can be under way.
_SEARCH_CHARS = 256
# How far behind a cut both sides must agree, to agree for good.
_SETTLED_CHARS = 8 * LOOK_BACK_CHARS
# How far behind a place the text must be known, to say whether it can be cut there.
LOOK_AHEAD_CHARS = _SETTLED_CHARS + DECIDED_WITHIN_CHARS


def safe_cut(text: str, position: int, *, start: int = 0, kinds: Iterable[str] = DEFAULT_KINDS) -> int:
    """Give the last place up to `position` where cutting changes no match on either side.

    Redacting `text[start:cut]` and `text[cut:]` and joining the results gives the same as redacting `text[start:]`.

    Args:
        text: the whole text.
        position: where the part should end at the latest.
        start: where the part begins: 0, or an earlier safe cut. Nothing before it is read.
        kinds: those that will be redacted.

    Returns:
        The cut; `start` when there is none close to `position`.
    """
    if position >= len(text):
        return len(text)
    if position > start and text[position - 1] in LINE_BREAKS and not leads_on(text, position, begin=start):
        return position
    place = _neighbourhood(scanner(frozenset(kinds)), text, start, position)
    cut = position
    for _ in range(MAX_TRIES):
        if cut <= place.begin:
            break
        better = place.last_not_ruled_out(cut)
        if better == cut:
            return cut
        cut = better
    return place.begin if place.begin_is_safe else start


class _Neighbourhood(NamedTuple):
    """What a cut can change: the text around it, and what matches there in the whole text.

    Attributes:
        scan: finds matches.
        text: the characters from `offset` on, as far as any match can reach.
        offset: where they stand in the whole text.
        begin: a place in the whole text where no match is under way.
        begin_is_safe: whether the text can be cut there.
        matches: those of the whole text from `begin` on, by their place in `text`.
    """

    scan: Scanner
    text: str
    offset: int
    begin: int
    begin_is_safe: bool
    matches: list[Match]

    def last_not_ruled_out(self, position: int) -> int:
        """Give the last place up to `position` that may be safe; `position` itself where it is."""
        cut = position - self.offset
        for match in self.matches:
            if match.begin < cut < match.end:
                return self.offset + match.begin
        return position if self._left_is_alike(cut) and self._right_is_alike(cut) else position - 1

    def _left_is_alike(self, cut: int) -> bool:
        # What begins earlier ends before the cut, and sees nothing of it.
        begin = max(self.begin - self.offset, cut - REACH_CHARS)
        begin = next((match.begin for match in self.matches if match.begin < begin < match.end), begin)
        # What went just before can no longer be seen.
        gone = [match.end for match in self.matches if match.rule.kind is not None and match.end <= begin]
        context = max(begin - REACH_CHARS, 0, *gone[-1:])
        left = self.scan.matches(self.text[context:cut], begin=begin - context)
        return [match.moved(context) for match in left] == [m for m in self.matches if begin <= m.begin < cut]

    def _right_is_alike(self, cut: int) -> bool:
        # What begins later looks back at nothing before the cut: so both sides see the same text and agree.
        near = cut + _SETTLED_CHARS
        right = [match.moved(cut) for match in self.scan.matches(self.text[cut : near + DECIDED_WITHIN_CHARS])]
        return [m for m in right if m.begin < near] == [m for m in self.matches if cut <= m.begin < near]


def _neighbourhood(scan: Scanner, text: str, start: int, position: int) -> _Neighbourhood:
    earliest = max(start, position - 4 * REACH_CHARS)
    begin = _begin_of_line(text, earliest, position)
    begin_is_safe = begin > earliest or begin == start
    if not begin_is_safe:
        free = _free_place(scan, text, position - REACH_CHARS)
        begin, begin_is_safe = (start, True) if free is None else (free, False)
    offset = begin if begin_is_safe else begin - REACH_CHARS
    near = text[offset : position + LOOK_AHEAD_CHARS]
    return _Neighbourhood(scan, near, offset, begin, begin_is_safe, scan.matches(near, begin=begin - offset))


def _begin_of_line(text: str, earliest: int, position: int) -> int:
    begin = position
    while (begin := max(earliest, *(text.rfind(end, earliest, begin) + 1 for end in LINE_BREAKS))) > earliest:
        if not leads_on(text, begin, begin=earliest):
            return begin
        begin -= 1
    return earliest


def _free_place(scan: Scanner, text: str, latest: int) -> int | None:
    """Give a place up to `latest` that no match can go across, wherever a scan begins; None where none is close."""
    offset = latest - _SEARCH_CHARS - 2 * REACH_CHARS
    place = latest - offset
    near = text[offset : latest + REACH_CHARS]
    matches = scan.matches_anywhere(near, begin=REACH_CHARS, end=place)
    while place >= latest - offset - _SEARCH_CHARS:
        across = [match.begin for match in matches if match.begin < place < match.end]
        if across:
            place = min(across)
        elif _looks_back_at_nothing(scan, near, place, matches):
            return offset + place
        else:
            place -= 1
    return None


def _looks_back_at_nothing(scan: Scanner, near: str, place: int, matches: set[Match]) -> bool:
    """Say whether the same matches from `place` on, whichever of the matches before it go."""
    ends = {match.end for match in matches if place - LOOK_BACK_CHARS < match.end <= place}
    alike = [
        [match.moved(end) for match in scan.matches(near[end:], begin=place - end)]
        for end in (max(place - REACH_CHARS, 0), *ends)
    ]
    return all(found == alike[0] for found in alike[1:])
