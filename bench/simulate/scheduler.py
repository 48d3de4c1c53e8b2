"""The scheduler: runs real code in steps, one at a time, in any order, with any failure between two of them.

Each thread of the real code is a greenlet here. It hands control back before each call of a service, so that everything
else can happen between two calls. Nothing waits for real.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent, greenlet

from bench.simulate.processes import Actor, Fault, Process
from bench.simulate.reduction import without_times

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from bench.simulate.choices import Choices

# How long a step may take without being called slow, in seconds.
USUAL_SECONDS = 1.0
BEGIN = datetime(2026, 1, 31, 22, 47, 57, tzinfo=UTC)

# How a call fails, apart from a death before it, where a schedule is reduced.
_OF_A_READ = (Fault.REFUSED,)
_OF_A_WRITE = (Fault.REFUSED, Fault.ANSWER_LOST, Fault.DIES_AFTER)
Happening = tuple[str, "Callable[[], None]"]


def _never() -> bool:
    return False


@dataclass
class Scheduler:
    """Decides what happens next.

    Attributes:
        choices: what decides.
        faults_left: how many faults may still happen.
        reduced: whether to leave out what ends like something else; see `bench.simulate.reduction`.
        seconds: the simulated time.
    """

    choices: Choices
    faults_left: int
    reduced: bool = False
    seconds: float = 0.0
    actors: list[Actor] = field(default_factory=list)
    on_fault: Callable[[Process], None] = lambda _process: None
    timers: list[Callable[[], float | None]] = field(default_factory=list)
    others: list[Callable[[], list[Happening]]] = field(default_factory=list)
    other_faults: list[Callable[[], list[Happening]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._hub = getcurrent()
        self._running: Actor | None = None
        self._started: list[greenlet] = []
        self._told: list[tuple[float, tuple[str, ...]]] = []

    @property
    def story(self) -> list[str]:
        """What has happened, for people."""
        return [f"{seconds:7.1f} s  {': '.join(what)}" for seconds, what in self._told]

    def monotonic(self) -> float:
        """Return the simulated seconds."""
        return self.seconds

    def now(self) -> datetime:
        """Return the simulated time."""
        return BEGIN + timedelta(seconds=self.seconds)

    def start(self, name: str, process: Process, function: Callable[[], None]) -> Actor:
        """Add a thread to a process."""
        actor = Actor(name, process, greenlet(lambda _fault: function(), parent=self._hub))
        self.actors.append(actor)
        self._started.append(actor.run)
        return actor

    def call(
        self,
        what: str,
        effect: Callable[[], Any],
        error: Callable[[], Exception],
        *,
        changes_nothing: bool = False,
        is_for_a_key: bool = False,
    ) -> Any:
        """Make a call of the current thread: let everything else happen first, then do it, or fail.

        Args:
            what: the call, for people.
            effect: does it, and returns the answer.
            error: returns what is raised if no answer comes.
            changes_nothing: whether nobody can tell that it was made.
            is_for_a_key: whether it is of STS or KMS.
        """
        actor = self._running
        if actor is None or (self.reduced and is_for_a_key):
            return effect()
        actor.waits_for, actor.is_call, actor.changes_nothing = what, True, changes_nothing
        actor.wakes_at, actor.ready = None, None
        fault = self._hub.switch()
        if fault is Fault.REFUSED:
            self._learn(actor, what, fault)
            raise error()
        try:
            answer = effect()
        except Exception as refusal:
            self._learn(actor, what, getattr(refusal, "response", refusal))
            raise
        self._learn(actor, what, answer if fault is None else fault)
        if fault is Fault.DIES_AFTER:
            self._die(actor.process)
            self._hub.switch()
        if fault is Fault.ANSWER_LOST:
            raise error()
        return answer

    def wait(self, what: str, ready: Callable[[], bool], *, until: float | None = None) -> None:
        """Let the current thread wait until something is ready, or a time is reached."""
        actor = self._running
        if actor is None or ready():
            return
        actor.waits_for, actor.is_call, actor.wakes_at, actor.ready = what, False, until, ready
        self._hub.switch()

    def sleep(self, seconds: float) -> None:
        """Let the current thread sleep."""
        self.wait("sleep", _never, until=self.seconds + seconds)

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
            self._hub.switch()

    def step(self) -> bool:
        """Let one thing happen; return False if nothing can."""
        runnable, timer = self._look_around()
        while self.reduced and (local := next((actor for actor in runnable if not actor.is_call), None)):
            self._resume(local, None)
            runnable, timer = self._look_around()
        usual: list[Actor | Happening] = [*runnable]
        for others in self.others:
            usual += others()
        faults = self._faults(runnable) if self.faults_left > 0 else []
        if timer is not None:
            # Work takes a while; to keep whoever could go on waiting for longer than that is a fault.
            is_usual = timer <= self.seconds + USUAL_SECONDS or not usual
            goes_on = (f"the clock goes on to {timer:g} s", lambda: self._advance(timer, runnable, is_usual=is_usual))
            if is_usual:
                usual.append(goes_on)
            elif self.faults_left > 0:
                faults.append(goes_on)
        if not usual:
            return False
        chosen = self.choices.choose(len(usual), len(faults))
        if chosen < len(usual):
            self._happen(usual[chosen])
        else:
            self.faults_left -= 1
            self._happen_wrongly(faults[chosen - len(usual)])
        return True

    def close(self) -> None:
        """End every thread: one that only waits is never collected, nor is anything that it knows."""
        self._running = None
        for thread in self._started:
            if not thread.dead:
                thread.throw()

    def tell(self, *what: str) -> None:
        """Add a line to the story."""
        self._told.append((self.seconds, what))

    def _look_around(self) -> tuple[list[Actor], float | None]:
        """Return which threads can go on, and the time of what else happens next; end what has run out of time."""
        now, runnable, times = self.seconds, [], []
        for actor in self.actors:
            process = actor.process
            if not (process.alive and process.busy):
                continue
            if process.until is not None:
                if process.until <= now:
                    self.kill(process, "its invocation has run out of time")
                    return self._look_around()
                times.append(process.until)
            wakes_at = actor.wakes_at
            if actor.ready is None or (wakes_at is not None and wakes_at <= now) or actor.ready():
                runnable.append(actor)
            elif wakes_at is not None:
                times.append(wakes_at)
        times += [time for timer in self.timers if (time := timer()) is not None]
        return runnable, min(times, default=None)

    def _faults(self, runnable: list[Actor]) -> list[tuple[Actor, Fault] | Happening]:
        calls = [actor for actor in runnable if actor.is_call]
        faults: list[tuple[Actor, Fault] | Happening]
        if self.reduced:
            mortal = {actor.process: actor for actor in calls}
            faults = [(actor, Fault.DIES_BEFORE) for actor in mortal.values()]
            faults += [(a, fault) for a in calls for fault in (_OF_A_READ if a.changes_nothing else _OF_A_WRITE)]
        else:
            faults = [(actor, fault) for actor in calls for fault in Fault]
        for others in self.other_faults:
            faults += others()
        return faults

    def _happen(self, what: Actor | Happening) -> None:
        if isinstance(what, Actor):
            self.tell(what.name, what.waits_for)
            self._resume(what, None)
            return
        label, happen = what
        self.tell(label)
        happen()

    def _happen_wrongly(self, what: tuple[Actor, Fault] | Happening) -> None:
        actor, fault = what
        if isinstance(actor, Actor) and isinstance(fault, Fault):
            self.tell(actor.name, actor.waits_for, fault.value)
            self._fail(actor, fault)
        else:
            self._happen(what)

    def _fail(self, actor: Actor, fault: Fault) -> None:
        self.on_fault(actor.process)
        if fault is Fault.DIES_BEFORE:
            self._die(actor.process)
            return
        self._resume(actor, fault)

    def _learn(self, actor: Actor, what: str, answer: object) -> None:
        if self.reduced:
            actor.learn(what, without_times(repr(answer)))

    def _resume(self, actor: Actor, fault: Fault | None) -> None:
        self._running = actor
        try:
            actor.run.switch(fault)
        finally:
            self._running = None
        if actor.run.dead:
            self.actors = [other for other in self.actors if other is not actor]

    def _die(self, process: Process) -> None:
        if process.alive:
            process.alive = False
            self.actors = [actor for actor in self.actors if actor.process is not process or actor is self._running]
            process.on_death()

    def _advance(self, time: float, kept_waiting: list[Actor], *, is_usual: bool) -> None:
        if not is_usual:
            for actor in kept_waiting:
                self.on_fault(actor.process)
        self.seconds = time
