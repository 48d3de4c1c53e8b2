"""Findings: what the redaction recognised, where, and by which rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.redaction.scanner import scanner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cli.pieces import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place that a rule recognised.

    Attributes:
        line: from 1.
        column: from 1, in characters.
        text: what stands there.
        kind: what it is counted as; None where it stays by an exception.
        rule: the rule's name.
        example: what the rule is meant for; « and » mark the match.
    """

    line: int
    column: int
    text: str
    kind: str | None
    rule: str
    example: str

    def as_row(self) -> tuple[str, ...]:
        """Return it for people."""
        fate = f"goes: {self.kind}" if self.kind else "stays"
        return (f"{self.line}:{self.column}", self.text, fate, self.rule, self.example)

    def as_json(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "line": self.line,
            "column": self.column,
            "text": self.text,
            "kind": self.kind,
            "rule": self.rule,
            "example": self.example,
        }


def findings_in(text: str, kinds: Iterable[str], place: Place) -> Iterator[Finding]:
    """Yield what `redact` finds in a text, what goes and what stays, from left to right.

    Args:
        text: a piece that may be redacted by itself.
        kinds: those that are redacted.
        place: where the piece begins.
    """
    for match in scanner(frozenset(kinds)).matches(text):
        place = place.after(text, match.start)
        yield Finding(
            line=place.line,
            column=place.column,
            text=text[match.start : match.end],
            kind=match.rule.kind,
            rule=match.rule.name,
            example=match.rule.goes[0],
        )
