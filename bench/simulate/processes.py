"""Processes and their threads, as the scheduler knows them, and what may go wrong with a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenlet import greenlet

    from bench.simulate.scheduler import Scheduler


class Fault(Enum):
    """What can happen to a call."""

    REFUSED = "refused"
    ANSWER_LOST = "done, but its answer is lost"
    DIES_BEFORE = "the process dies before"
    DIES_AFTER = "the process dies after"


@dataclass(eq=False)
class Process:
    """One process: an environment of a function, or an operator's command.

    Attributes:
        name: as stories name it.
        busy: whether it may run; Lambda freezes an environment between two invocations.
        until: when Lambda ends it, on the simulated clock.
        on_death: called once when it dies.
    """

    name: str
    busy: bool = True
    until: float | None = None
    on_death: Callable[[], None] = lambda: None
    alive: bool = True
    learned: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Invocation:
    """What Lambda tells a function: how long it may still take."""

    scheduler: Scheduler
    until: float

    def get_remaining_time_in_millis(self) -> int:
        """Return the simulated milliseconds that are left."""
        return int((self.until - self.scheduler.seconds) * 1000)


@dataclass(eq=False)
class Actor:
    """One thread of a process.

    Attributes:
        name: as stories name it.
        process: where it runs.
        run: the greenlet.
        waits_for: what it does next, in words; None once it has ended.
        is_call: whether that is a call, which may fail.
        wakes_at: when it goes on by itself; None if nothing but `ready` decides.
        ready: whether it can go on.
    """

    name: str
    process: Process
    run: greenlet
    waits_for: str | None = "begin"
    is_call: bool = False
    wakes_at: float | None = None
    ready: Callable[[], bool] = lambda: True
    learned: int = 0

    def learn(self, *what: object) -> None:
        """Note what this thread has learned: with the code, that is all that decides what it does next."""
        self.learned = hash((self.learned, *what))
        self.process.learned[self.name] = self.learned
