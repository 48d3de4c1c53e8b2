"""Processes and their threads, as the scheduler knows them, and what may go wrong with a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

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
        alive: whether it still exists.
        event: what it works on.
        results: of its threads that have ended.
    """

    name: str
    busy: bool = True
    until: float | None = None
    on_death: Callable[[], None] = lambda: None
    alive: bool = True
    event: tuple[Hashable, ...] = ()
    results: set[Hashable] = field(default_factory=set)

    @property
    def kind(self) -> str:
        """What it has in common with the processes that would do the same in its place."""
        return self.name

    def state(self, now: float) -> Hashable:
        """Return what decides what it does next, apart from its threads."""
        left = None if self.until is None else round(self.until - now, 6)
        return self.kind, self.busy, left, self.event, frozenset(self.results)


@dataclass(frozen=True)
class Invocation:
    """What Lambda tells a function: how long it may still take."""

    scheduler: Scheduler
    until: float

    def get_remaining_time_in_millis(self) -> int:
        """Return the simulated milliseconds that are left."""
        return int((self.until - self.scheduler.seconds) * 1000)


@dataclass(eq=False, slots=True)
class Actor:
    """One thread of a process.

    Attributes:
        name: as stories name it.
        process: where it runs.
        run: the greenlet.
        waits_for: what it does next, in words.
        is_call: whether that is a call, which may fail.
        changes_nothing: whether nobody can tell that this call was made.
        wakes_at: when it goes on by itself; None if nothing but `ready` decides.
        ready: whether it can go on; None if it always can.
        learned: a digest of all the answers that it got.
    """

    name: str
    process: Process
    run: greenlet
    waits_for: str = "begin"
    is_call: bool = False
    changes_nothing: bool = False
    wakes_at: float | None = None
    ready: Callable[[], bool] | None = None
    learned: int = 0

    def learn(self, *what: Hashable) -> None:
        """Note what this thread has learned: with the code, that is all that decides what it does next."""
        self.learned = hash((self.learned, *what))

    def end(self, result: str) -> None:
        """Note that of this thread only its result matters from now on."""
        self.process.results.add((self._own_name, result))

    def state(self, now: float) -> Hashable:
        """Return what it has learned, what it waits for, and for how long."""
        left = None if self.wakes_at is None else round(self.wakes_at - now, 6)
        return self._own_name, self.waits_for, left, self.learned

    @property
    def _own_name(self) -> str:
        return self.name.removeprefix(self.process.name)
