"""The processor, which is shared with strangers: what a measurement would typically say of it at full speed."""

from __future__ import annotations

import math
import time
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def loop_seconds() -> float:
    """Return how long a fixed loop takes now, at best of three times."""
    least = 9.0
    for _ in range(3):
        start = time.perf_counter()
        for _ in range(10_000):
            pass
        least = min(least, time.perf_counter() - start)
    return least


class Processor:
    """Knows the full speed of this machine's processor, as far as it was seen.

    A neighbour on the same core halves the speed of a virtual one, for a second or so and at any moment. So a fixed
    loop is timed before and after each measurement, and the measurement is told as at full speed.
    """

    def __init__(self) -> None:
        self._full_speed = math.inf

    def typical(self, times: Sequence[float], *, loops: Sequence[float]) -> float:
        """Return the median of several rounds at full speed.

        Args:
            times: what was measured.
            loops: for each of them, the seconds that the fixed loop took at the time.
        """
        self._full_speed = min(self._full_speed, *loops)
        return median(taken * self._full_speed / loop for taken, loop in zip(times, loops, strict=True))


PROCESSOR = Processor()


def median_of_faster_half(times: Iterable[float]) -> float:
    """Return the median of the faster half of some times: what is still in the others is another process's time."""
    ranked = sorted(times)
    return median(ranked[: (len(ranked) + 1) // 2])
