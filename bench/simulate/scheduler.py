"""The scheduler: runs real code in steps, one at a time, in any order, with any failure between two of them.

Each thread of the real code is a greenlet here. It hands control back before each call of a service, so that everything
else can happen between two calls. Nothing waits for real.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

from bench.simulate.processes import Actor, Fault, Process
from bench.simulate.reduction import without_times

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from bench.simulate.choices import Choices

# How long a step may take without being called slow, in seconds.
USUAL_SECONDS = 1.0
BEGIN = datetime(2026, 1, 31, 22, 47, 57, tzinfo=UTC)

# How a call fails, apart from a death before it, where a schedule is reduced.
_FAULTS = tuple(Fault)
_OF_A_READ = (Fault.REFUSED,)
_OF_A_WRITE = (Fault.REFUSED, Fault.ANSWER_LOST, Fault.DIES_AFTER)
# What can happen, and what to.
Happening = tuple[Any, ...]


def _never() -> bool:
    return False


def _nothing(*_arguments: object) -> None:
    """Do nothing: the world has ended."""


def _answer(call: tuple[Callable[[], Any], Callable[[], Exception]], fault: Fault | None) -> Any:
    """Do what a call does, unless it fails before; return the answer or the error."""
    effect, error = call
    if fault is Fault.REFUSED:
        return error()
    try:
        answer = effect()
    except Exception as refusal:
        return refusal
    return error() if fault is Fault.ANSWER_LOST else answer


@dataclass
class Scheduler:
    """Decides what happens next.

    Attributes:
        choices: what decides.
        faults_left: how many faults may still happen.
        reduced: whether to leave out what ends like something else; see `bench.simulate.reduction`.
        at_once: whether what a thread does between two calls happens at once.
        seconds: the simulated time.
        changes: how often something changed on which it depends what may happen next.
    """

    choices: Choices
    faults_left: int
    reduced: bool = False
    at_once: bool = False
    seconds: float = 0.0
    changes: int = 0
    actors: list[Actor] = field(default_factory=list)
    on_fault: Callable[[Process], None] = lambda _process: None
    timers: list[Callable[[], float | None]] = field(default_factory=list)
    others: list[Callable[[], list[Happening]]] = field(default_factory=list)
    other_faults: list[Callable[[], list[Happening]]] = field(default_factory=list)
    _started: list[Actor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._hub = getcurrent()
        self._running: Actor | None = None
        self._seen = self._others_at = -1
        self._threads_changed = False
        self._usual_others: list[Happening] = []
        self._times: list[float] = []
        self._runnable: list[Actor] = []
        self._others: list[Happening] = []
        self._faults: list[Happening] = []
        self._told: list[tuple[float, tuple[str, ...]]] = []

    @property
    def story(self) -> list[str]:
        """What has happened, for people."""
        return [f"{seconds:7.1f} s  {': '.join(what)}" for seconds, what in self._told]

    def monotonic(self) -> float:
        """Return the simulated seconds since the invocation began of which the current thread is a part."""
        return round(self.seconds - (self._running.zero if self._running else 0.0), 6)

    def now(self) -> datetime:
        """Return the simulated time."""
        return BEGIN + timedelta(seconds=self.seconds)

    def start(self, name: str, process: Process, begin: Callable[[Actor], None]) -> None:
        """Add a thread to a process; it begins with a function that takes it."""
        running = self._running
        actor = Actor(name, process, lambda _nothing: begin(actor))
        actor.zero = running.zero if running and running.process is process else self.seconds
        self.actors.append(actor)
        self._started.append(actor)

    def call(
        self,
        what: str,
        effect: Callable[[], Any],
        error: Callable[[], Exception],
        *,
        changes_nothing: bool = False,
        is_for_a_key: bool = False,
        is_settled: Callable[[], bool] | None = None,
    ) -> Any:
        """Make a call of the current thread: let everything else happen first, then do it, or fail.

        A thread without a stack has to return to the scheduler after this, and goes on with the answer.

        Args:
            what: the call, for people.
            effect: does it, and returns the answer.
            error: returns what is raised if no answer comes.
            changes_nothing: whether nobody can tell that it was made.
            is_for_a_key: whether it is of STS or KMS.
            is_settled: tells whether nothing that happens before it makes a difference to anybody, unless it fails or
                time passes.
        """
        actor = self._running
        if actor is None or (self.reduced and is_for_a_key):
            return effect()
        actor.waits_for, actor.call, actor.changes_nothing = what, (effect, error), changes_nothing
        actor.is_settled, actor.wakes_at, actor.ready, actor.has_stopped = is_settled, None, None, True
        if not actor.has_stack:
            return None
        answer = self._hub.switch()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def wait(self, what: str, ready: Callable[[], bool], *, until: float | None = None) -> None:
        """Let the current thread wait until something is ready, or a time is reached."""
        actor = self._running
        if actor is None or ready():
            return
        actor.waits_for, actor.call, actor.wakes_at, actor.ready, actor.has_stopped = what, None, until, ready, True
        if actor.has_stack:
            self._hub.switch()

    def sleep(self, seconds: float) -> None:
        """Let the current thread sleep."""
        self.wait("sleep", _never, until=self.seconds + seconds)

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the current invocation may still take, in simulated milliseconds."""
        return int(((self.running().process.until or 0.0) - self.seconds) * 1000)

    def die(self, why: str) -> None:
        """End the process of the current thread."""
        self.kill(self.running().process, why)

    def state(self) -> Hashable:
        """Return the faults that are left, and what every process may still do."""
        threads: dict[Process, list[Hashable]] = {}
        for actor in self.actors:
            threads.setdefault(actor.process, []).append(actor.state(self.seconds))
        found = [hash((process.state(self.seconds), frozenset(own))) for process, own in threads.items()]
        return self.faults_left, tuple(sorted(found))

    def running(self) -> Actor:
        """Return the thread that runs.

        Raises:
            RuntimeError: none does.
        """
        if self._running is None:
            raise RuntimeError("only threads of the simulation may get here")
        return self._running

    def kill(self, process: Process, why: str) -> None:
        """End a process, with all its threads."""
        self.tell(f"{process.name} dies", why)
        self._die(process)
        if (current := self._running) is not None and current.process is process:
            current.has_stopped = True
            if current.has_stack:
                self._hub.switch()

    def step(self) -> bool:
        """Let one thing happen; return False if nothing can."""
        if self._seen != self.changes or self._threads_changed:
            self._look_around()
        calls = len(self._runnable)
        usual = calls + len(self._others)
        if not usual:
            return False
        chosen = self.choices.choose(usual, len(self._faults))
        if chosen < calls:
            actor = self._runnable[chosen]
            self._told.append((self.seconds, (actor.name, actor.waits_for)))
            self._resume(actor, None)
        elif chosen < usual:
            happen, *to = self._others[chosen - calls]
            happen(*to)
        else:
            self.faults_left -= 1
            self.changes += 1
            happen, *to = self._faults[chosen - usual]
            happen(*to)
        return True

    def close(self) -> None:
        """End every thread, and let go of all that knows this scheduler: nothing is left for the garbage collector."""
        self._running = None
        for actor in self._started:
            actor.leave_stack()
            actor.go_on = actor.process.on_death = _nothing
        for known in (self._started, self.actors, self.timers, self.others, self.other_faults, self._runnable):
            known.clear()
        self._others, self._faults = [], []

    def tell(self, *what: str) -> None:
        """Add a line to the story."""
        self._told.append((self.seconds, what))

    def _look_around(self) -> None:
        """See what may happen next; it stays the same while threads only go from one call to another."""
        runnable, times = self._look_at_threads()
        while self.at_once and (forced := self._forced(runnable, times)):
            for actor in forced:
                if actor.process.busy and actor.process.alive:
                    self._resume(actor, None)
            runnable, times = self._look_at_threads()
        if self._others_at != self.changes:
            self._others_at = self.changes
            self._usual_others = [each for others in self.others for each in others()]
            self._times = [time for timer in self.timers if (time := timer()) is not None]
        others = self._usual_others[:]
        faults = self._look_for_faults(runnable) if self.faults_left > 0 else []
        timer = min([*times, *self._times], default=None)
        if timer is not None:
            # Work takes a while; to keep whoever could go on waiting for longer than that is a fault.
            if timer <= self.seconds + USUAL_SECONDS or not (runnable or others):
                others.append((self._advance, timer, ()))
            elif self.faults_left > 0:
                faults.append((self._advance, timer, runnable))
        self._seen, self._threads_changed = self.changes, False
        self._runnable, self._others, self._faults = runnable, others, faults

    def _forced(self, runnable: list[Actor], times: list[float]) -> list[Actor]:
        """Return the threads that go on before anybody chooses."""
        if local := [actor for actor in runnable if not actor.call]:
            return local
        if not self.reduced or self.faults_left:
            return []
        times += [time for timer in self.timers if (time := timer()) is not None]
        if min(times, default=inf) <= self.seconds + USUAL_SECONDS:
            return []
        return [actor for actor in runnable if actor.is_settled and actor.is_settled()][:1]

    def _look_at_threads(self) -> tuple[list[Actor], list[float]]:
        """Return which threads can go on, and when others will, or run out of time."""
        now, last = self.seconds, None
        runnable: list[Actor] = []
        times: list[float] = []
        for actor in self.actors:
            process = actor.process
            if not process.busy:
                continue
            if process is not last:
                last = process
                if process.until is not None:
                    times.append(process.until)
            wakes_at = actor.wakes_at
            if actor.ready is None or (wakes_at is not None and wakes_at <= now) or actor.ready():
                runnable.append(actor)
            elif wakes_at is not None:
                times.append(wakes_at)
        return runnable, times

    def _look_for_faults(self, runnable: list[Actor]) -> list[Happening]:
        calls = [actor for actor in runnable if actor.call]
        faults: list[Happening]
        if self.reduced:
            mortal = {actor.process: actor for actor in calls}
            faults = [(self._fail, actor, Fault.DIES_BEFORE) for actor in mortal.values()]
            faults += [
                (self._fail, a, fault) for a in calls for fault in (_OF_A_READ if a.changes_nothing else _OF_A_WRITE)
            ]
        else:
            faults = [(self._fail, actor, fault) for actor in calls for fault in _FAULTS]
        for others in self.other_faults:
            faults += others()
        return faults

    def _fail(self, actor: Actor, fault: Fault) -> None:
        self.tell(actor.name, actor.waits_for, fault.value)
        self.on_fault(actor.process)
        if fault is Fault.DIES_BEFORE:
            self._die(actor.process)
            return
        self._resume(actor, fault)

    def _resume(self, actor: Actor, fault: Fault | None) -> None:
        call = actor.call
        answer = _answer(call, fault) if call else None
        if fault is Fault.DIES_AFTER:
            self._die(actor.process)
            return
        if self.reduced and call:
            actor.learn(actor.waits_for, without_times(repr(getattr(answer, "response", answer))))
        # Whoever answers for the others of its process, such as with a session, does so on a stack.
        self._threads_changed |= actor.has_stack or self.reduced
        self._running, actor.has_stopped = actor, False
        try:
            if actor.has_stack and actor.stack:
                actor.stack.switch(answer)
            else:
                actor.go_on(answer)
        finally:
            self._running = None
        if not (actor.has_stopped and actor.process.alive):
            self.actors = [other for other in self.actors if other is not actor]
            self.changes += 1
        self._threads_changed |= not (call and actor.call) or actor.has_stack

    def _die(self, process: Process) -> None:
        if process.alive:
            process.alive = False
            self.changes += 1
            self.actors = [actor for actor in self.actors if actor.process is not process]
            process.on_death()

    def _advance(self, time: float, kept_waiting: Iterable[Actor]) -> None:
        self.tell(f"the clock goes on to {time:g} s")
        for actor in kept_waiting:
            self.on_fault(actor.process)
        self.seconds = time
        self.changes += 1
        for process in {actor.process: None for actor in self.actors}:
            if process.busy and process.until is not None and process.until <= time:
                self.kill(process, "its invocation has run out of time")
