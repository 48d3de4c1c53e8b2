"""Choices: what decides a schedule; each one can be replayed, and shrunk to the shortest that still fails."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LIKELY_FAULT = 0.12


class Choices(Protocol):
    """Decides what happens next."""

    taken: list[int]

    def choose(self, usual: int, faults: int) -> int:
        """Return a number below `usual + faults`; those from `usual` on stand for faults.

        Args:
            usual: in how many ways things may go on without a fault, at least one.
            faults: how many faults could happen instead.
        """


@dataclass
class RandomChoices:
    """Chooses by a seed, faults less often."""

    seed: int
    taken: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        # Some schedules have hardly any faults, others many: different mistakes need different ones.
        self._likely_fault = self._dice.choice((0.02, LIKELY_FAULT, 0.3))

    def choose(self, usual: int, faults: int) -> int:
        """Return a number below `usual + faults`."""
        if faults and self._dice.random() < self._likely_fault:
            chosen = usual + int(self._dice.random() * faults)
        else:
            chosen = int(self._dice.random() * usual) if usual > 1 else 0
        self.taken.append(chosen)
        return chosen


@dataclass
class Replay:
    """Takes choices that were taken before, and then the first of those there are."""

    prefix: Sequence[int]
    taken: list[int] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)

    def choose(self, usual: int, faults: int) -> int:
        """Return the next recorded number; 0 where it does not fit."""
        place = len(self.taken)
        wanted = self.prefix[place] if place < len(self.prefix) else 0
        chosen = wanted if wanted < usual + faults else 0
        self.taken.append(chosen)
        self.widths.append(usual + faults)
        return chosen


def shrunk(taken: Sequence[int], fails: Callable[[Sequence[int]], bool], *, tries: int = 400) -> list[int]:
    """Return choices that still fail, with as much left out and set to 0 as `tries` replays find."""
    best = list(taken)
    size = max(len(best) // 2, 1)
    while size and tries > 0:
        start = 0
        while start < len(best) and tries > 0:
            without = best[:start] + best[start + size :]
            zeroed = best[:start] + [0] * len(best[start : start + size]) + best[start + size :]
            for candidate in (without, zeroed):
                if candidate != best and (tries := tries - 1) >= 0 and fails(candidate):
                    best = candidate
                    break
            else:
                start += size
                continue
            if candidate is zeroed:
                start += size
        size //= 2
    while best and best[-1] == 0:
        best.pop()
    return best
