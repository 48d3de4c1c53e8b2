"""Surroundings: puts simulated services, clock and threads where the real code finds its own."""

from __future__ import annotations

import logging
import os
import random
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from bench.simulate.queues import INGEST
from handlers import ingest, submit, worker
from handlers.aws import batch_sender, single_flight
from handlers.aws.queues import IngestQueue
from handlers.logs import clock, identifiers
from handlers.logs.parts import CuttingBudget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.simulate.queues import SimulatedSqs
    from bench.simulate.scheduler import Scheduler
    from handlers.worker import Worker

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


class _NoBacklog:
    def learn(self, **_seen: float) -> None:
        """Forget it: there is no backlog here."""

    def seconds(self) -> float:
        return 0.0


@contextmanager
def simulated_surroundings(
    scheduler: Scheduler, sqs: SimulatedSqs, worker_of_thread: Callable[[], Worker]
) -> Iterator[None]:
    """Put the simulated services, clock and threads into the places where the real code finds its own."""
    dice = random.Random(0)

    class CooperativeFuture(Future):  # the real one waits for another thread
        def result(self, timeout: float | None = None) -> Any:
            scheduler.wait("wait for the other thread's call", self.done)
            return super().result(timeout)

    replaced: list[tuple[Any, str, Any]] = [
        (worker, "worker", worker_of_thread),
        (submit, "ingest_queue", lambda url: IngestQueue(sqs, url)),
        (submit, "backlog", lambda _environment: _NoBacklog()),
        (submit, "time", scheduler),
        (submit, "CuttingBudget", partial(CuttingBudget, clock=scheduler.monotonic, cpu_clock=lambda: 0.0)),
        (ingest, "time", scheduler),
        (batch_sender, "time", scheduler),
        (single_flight, "Future", CooperativeFuture),
        (clock.SystemClock, "monotonic", lambda _self: scheduler.monotonic()),
        (clock.SystemClock, "now", lambda _self: scheduler.now()),
        (identifiers.time, "time_ns", lambda: int(scheduler.now().timestamp() * 1e9)),
        (identifiers.secrets, "randbits", dice.getrandbits),
    ]
    logger = logging.getLogger("rdp")
    disabled = logger.disabled
    logger.disabled = True
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, _INGEST_ENVIRONMENT))
        for place, name, value in replaced:
            stack.enter_context(patch.object(place, name, value))
        try:
            yield
        finally:
            logger.disabled = disabled
