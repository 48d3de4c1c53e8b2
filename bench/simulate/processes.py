"""Processes and their threads, as the scheduler knows them, and what may go wrong with a call."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from greenlet import GreenletExit, getcurrent, greenlet

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from bench.simulate.memory import Conversation


class Fault(Enum):
    """What can happen to a call."""

    REFUSED = "refused"
    ANSWER_LOST = "done, but its answer is lost"
    DIES_BEFORE = "the process dies before"
    DIES_AFTER = "the process dies after"


@dataclass(slots=True)
class Ports:
    """Whom the real code of a process talks to: see `bench.simulate.memory`.

    Attributes:
        clock: tells the time, lets threads sleep, and ends them.
        sqs: the queues.
        dice: random bits.
        dynamodb: the table.
        threads: starts threads.
        tenants: the credentials that the process keeps.
        keys: the keys for fingerprints that it keeps.
    """

    clock: Any
    sqs: Any
    dice: Any = None
    dynamodb: Any = None
    threads: Any = None
    tenants: Any = None
    keys: Any = None


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
        ports: whom its real code talks to; see `bench.simulate.memory`.
        kept: to which questions it keeps the answers, and since when.
    """

    name: str
    busy: bool = True
    until: float | None = None
    on_death: Callable[[], None] = lambda: None
    alive: bool = True
    event: tuple[Hashable, ...] = ()
    results: set[Hashable] = field(default_factory=set)
    ports: Ports | None = None
    kept: dict[Hashable, float] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What it has in common with the processes that would do the same in its place."""
        return self.name

    def state(self, now: float) -> Hashable:
        """Return what decides what it does next, apart from its threads."""
        left = None if self.until is None else round(self.until - now, 6)
        return self.kind, self.busy, left, self.event, frozenset(self.results)


# A new stack costs more than most of what runs on it.
_IDLE_STACKS: list[greenlet] = []


def _run_one_after_the_other(actor: Actor, function: Callable[[], None]) -> None:
    stack = getcurrent()
    while True:
        with suppress(GreenletExit):
            function()
        actor.stack = None
        _IDLE_STACKS.append(stack)
        actor, function = stack.parent.switch()


@dataclass(eq=False, slots=True)
class Actor:
    """One thread of a process.

    Attributes:
        name: as stories name it.
        process: where it runs.
        go_on: is called with what it has waited for.
        waits_for: what it does next, in words.
        call: does that and returns an error in its place, if it is a call, which may fail.
        changes_nothing: whether nobody can tell that this call was made.
        is_settled: tells whether nothing that happens before this call makes a difference to anybody.
        wakes_at: when it goes on by itself; None if nothing but `ready` decides.
        ready: whether it can go on; None if it always can.
        learned: a digest of all the answers that it got.
        zero: when the invocation began of which it is a part.
        has_stopped: whether it waits; one that runs and does not has ended.
        has_stack: whether it is switched away from where it waits; otherwise, it returns.
        stack: where it is switched to.
        conversation: that of the real code which runs in it, if any does.
    """

    name: str
    process: Process
    go_on: Callable[[Any], None]
    waits_for: str = "begin"
    call: tuple[Callable[[], Any], Callable[[], Exception]] | None = None
    changes_nothing: bool = False
    is_settled: Callable[[], bool] | None = None
    wakes_at: float | None = None
    ready: Callable[[], bool] | None = None
    learned: int = 0
    zero: float = 0.0
    has_stopped: bool = True
    has_stack: bool = False
    stack: greenlet | None = None
    conversation: Conversation | None = None

    def learn(self, *what: Hashable) -> None:
        """Note what this thread has learned: with the code, that is all that decides what it does next."""
        self.learned = hash((self.learned, *what))

    def run_on_a_stack(self, function: Callable[[], None]) -> None:
        """Run a function that can be switched away from where it waits."""
        self.stack = _IDLE_STACKS.pop() if _IDLE_STACKS else greenlet(_run_one_after_the_other)
        self.stack.switch(self, function)

    def leave_stack(self) -> None:
        """End what waits on the stack."""
        if self.stack:
            self.stack.throw()

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
