"""The rate limit: as many messages a second as allowed, and no longer waits than needed."""

import pytest

from cli.dead_letters.rate_limit import RateLimit


@pytest.mark.parametrize(
    ("seconds_of_work", "sleeps"),
    [
        pytest.param([0, 0, 0, 0], [0.5, 0.5, 0.5], id="the first batch goes at once, the others on time"),
        pytest.param([0, 0.4], [0.1], id="time spent on work counts"),
        pytest.param([0, 60, 0], [0.5], id="no catching up after a pause"),
    ],
)
def test_ten_messages_a_second_in_batches_of_five(seconds_of_work: list[float], sleeps: list[float]) -> None:
    now, slept = 0.0, []

    def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    rate = RateLimit(10, clock=lambda: now, sleep=sleep)
    for seconds in seconds_of_work:
        now += seconds
        rate.wait_for(5)

    assert slept == pytest.approx(sleeps)
