"""A log's own time: which values are one, and which are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.logs.own_time import milliseconds_of

MOMENT = 1_769_899_677_559  # 2026-01-31T22:47:57.559Z


@pytest.mark.parametrize(
    "value",
    [
        1_769_899_677.559,
        MOMENT,
        MOMENT + 0.8,
        MOMENT * 1000 + 836,
        MOMENT * 1_000_000 + 836_123,
        "2026-01-31T22:47:57.559Z",
        "2026-01-31T22:47:57.559836123Z",
        "2026-01-31 22:47:57,559+00:00",
        "2026-02-01T04:17:57.559+05:30",
        "20260131T224757.559Z",
    ],
)
def test_a_time_is_read_in_every_form(value: object) -> None:
    assert milliseconds_of(value) == MOMENT


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [(0, 0), (-1.5, -1500), (1_769_899_677, 1_769_899_677_000), (10**11, 10**11), (10**11 - 1, 10**14 - 1000)],
)
def test_the_size_of_a_number_tells_its_unit(value: float, milliseconds: int) -> None:
    assert milliseconds_of(value) == milliseconds


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        float("nan"),
        float("inf"),
        {},
        [MOMENT],
        "",
        "1769899677",
        "2026-01-31",
        "2026-01-31T22:47:57",
        "Sat, 31 Jan 2026 22:47:57 GMT",
        "2026-13-31T22:47:57Z",
        "2026-01-31T22:47:57Z" * 1_000_000,
    ],
    ids=lambda value: str(value)[:40],
)
def test_any_other_value_is_not_a_time(value: object) -> None:
    assert milliseconds_of(value) is None


@given(st.text() | st.integers() | st.floats() | st.integers(10**400, 10**401) | st.datetimes().map(str))
def test_any_value_is_a_time_or_none(value: object) -> None:
    assert isinstance(milliseconds_of(value), int | None)
