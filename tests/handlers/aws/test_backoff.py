"""Back-off: delays grow and are bounded; an outage spreads what it postponed."""

import pytest

from handlers.aws.backoff import outage_delay_seconds, retry_delay_seconds


def test_the_delay_doubles_with_every_failure() -> None:
    delays = [retry_delay_seconds(base_seconds=10, receive_count=count) for count in (1, 2, 3)]

    assert delays == [10, 20, 40]


def test_the_delay_never_exceeds_a_quarter_of_an_hour() -> None:
    assert retry_delay_seconds(base_seconds=10, receive_count=60) == 900


def test_in_an_outage_the_delay_doubles_up_to_a_quarter_of_an_hour() -> None:
    delays = [outage_delay_seconds(postponements=number, jitter=1) for number in range(7)]

    assert delays == [30, 60, 120, 240, 480, 900, 900]


@pytest.mark.parametrize("postponements", [0, 3, 10**9])
def test_jitter_spreads_the_second_half_of_a_delay(postponements: int) -> None:
    longest = outage_delay_seconds(postponements=postponements, jitter=1)

    assert outage_delay_seconds(postponements=postponements, jitter=0) == longest / 2
    assert outage_delay_seconds(postponements=postponements, jitter=0.5) == pytest.approx(longest * 0.75, abs=1)
