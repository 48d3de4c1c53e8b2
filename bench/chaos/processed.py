"""What the misbehaving processor of a chaos run makes of a log, and what the audit expects of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.redaction import redact

if TYPE_CHECKING:
    from random import Random

# Shares of all logs; the others get an attribute and are stored.
ACTS = {
    "do:split": 0.15,
    "do:drop": 0.1,
    "do:leak": 0.1,
    "do:raise": 0.02,
    "do:nonsense": 0.02,
    "do:rename": 0.01,
    "do:too-many": 0.01,
    "do:exit": 0.02,
    "do:memory": 0.005,
    "do:hang": 0.002,
}
_STORED = ("do:split", "do:drop", "do:leak")


def act(dice: Random) -> str | None:
    """Return what a log asks its processor for; None if for nothing special."""
    [chosen] = dice.choices([*ACTS, None], [*ACTS.values(), 1 - sum(ACTS.values())])
    return chosen


def fails(text: str) -> bool:
    """Return whether the processor fails with this text every time."""
    asked = text.partition(" ")[0]
    return asked in ACTS and asked not in _STORED


def is_as_processed(text: str, stored: list[str]) -> bool:
    """Return whether the stored texts are what becomes of a text, with or without a processor."""
    asked, _, rest = redact(text).text.partition(" ")
    if asked == "do:split":
        # Each piece ends with the time at which it was made, which is another one whenever the processor runs.
        return [piece.partition(" at ")[0] for piece in stored] == rest.split()
    if asked == "do:drop":
        return stored == []
    if asked == "do:leak":
        return stored == ["leaked, call [REDACTED]"]
    return stored == [redact(text).text]
