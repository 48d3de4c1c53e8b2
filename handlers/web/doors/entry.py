"""The entry: one log as a protocol carried it, before it belongs to a tenant."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

NANOSECONDS = 1_000_000_000
# ISO 8601 writes years with four digits.
_LAST_SECOND = 253_402_300_799
_SEVERITIES = range(1, 25)
_LONGEST_NAME = 64


Severity = Mapping[str, int | str]
"""How serious a log is, with the members of an envelope's severity: `number`, `text` or both."""


class Entry(NamedTuple):
    """One log as a protocol carried it.

    Attributes:
        text: what it says; a body that is no text, as JSON.
        time_ns: when it happened, in nanoseconds since 1970; None if the protocol did not say.
        severity: how serious it is; None if the protocol did not say.
        attributes: what else was said, as JSON values; entries may share parts of it, so nobody changes it.
        log_id: the stable id that its source gave it; None if there is none.
    """

    text: str
    time_ns: int | None = None
    severity: Severity | None = None
    attributes: Mapping[str, Any] | None = None
    log_id: str | None = None


PlainEntry = tuple[str, int | None, Severity | None, Mapping[str, Any] | None, str | None]
"""What an entry holds, in the same order; it is made in a fifth of the time."""


def written_time(time_ns: int) -> str | None:
    """Return a time in ISO 8601 with all its nanoseconds; None before 1970 and after the year 9999."""
    seconds, nanoseconds = divmod(time_ns, NANOSECONDS)
    if not 0 <= seconds <= _LAST_SECOND:
        return None
    return f"{_written_second(seconds)}.{nanoseconds:09d}+00:00"


@lru_cache(maxsize=256)
def _written_second(seconds: int) -> str:
    # Many logs of a request are of the same few seconds.
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def severity_of(number: int | None, text: str | None) -> Severity | None:
    """Return a severity as OpenTelemetry numbers it; None if neither number nor text says anything.

    Args:
        number: 1 to 24; any other number says nothing.
        text: the source's own name for it.
    """
    # The same few come again and again. What is longer than any name for a severity would only fill the memory.
    return _severity(number, text) if len(text or "") <= _LONGEST_NAME else _severity.__wrapped__(number, text)


@lru_cache(maxsize=256)
def _severity(number: int | None, text: str | None) -> Severity | None:
    known = number if number in _SEVERITIES else None
    # The text is checked with the attributes: half a surrogate pair refuses its log, and no other.
    return ({"number": known} if known else {}) | ({"text": text} if text else {}) or None
