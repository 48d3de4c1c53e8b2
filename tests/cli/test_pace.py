"""The pace: as many messages a second as allowed, and no waiting that nobody asked for."""

import pytest

from cli.pace import Pace


class Clock:
    """Time that passes only where somebody sleeps or works."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_the_first_ones_go_at_once_and_the_others_in_their_time() -> None:
    clock = Clock()
    pace = Pace(10, clock=clock, sleep=clock.sleep)

    for _ in range(4):
        pace.wait_for(5)

    assert clock.slept == pytest.approx([0.5, 0.5, 0.5])


def test_time_that_the_work_took_counts() -> None:
    clock = Clock()
    pace = Pace(10, clock=clock, sleep=clock.sleep)

    pace.wait_for(5)
    clock.now += 0.4
    pace.wait_for(5)

    assert clock.slept == pytest.approx([0.1])


def test_a_pause_is_not_caught_up_with() -> None:
    clock = Clock()
    pace = Pace(10, clock=clock, sleep=clock.sleep)

    pace.wait_for(5)
    clock.now += 60
    pace.wait_for(5)
    pace.wait_for(5)

    assert clock.slept == pytest.approx([0.5])
