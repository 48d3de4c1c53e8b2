"""Where a long text may be cut so that its parts, redacted one by one, join to the whole text redacted."""

from collections.abc import Iterable

from handlers.redaction.rules import DEFAULT_KINDS
from handlers.redaction.rules.rule import REACH_CHARS
from handlers.redaction.scanner import Match, Scanner, scanner


def safe_cut(text: str, position: int, *, start: int = 0, kinds: Iterable[str] = DEFAULT_KINDS) -> int:
    """Give the last place up to `position` where cutting changes no match on either side.

    Redacting `text[start:cut]` and `text[cut:]` and joining the results gives the same as redacting `text[start:]`.

    Args:
        text: the whole text.
        position: where the part should end at the latest.
        start: where the part begins: 0, or an earlier safe cut. Nothing before it is read; of what follows `position`,
            only as much as a match can reach.
        kinds: those that will be redacted.

    Returns:
        The cut; `start` when there is none in between, which takes a match longer than the part.
    """
    if position >= len(text):
        return len(text)
    neighbourhood = text[start : position + 2 * REACH_CHARS]
    scan = scanner(frozenset(kinds))
    whole = scan.matches(neighbourhood)
    cut = max(position - start, 0)
    while cut > 0:
        better = _last_place_not_ruled_out(scan, neighbourhood, cut, whole)
        if better == cut:
            break
        cut = better
    return start + cut


def _last_place_not_ruled_out(scan: Scanner, text: str, cut: int, whole: list[Match]) -> int:
    for match in whole:
        if match.begin < cut < match.end:
            return match.begin
    left = scan.matches(text[:cut])
    expected_left = [match for match in whole if match.end <= cut]
    if left != expected_left:
        return cut - 1
    right = [match.moved(cut) for match in scan.matches(text[cut:])]
    expected_right = [match for match in whole if match.begin >= cut]
    return cut if _alike_near(cut, right, expected_right) else cut - 1


def _alike_near(cut: int, right: list[Match], expected: list[Match]) -> bool:
    # A match sees at most so far back; further on, both sides see the same text and cannot but agree.
    near = cut + REACH_CHARS
    return [match for match in right if match.begin < near] == [match for match in expected if match.begin < near]
