"""The time range: which time-ordered ids lie between two times, as a range of keys."""

from typing import NamedTuple

from handlers.logs.identifiers import MAX_CLOCK_DIFFERENCE_MILLISECONDS, TIME_BITS, milliseconds_in

LAST_MILLISECOND = (1 << TIME_BITS) - 1
# Clocks of this side differ, too: a log that one machine has just taken may be ahead of another machine's time.
_OWN_CLOCKS_MILLISECONDS = 60_000


class TimeRange(NamedTuple):
    """Times from `since` to just before `until`, in milliseconds since 1970."""

    since: int
    until: int

    @classmethod
    def of(cls, since: int | None, until: int | None, *, now: int) -> "TimeRange":
        """Return the range between two times, of which each may be left open.

        An open end reaches as far ahead of `now` as a log's own time may be: further on there are only ids that are
        not ordered by time.
        """
        latest = now + MAX_CLOCK_DIFFERENCE_MILLISECONDS + _OWN_CLOCKS_MILLISECONDS
        return cls(0 if since is None else since, latest if until is None else until)

    @property
    def first_key(self) -> str:
        """A key that no time-ordered id of the range comes before."""
        return _up_to_version(self.since)

    @property
    def last_key(self) -> str:
        """A key that no time-ordered id of the range comes after."""
        return f"{_up_to_version(self.until - 1)}~"

    def spans(self, key: str) -> bool:
        """Return whether a key, of whatever kind, lies between the first and the last one."""
        return self.first_key <= key <= self.last_key

    def holds(self, key: str) -> bool:
        """Return whether a key belongs to a time-ordered id of the range."""
        milliseconds = milliseconds_in(key)
        return milliseconds is not None and self.since <= milliseconds < self.until


def _up_to_version(milliseconds: int) -> str:
    digits = f"{milliseconds:012x}"
    return f"{digits[:8]}-{digits[8:]}-7"
