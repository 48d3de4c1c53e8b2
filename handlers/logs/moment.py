"""Moments: points in time as people and programs write them when they ask for logs."""

import re

from handlers.logs.own_time import milliseconds_of
from handlers.logs.time_range import LAST_MILLISECOND

MOMENT_RULE = (
    "how long ago, such as 15m, 2h or 7d (s, m, h, d, w); a time in ISO 8601 with Z or an offset, such as"
    " 2026-01-31T22:47:57Z; or seconds, milliseconds, microseconds or nanoseconds since 1970"
)

_DURATION = re.compile(r"([0-9]{1,9})([smhdw])")
_MILLISECONDS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
# A shorter number is a duration whose unit was forgotten.
_EPOCH = re.compile(r"[0-9]{9,19}(\.[0-9]{1,9})?")


def duration_of(written: str) -> int | None:
    """Return a duration such as `15m` in milliseconds; None for what is not one."""
    match = _DURATION.fullmatch(written)
    return int(match[1]) * _MILLISECONDS[match[2]] if match else None


def moment_of(written: str, *, now: int) -> int | None:
    """Return a moment in milliseconds since 1970, or None for what is not one; `MOMENT_RULE` says how it is written.

    A moment before 1970 is taken for the beginning of 1970.

    Args:
        written: what somebody asks for.
        now: the present time, in milliseconds since 1970.
    """
    ago = duration_of(written)
    moment = now - ago if ago is not None else _absolute(written)
    return None if moment is None else min(max(moment, 0), LAST_MILLISECOND)


def _absolute(written: str) -> int | None:
    if not _EPOCH.fullmatch(written):
        return milliseconds_of(written)
    return milliseconds_of(float(written) if "." in written else int(written))
