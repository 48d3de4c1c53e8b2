"""The clock: the present time, and the form in which envelopes and records write it."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; a simulation brings its own."""

    def monotonic(self) -> float:
        """Return seconds that never go back, to measure durations with."""

    def now(self) -> datetime:
        """Return the present time, with its offset."""


class SystemClock:
    """This machine's clock."""

    def monotonic(self) -> float:
        """Return the seconds of `time.monotonic`."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return datetime.now(UTC)


SYSTEM_CLOCK = SystemClock()


def milliseconds_now(clock: Clock = SYSTEM_CLOCK) -> int:
    """Return the present time in whole milliseconds since 1970."""
    return int(clock.now().timestamp() * 1000)


def timestamp(clock: Clock = SYSTEM_CLOCK) -> str:
    """Return the present time, such as `2026-01-31T22:47:57.559836+00:00`."""
    return clock.now().isoformat(timespec="microseconds")
