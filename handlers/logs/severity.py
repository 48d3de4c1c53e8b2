"""Severities: their names, and how OpenTelemetry numbers them ("Logs Data Model", SeverityNumber)."""

from collections.abc import Mapping

LEVELS = {"trace": 1, "debug": 5, "info": 9, "warn": 13, "error": 17, "fatal": 21}
"""The lowest number of each level; it reaches to the next one."""

NUMBERS = LEVELS | {"warning": 13, "err": 17, "critical": 21}
"""The names that everybody understands alike: what Loki finds in logs ("Log level detection")."""


def number_of(severity: Mapping[str, int | str] | None) -> int | None:
    """Return the number of a record's severity, from its text where it has no number; None if neither says it."""
    if severity is None:
        return None
    number, text = severity.get("number"), severity.get("text")
    if isinstance(number, int):
        return number
    return NUMBERS.get(text.lower()) if isinstance(text, str) else None


def level_of(number: int) -> str:
    """Return the name of the level that a number belongs to.

    Args:
        number: from 1 to 24.
    """
    return max((lowest, name) for name, lowest in LEVELS.items() if lowest <= number)[1]
