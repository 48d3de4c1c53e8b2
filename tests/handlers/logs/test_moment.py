"""Moments: durations, times with an offset, and seconds since 1970 are read; anything that may be misread is not."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.logs.moment import duration_of, moment_of
from handlers.logs.time_range import LAST_MILLISECOND

NOW = int(datetime(2026, 1, 31, 22, 47, 57, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("written", "seconds_ago"),
    [
        ("15m", 900),
        ("30s", 30),
        ("2h", 7200),
        ("7d", 604_800),
        ("1w", 604_800),
        ("0s", 0),
        ("2026-01-31T22:47:57Z", 0),
        ("2026-01-31T23:47:57+01:00", 0),
        ("20260131T224756Z", 1),
        (str(NOW // 1000), 0),
        (str(NOW - 1000), 1),
        (f"{NOW}000000", 0),
        (f"{NOW // 1000}.0", 0),
        ("999999999w", NOW // 1000),
        ("1960-01-01T00:00:00Z", NOW // 1000),
    ],
)
def test_a_moment_is_read(written: str, seconds_ago: int) -> None:
    assert moment_of(written, now=NOW) == NOW - seconds_ago * 1000


@pytest.mark.parametrize(
    "written",
    ["", "15", "15 m", "-15m", "m", "1.5h", "15M", "٣m", "now", "yesterday", "2026-01-31", "2026-01-31T22:47:57",
     "2026-01-31T22:47:57 01:00", "2026-13-31T22:47:57Z", "12345678", "1" * 20, "1e9", "nan", "15m,2h", "15m\n"],
)  # fmt: skip
def test_what_may_be_misread_is_not_a_moment(written: str) -> None:
    assert moment_of(written, now=NOW) is None


@given(st.text() | st.from_regex(r"[0-9.]{1,30}[smhdw]?", fullmatch=True) | st.datetimes().map(datetime.isoformat))
def test_whatever_is_written_is_a_moment_that_an_id_can_hold_or_none(written: str) -> None:
    moment = moment_of(written, now=NOW)

    assert moment is None or 0 <= moment <= LAST_MILLISECOND


def test_a_duration_is_read_in_milliseconds() -> None:
    assert (duration_of("2m"), duration_of("2026-01-31T22:47:57Z")) == (120_000, None)
