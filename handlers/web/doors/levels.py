"""Levels: the severity that fields beside a log name, in whichever protocol they came."""

from collections.abc import Mapping
from typing import Any

from handlers.logs.envelope import Severity
from handlers.web.doors.entry import severity_of

# What Loki finds in logs ("Log level detection"), and how OpenTelemetry numbers it.
_NUMBERS = {
    "trace": 1,
    "debug": 5,
    "info": 9,
    "warn": 13,
    "warning": 13,
    "err": 17,
    "error": 17,
    "critical": 21,
    "fatal": 21,
}
_NAMES = ("level", "detected_level", "severity", "log_level")


def severity_in(fields: Mapping[str, Any]) -> Severity | None:
    """Return the severity that a field names; None if no field names one that everybody understands alike."""
    for name in _NAMES:
        level = fields.get(name)
        if isinstance(level, str) and (number := _NUMBERS.get(level.lower())):
            return severity_of(number, level)
    return None
