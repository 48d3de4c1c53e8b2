"""Endurance: what an adversary can make of a redaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.accuracy.adversarial_texts import ADVERSARIAL
from bench.compare.candidate import Candidate, TooSlow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.report.report import Cell

# Seconds by adversary and KB; None where it took too long.
Taken = dict[str, dict[int, float | None]]

OURS = "ours"
SIZES_KB = (8, 32, 128)
GIVE_UP_SECONDS = 2.0
CALLS = 32


def on_adversaries(candidate: Candidate, *, quick: bool) -> Taken:
    """Return seconds by adversary and KB; None where it took too long, and nothing after that."""
    adversaries = list(ADVERSARIAL)[:2] if quick else list(ADVERSARIAL)
    sizes = SIZES_KB[:1] if quick else SIZES_KB
    if candidate.name == OURS:
        return {adversary: _least(candidate, adversary, sizes) for adversary in adversaries}
    taken: Taken = {adversary: {} for adversary in adversaries}
    for kilobytes in sizes:
        for adversary in adversaries:
            order = {"size": 1024 * kilobytes, "adversary": adversary}
            try:
                taken[adversary][kilobytes] = candidate(**order, timeout_seconds=GIVE_UP_SECONDS)
            except TooSlow:
                # Its worst is known: slower than anybody should wait for.
                taken[adversary][kilobytes] = None
                return taken
    return taken


def _least(candidate: Candidate, adversary: str, sizes: Sequence[int]) -> dict[int, float | None]:
    """Return the least of some rounds over all sizes: what comes on top of it is another process's time."""
    rounds = [
        {
            kilobytes: candidate(size=1024 * kilobytes, adversary=adversary, calls=max(CALLS // kilobytes, 1))
            for kilobytes in sizes
        }
        for _ in range(5)
    ]
    return {kilobytes: min(taken[kilobytes] for taken in rounds) for kilobytes in sizes}


def slowest(taken: Taken, kilobytes: int) -> Cell:
    """Return milliseconds on the slowest text of a size."""
    if any(value is None for by_size in taken.values() for size, value in by_size.items() if size <= kilobytes):
        return f"> {GIVE_UP_SECONDS * 1000:g}"
    return 1000 * max((by_size.get(kilobytes) or 0.0 for by_size in taken.values()), default=0.0)


def slowest_adversary(taken: Taken) -> str:
    """Return which text was the slowest at the largest size that was reached."""

    def rank(adversary: str) -> tuple[bool, float]:
        values = taken[adversary].values()
        return None in values, max((value or 0.0 for value in values), default=0.0)

    return max(taken, key=rank)


def grown(taken: dict[int, float | None]) -> float | None:
    """Return how many times as long 128 KB take as 32 KB."""
    small, large = taken.get(32), taken.get(128)
    return large / small if small and large else None
