"""Levels: the severity that fields beside a log name, in whichever protocol they came."""

from collections.abc import Mapping
from typing import Any

from handlers.logs.severity import NUMBERS
from handlers.web.doors.entry import Severity, severity_of

_NAMES = ("level", "detected_level", "severity", "log_level")


def severity_in(fields: Mapping[str, Any]) -> Severity | None:
    """Return the severity that a field names; None if no field names one that everybody understands alike."""
    for name in _NAMES:
        level = fields.get(name)
        if isinstance(level, str) and (number := NUMBERS.get(level.lower())):
            return severity_of(number, level)
    return None
