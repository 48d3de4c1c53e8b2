"""A job on dead letters: those that are chosen, a few at a time, at a pace, up to a limit."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from cli.dead_letter_queue import MOST_AT_A_TIME

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cli.dead_letter import DeadLetter
    from cli.dead_letter_queue import DeadLetterQueue
    from cli.pace import Pace


@dataclass(slots=True)
class Tally:
    """What became of the dead letters that were chosen.

    Attributes:
        handled: how many it was tried with.
        done: with how many it worked.
        copies: how many more were deleted because one of the same content was sent.
        skipped: how many were left because it would have been of no use.
        failed: how many were refused, by SQS's code.
    """

    handled: int = 0
    done: int = 0
    copies: int = 0
    skipped: int = 0
    failed: Counter[str] = field(default_factory=Counter)


class Job(Protocol):
    """What is done to dead letters."""

    tally: Tally

    def pick(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Return those of them that it is to be done to."""

    def handle(self, letters: Sequence[DeadLetter]) -> None:
        """Do it to at most ten."""


def work_through(
    queue: DeadLetterQueue,
    job: Job,
    *,
    pace: Pace,
    limit: int | None,
    progress: Callable[[int], None],
) -> None:
    """Do a job to every dead letter that it picks.

    Args:
        queue: where they are.
        job: what to do to which.
        pace: how fast.
        limit: most of them; None for all.
        progress: is told how many are handled so far.
    """
    at_a_time = max(1, min(MOST_AT_A_TIME, math.floor(pace.per_second)))
    tally = job.tally
    for letters in queue.letters(at_a_time=at_a_time, busy_seconds=at_a_time / pace.per_second):
        picked = job.pick(letters)[: None if limit is None else limit - tally.handled]
        if not picked:
            continue
        pace.wait_for(len(picked))
        job.handle(picked)
        tally.handled += len(picked)
        progress(tally.handled)
        if tally.handled == limit:
            return
