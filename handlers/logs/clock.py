"""The clock: the present time, in the one form that envelopes and records have it in."""

from datetime import UTC, datetime


def timestamp() -> str:
    """Return the present time, as `2026-01-31T22:47:57.559836+00:00`."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
