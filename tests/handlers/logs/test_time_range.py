"""The time range: between its first and its last key lie the time-ordered ids of its times, and no others."""

from hypothesis import given
from hypothesis import strategies as st

from handlers.logs.time_range import TimeRange
from tests.support.many_logs import id_at

DAY = 86_400_000
times = st.integers(min_value=0, max_value=2**48 - 1)


@given(
    st.tuples(times, times).filter(lambda ends: ends[0] != ends[1]),
    st.integers(0, 1_700_000_000_000),
    st.integers(0, 9),
)
def test_a_range_holds_the_ids_of_its_times(ends: tuple[int, int], milliseconds: int, index: int) -> None:
    selected = TimeRange(*sorted(ends))
    key = id_at(milliseconds, number=index)

    assert selected.holds(key) == selected.spans(key) == (selected.since <= milliseconds < selected.until)
    assert selected.spans(f"{key}#00001") == selected.spans(key)


def test_ids_of_both_ends_to_the_millisecond() -> None:
    selected = TimeRange(1_000_000, 2_000_000)

    assert [selected.holds(id_at(time)) for time in (999_999, 1_000_000, 1_999_999, 2_000_000)] == [
        False,
        True,
        True,
        False,
    ]


def test_other_ids_between_two_keys_do_not_belong_to_the_range() -> None:
    selected = TimeRange(0x01A2_0000_0000, 0x01A3_0000_0000)

    for key in ("01a25-of-a-client", "01a28000-0000-8000-8000-000000000000", "01a28000"):
        assert (selected.spans(key), selected.holds(key)) == (True, False)


def test_an_open_end_reaches_as_far_ahead_as_a_logs_own_time_may_be() -> None:
    now = 1_700_000_000_000

    assert TimeRange.of(None, None, now=now) == TimeRange(0, now + DAY + 60_000)
    assert TimeRange.of(5, 7, now=now) == TimeRange(5, 7)
