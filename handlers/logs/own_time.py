"""A log's own time: when the log says that it was written."""

import math
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A time in seconds stays below this until the year 5138; one in milliseconds has been above it since 1973.
_MOST_SECONDS = 10**11
# No way to write a time in ISO 8601 is longer.
_MOST_CHARS = 64


def milliseconds_of(value: object) -> int | None:
    """Return a time as milliseconds since 1970, or None for what is not one.

    Args:
        value: seconds, milliseconds, microseconds or nanoseconds since 1970, recognised by their size; or a
            text in ISO 8601 with an offset.
    """
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return nanoseconds_of(value) // 1_000_000


def nanoseconds_of(value: float) -> int:
    """Return a number of seconds, milliseconds, microseconds or nanoseconds since 1970 as nanoseconds."""
    size = abs(value)
    if size < _MOST_SECONDS:
        # A float holds a present time to the microsecond.
        return round(value * 1_000_000) * 1000
    factor = next((factor for factor in (1_000_000, 1000) if size < _MOST_SECONDS * 1_000_000_000 // factor), 1)
    return int(value) * factor


def _of_text(text: str) -> int | None:
    if len(text) > _MOST_CHARS:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else (moment - _EPOCH) // timedelta(milliseconds=1)
