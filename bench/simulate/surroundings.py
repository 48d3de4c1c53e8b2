"""Surroundings: puts simulated services, clock and threads where the real code finds its own."""

from __future__ import annotations

import logging
import os
import random
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from bench.simulate.queues import INGEST
from handlers import ingest, submit, worker
from handlers.aws import batch_sender, message, single_flight
from handlers.aws.queues import IngestQueue
from handlers.logs import clock, identifiers
from handlers.logs.fingerprint import FingerprintKey
from handlers.logs.parts import CuttingBudget

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@dataclass
class Surroundings:
    """What the real code finds in place of services, clock and threads: those of one world at a time.

    They are put there once for many worlds, as that takes as long as running one.
    """

    _world: World | None = None

    def are_of(self, world: World) -> None:
        """Make them those of a world that begins."""
        self._world = world
        self._dice = random.Random(0)

    @property
    def world(self) -> World:
        """The world that runs."""
        if self._world is None:
            raise RuntimeError("no world runs yet")
        return self._world

    def worker(self) -> worker.Worker:
        """Return the worker of the environment in which the current thread runs."""
        return self.world.lambda_.worker()

    def ingest_queue(self, url: str) -> IngestQueue:
        """Return a simulated queue."""
        return IngestQueue(self.world.sqs, url)

    def monotonic(self) -> float:
        """Return the simulated seconds."""
        return self.world.scheduler.seconds

    def sleep(self, seconds: float) -> None:
        """Let the current thread sleep."""
        self.world.scheduler.sleep(seconds)

    def randbits(self, bits: int) -> int:
        """Return bits that are the same in each world."""
        return self._dice.getrandbits(bits)

    def time_ns(self) -> int:
        """Return the simulated time in nanoseconds since 1970."""
        return int(self.world.scheduler.now().timestamp() * 1e9)


@contextmanager
def simulated_surroundings() -> Iterator[Surroundings]:
    """Put the simulated services, clock and threads into the places where the real code finds its own.

    What always answers alike is remembered: what a message says, and the fingerprint of a content.
    """
    here = Surroundings()

    class CooperativeFuture(Future):  # the real one waits for another thread
        def result(self, timeout: float | None = None) -> Any:
            here.world.scheduler.wait("wait for the other thread's call", self.done)
            return super().result(timeout)

    replaced: list[tuple[Any, str, Any]] = [
        (worker, "worker", here.worker),
        (submit, "ingest_queue", here.ingest_queue),
        (submit, "backlog", lambda _environment: _NoBacklog()),
        (submit, "time", here),
        (submit, "CuttingBudget", partial(CuttingBudget, clock=here.monotonic, cpu_clock=lambda: 0.0)),
        (ingest, "time", here),
        (batch_sender, "time", here),
        (single_flight, "Future", CooperativeFuture),
        (clock.SystemClock, "monotonic", lambda _self: here.monotonic()),
        (clock.SystemClock, "now", lambda _self: here.world.scheduler.now()),
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
