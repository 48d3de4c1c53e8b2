"""The typical time of several rounds, on a processor that is shared with strangers."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def typical(times: Iterable[float]) -> float:
    """Return the median of the faster half.

    A neighbour on the same core slows some rounds down to half the speed, for seconds; the median of all rounds
    would then say which of two speeds more of them had. The same holds for every contestant.
    """
    ranked = sorted(times)
    return median(ranked[: (len(ranked) + 1) // 2])
