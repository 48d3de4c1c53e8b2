"""Surroundings: puts simulated services, clock and threads where the real code finds its own."""

from __future__ import annotations

import logging
import os
import random
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any, NoReturn
from unittest.mock import patch

from bench.simulate.memory import Conversation, Memory, Port
from bench.simulate.processing import SimulatedIsolation, SimulatedProcessing
from bench.simulate.queues import DEAD_LETTERS, INGEST
from bench.simulate.services import Exceptions
from bench.simulate.violation import Violation
from handlers import ingest, submit, worker
from handlers.aws import batch_sender, message, single_flight
from handlers.aws.log_store import LogStore
from handlers.aws.log_table import LogTable
from handlers.aws.queues import DeadLetterQueue, IngestQueue
from handlers.aws.settlement import Settlement
from handlers.logs import clock, identifiers
from handlers.logs.fingerprint import FingerprintKey
from handlers.logs.parts import CuttingBudget
from handlers.logs.record import RecordPolicy
from handlers.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from bench.simulate.processes import Actor
    from bench.simulate.scheduler import Scheduler
    from bench.simulate.world import World

MAX_TEXT_CHARS = 500
_INGEST_ENVIRONMENT = {
    "INGEST_QUEUE_URL": INGEST,
    "MAX_TEXT_CHARS": str(MAX_TEXT_CHARS),
    "PROCESSING_SECONDS_PER_CHAR": "0.01",
    "MAX_PROCESSING_SECONDS_PER_REQUEST": "300000",
    "MAX_BACKLOG_SECONDS": "302400",
    "DRAIN_CONCURRENCY": "10",
    "REDACT": "email,phone",
    "AUTH": "none",
    "TENANT_CLAIM": "",
    "SCOPE_CLAIM": "",
}
_REMEMBERED = 10_000


class _NoBacklog:
    def learn(self, **_seen: float) -> None:
        """Forget it: there is no backlog here."""

    def seconds(self) -> float:
        return 0.0


def _fail(error: Exception) -> NoReturn:
    """Take for broken what ingest itself would answer with a 500: no failure of a service leads there.

    Raises:
        Violation: always.
    """
    raise Violation(f"ingest failed with {error!r}")


class Dice:
    """Random bits, the same in each world."""

    @cached_property
    def _dice(self) -> random.Random:
        return random.Random(0)

    def randbits(self, bits: int) -> int:
        """Return so many bits."""
        return self._dice.getrandbits(bits)


@dataclass
class Surroundings:
    """What the real code finds in place of services, clock and threads: those of one world at a time.

    They are put there once for many worlds, as that takes as long as running one.

    Attributes:
        memory: what the real code did in earlier worlds.
    """

    memory: Memory = field(default_factory=Memory)
    _world: World | None = None

    def __post_init__(self) -> None:
        self.clock = Port("clock", self.scheduler)
        self._sqs = Port("sqs", self.scheduler)
        self._dice = Port("dice", self.scheduler)
        self.worker_of = lru_cache(self._worker)

    def are_of(self, world: World) -> None:
        """Make them those of a world that begins."""
        self._world = world
        self.memory.forget_if_full()

    @property
    def world(self) -> World:
        """The world that runs."""
        if self._world is None:
            raise RuntimeError("no world runs yet")
        return self._world

    def scheduler(self) -> Scheduler:
        """Return the scheduler of the world that runs."""
        return self.world.scheduler

    def run(
        self, thread: Actor, called_with: Hashable, function: Callable[[], Any], then: Callable[[Any], None]
    ) -> None:
        """Run real code in a thread, as it is remembered or as it is.

        Args:
            thread: which one.
            called_with: everything with which the function is called.
            function: the real code.
            then: is called with what it returns or raises.
        """
        Conversation(self.memory, thread, called_with, function, then).begin()

    def ingest_queue(self, url: str) -> IngestQueue:
        """Return a simulated queue."""
        return IngestQueue(self._sqs, url)

    def monotonic(self) -> float:
        """Return the simulated seconds."""
        return float(self.clock.monotonic())

    def sleep(self, seconds: float) -> None:
        """Let the current thread sleep."""
        self.clock.sleep(seconds)

    def thread_time(self) -> float:
        """Return that no CPU time was used."""
        return 0.0

    def randbits(self, bits: int) -> int:
        """Return bits that are the same in each world."""
        return int(self._dice.randbits(bits))

    def time_ns(self) -> int:
        """Return the simulated time in nanoseconds since 1970."""
        return int(self.clock.now().timestamp() * 1e9)

    def _worker(self, seconds_per_char: float, *, has_processor: bool) -> Worker:
        """Return the real worker: one for all environments, as what they keep is behind its ports."""
        processing = SimulatedProcessing(
            seconds_per_char=seconds_per_char, kinds=("email", "phone"), thread=Port("clock", self.scheduler)
        )
        return Worker(
            settlement=Settlement(
                queue=IngestQueue(self._sqs, INGEST),
                dead_letters=DeadLetterQueue(self._sqs, DEAD_LETTERS),
                retry_delay_seconds=10,
                jitter=lambda: 0.5,
            ),
            logs=LogStore(
                table=LogTable(
                    dynamodb=Port("dynamodb", self.scheduler, signs=True, exceptions=Exceptions),
                    name="records",
                    tenants=Port("tenants", self.scheduler),
                ),
                policy=RecordPolicy(keep_original_text=True, retention_days=0, clock=self.clock),
                keys=Port("keys", self.scheduler),
            ),
            processing=processing,
            isolation=SimulatedIsolation(processing),
            has_processor=has_processor,
            run_concurrently=Port("threads", self.scheduler).run,
            clock=self.clock,
        )


@contextmanager
def simulated_surroundings(*, remembers: bool = True) -> Iterator[Surroundings]:
    """Put the simulated services, clock and threads into the places where the real code finds its own.

    What always answers alike is remembered: what a message says, and the fingerprint of a content.

    Args:
        remembers: whether real code runs only where its history of answers is new.
    """
    here = Surroundings(Memory(remembers=remembers))

    class CooperativeFuture(Future):  # the real one waits for another thread
        def result(self, timeout: float | None = None) -> Any:
            here.world.scheduler.wait("wait for the other thread's call", self.done)
            return super().result(timeout)

    replaced: list[tuple[Any, str, Any]] = [
        (worker, "worker", lambda: here.world.lambda_.worker),
        (submit, "ingest_queue", here.ingest_queue),
        (submit, "backlog", lambda _environment: _NoBacklog()),
        (submit, "time", here),
        (submit, "CuttingBudget", partial(CuttingBudget, clock=here.monotonic, cpu_clock=here.thread_time)),
        (ingest, "time", here),
        (ingest, "unexpected", _fail),
        (batch_sender, "time", here),
        (single_flight, "Future", CooperativeFuture),
        (clock.SystemClock, "monotonic", lambda _self: here.monotonic()),
        (clock.SystemClock, "now", lambda _self: here.clock.now()),
        (identifiers.time, "time_ns", here.time_ns),
        (identifiers.secrets, "randbits", here.randbits),
        (message, "_envelope_in", lru_cache(_REMEMBERED)(message._envelope_in)),
        (FingerprintKey, "fingerprint_of", lru_cache(_REMEMBERED)(FingerprintKey.fingerprint_of)),
    ]
    logger = logging.getLogger("rdp")
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, _INGEST_ENVIRONMENT))
        stack.enter_context(patch.object(logger, "disabled", new=True))
        for place, name, value in replaced:
            stack.enter_context(patch.object(place, name, value))
        yield here
