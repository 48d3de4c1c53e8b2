"""The speed of a shared processor: scales measurements to its full speed."""

from __future__ import annotations

import math
import time
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def loop_seconds() -> float:
    """Return how long a fixed loop takes now, the best of three runs."""
    least = 9.0
    for _ in range(3):
        start = time.perf_counter()
        for _ in range(10_000):
            pass
        least = min(least, time.perf_counter() - start)
    return least


class CpuSpeed:
    """Remembers the fastest loop it has seen, and scales times to that speed.

    Another tenant of the host can halve the speed of a virtual core for a second or so, at any moment. Each
    measurement therefore times a fixed loop before and after.
    """

    def __init__(self) -> None:
        self._fastest_loop = math.inf

    def scaled_median(self, times: Sequence[float], *, loops: Sequence[float]) -> float:
        """Return the median of times, each scaled by how long the fixed loop took around it."""
        self._fastest_loop = min(self._fastest_loop, *loops)
        return median(taken * self._fastest_loop / loop for taken, loop in zip(times, loops, strict=True))


CPU_SPEED = CpuSpeed()


def median_of_faster_half(times: Iterable[float]) -> float:
    """Return the median of the faster half of some times; the slower half measures other processes."""
    ranked = sorted(times)
    return median(ranked[: (len(ranked) + 1) // 2])
