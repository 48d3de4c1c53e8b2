"""Replaces what must not be stored, and nothing else: each match by one marker, every other character as it was."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from handlers.redaction.cutting import safe_cut
from handlers.redaction.lookalikes import MARKER
from handlers.redaction.rules import DEFAULT_KINDS, KINDS
from handlers.redaction.scanner import scanner

__all__ = ["DEFAULT_KINDS", "KINDS", "MARKER", "Redacted", "Span", "redact", "safe_cut", "spans"]


class Redacted(NamedTuple):
    """What remains after redaction.

    Attributes:
        text: without what had to go.
        counts: how many of each kind went; every kind asked for has its count.
        attributes: what came with the text, redacted too; None if nothing did.
    """

    text: str
    counts: Mapping[str, int]
    attributes: Mapping[str, Any] | None = None


class Span(NamedTuple):
    """One place of a text that goes, in characters; of which kind it is, and by which rule."""

    kind: str
    rule: str
    start: int
    end: int


def redact(text: str, kinds: Iterable[str] = DEFAULT_KINDS) -> Redacted:
    """Replace every match of the kinds; redacting the result again changes nothing.

    Raises:
        ValueError: for a kind that no rule has.
    """
    wanted = tuple(kinds)
    counts = dict.fromkeys(wanted, 0)
    matches = scanner(frozenset(wanted)).found(text)
    if not matches:
        return Redacted(text, counts)
    pieces: list[str] = []
    end = 0
    for rule, _, start, stop in matches:
        if rule.kind is not None:
            counts[rule.kind] += 1
            pieces.append(text[end:start])
            end = stop
    return Redacted(MARKER.join([*pieces, text[end:]]), counts)


def spans(text: str, kinds: Iterable[str] = DEFAULT_KINDS) -> list[Span]:
    """Find what `redact` replaces, from left to right, never overlapping."""
    return [
        # As `Span(…)` does it, but without a Python function in between.
        tuple.__new__(Span, (rule.kind, rule.name, start, end))
        for rule, _, start, end in scanner(frozenset(kinds)).found(text)
        if rule.kind is not None
    ]
