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

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.simulate.choices import Choices

# How long a step may take without being called slow, in seconds.
USUAL_SECONDS = 1.0
BEGIN = datetime(2026, 1, 31, 22, 47, 57, tzinfo=UTC)

_FAULTS = tuple(Fault)
Happening = tuple[str, "Callable[[], None]"]


def _always() -> bool:
    return True


@dataclass
class Scheduler:
    """Decides what happens next.

    Attributes:
        choices: what decides.
        faults_left: how many faults may still happen.
        reduced: whether steps that no other thread can notice happen at once: between two calls, and calls of STS and
            KMS, which change nothing. Then they also never fail.
        seconds: the simulated time.
        story: what has happened, for people.
    """

    choices: Choices
    faults_left: int
    reduced: bool = False
    seconds: float = 0.0
    story: list[str] = field(default_factory=list)
    actors: list[Actor] = field(default_factory=list)
    on_fault: Callable[[Actor], None] = lambda _actor: None
    timers: list[Callable[[], float | None]] = field(default_factory=list)
    others: list[Callable[[], list[Happening]]] = field(default_factory=list)
    other_faults: list[Callable[[], list[Happening]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._hub = getcurrent()
        self._running: Actor | None = None

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
        return actor

    def call(
        self, what: str, effect: Callable[[], Any], error: Callable[[], Exception], *, changes_nothing: bool = False
    ) -> Any:
        """Make a call of the current thread: let everything else happen first, then do it, or fail."""
        actor = self._running
        if actor is None or (self.reduced and changes_nothing):
            return effect()
        actor.waits_for, actor.is_call, actor.wakes_at, actor.ready = what, True, None, _always
        fault = self._hub.switch()
        if fault is Fault.REFUSED:
            actor.learn(what, fault)
            raise error()
        try:
            answer = effect()
        except Exception as refusal:
            actor.learn(what, repr(refusal))
            raise
        actor.learn(what, repr(answer) if fault is None else fault)
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
        self.wait("sleep", lambda: False, until=self.seconds + seconds)

    def state(self) -> int:
        """Return a digest of the clock, the faults that are left and every thread."""
        threads = tuple((a.name, a.waits_for, a.wakes_at, a.learned, a.process.until) for a in self.actors)
        return hash((self.seconds, self.faults_left, threads))

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
        self.tell(f"{process.name} dies: {why}")
        self._die(process)
        if (current := self._running) is not None and current.process is process:
            self._hub.switch()

    def step(self) -> bool:
        """Let one thing happen; return False if nothing can."""
        self._end_overdue()
        runnable = self._runnable()
        if self.reduced and (local := next((actor for actor in runnable if not actor.is_call), None)):
            self._resume(local, None)
            return True
        usual: list[Actor | Happening] = [*runnable, *(other for others in self.others for other in others())]
        faults = self._faults(runnable) if self.faults_left > 0 else []
        if (timer := self._next_time()) is not None:
            # Work takes a while; to keep whoever could go on waiting for longer than that is a fault.
            is_usual = timer <= self.seconds + USUAL_SECONDS or not usual
            goes_on = (f"the clock goes on to {timer:g} s", lambda: self._advance(timer, is_usual=is_usual))
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

    def _faults(self, runnable: list[Actor]) -> list[tuple[Actor, Fault] | Happening]:
        calls = [(actor, fault) for actor in runnable if actor.is_call for fault in _FAULTS]
        return [*calls, *(other for others in self.other_faults for other in others())]

    def _happen(self, what: Actor | Happening) -> None:
        if isinstance(what, Actor):
            self.tell(f"{what.name}: {what.waits_for}")
            self._resume(what, None)
            return
        label, happen = what
        self.tell(label)
        happen()

    def _happen_wrongly(self, what: tuple[Actor, Fault] | Happening) -> None:
        actor, fault = what
        if isinstance(actor, Actor) and isinstance(fault, Fault):
            self.tell(f"{actor.name}: {actor.waits_for}: {fault.value}")
            self._fail(actor, fault)
        else:
            self._happen(what)

    def tell(self, what: str) -> None:
        """Add a line to the story."""
        self.story.append(f"{self.seconds:7.1f} s  {what}")

    def _fail(self, actor: Actor, fault: Fault) -> None:
        self.on_fault(actor)
        if fault is Fault.DIES_BEFORE:
            self._die(actor.process)
            return
        self._resume(actor, fault)

    def _resume(self, actor: Actor, fault: Fault | None) -> None:
        self._running = actor
        try:
            actor.run.switch(fault)
        finally:
            self._running = None
        if actor.run.dead:
            self.actors = [other for other in self.actors if other is not actor]

    def _runnable(self) -> list[Actor]:
        now = self.seconds
        return [
            actor
            for actor in self.actors
            if actor.process.busy
            and actor.process.alive
            and ((actor.wakes_at is not None and actor.wakes_at <= now) or actor.ready())
        ]

    def _die(self, process: Process) -> None:
        if process.alive:
            process.alive = False
            self.actors = [actor for actor in self.actors if actor.process is not process or actor is self._running]
            process.on_death()

    def _end_overdue(self) -> None:
        for actor in self.actors:
            process = actor.process
            if process.until is not None and process.until <= self.seconds and process.alive and process.busy:
                self.kill(process, "its invocation has run out of time")
                return self._end_overdue()
        return None

    def _next_time(self) -> float | None:
        earliest = None
        times = [
            time for a in self.actors if a.process.busy and a.process.alive for time in (a.wakes_at, a.process.until)
        ]
        for time in [*times, *(timer() for timer in self.timers)]:
            if time is not None and time > self.seconds and (earliest is None or time < earliest):
                earliest = time
        return earliest

    def _advance(self, time: float, *, is_usual: bool) -> None:
        if not is_usual:
            for actor in self._runnable():
                self.on_fault(actor)
        self.seconds = time
