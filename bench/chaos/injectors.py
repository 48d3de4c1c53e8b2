"""Injectors: faults other than failing calls to AWS, such as kills; each kind in a thread of its own."""

from __future__ import annotations

import json
import math
import random
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, Self

from bench.chaos.rig import WORKER
from handlers.logs.outcome import Reason

if TYPE_CHECKING:
    from types import TracebackType

    from bench.chaos.rig import Rig
    from bench.chaos.traffic import TakenMessage

INVALID_BODIES = (
    "not an envelope",
    "{}",
    "[]",
    '{"version": 2}',
    "null",
    '{"version": 1, "tenant_id": "acme"}',
    "\U0001f642",
)


class Injector(Protocol):
    """A fault that is injected again and again."""

    seconds: float
    """The average time between two of them."""

    def inject(self, rig: Rig, dice: random.Random) -> None:
        """Inject the fault once."""


class Injectors:
    """Runs injectors in the background for as long as the block lasts.

    Args:
        rig: the stack to inject faults into.
        injectors: the kinds of faults.
        seed: decides when and where.
    """

    def __init__(self, rig: Rig, injectors: list[Injector], *, seed: int) -> None:
        self._rig = rig
        self._over = threading.Event()
        self._failures: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._run, args=(injector, random.Random(f"{seed}/{number}")), daemon=True)
            for number, injector in enumerate(injectors)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        if self._failures and error is None:
            raise self._failures[0]

    def _run(self, injector: Injector, dice: random.Random) -> None:
        try:
            while not self._over.wait(injector.seconds * dice.uniform(0.5, 1.5)):
                injector.inject(self._rig, dice)
        except BaseException as error:  # noqa: BLE001 - raised again at the end of the block
            self._failures.append(error)


@dataclass
class Kills:
    """Kills execution environments of a function at any moment, at most `most` of them."""

    seconds: float
    function: str = WORKER
    most: float = math.inf
    count: int = 0

    def inject(self, rig: Rig, dice: random.Random) -> None:
        """Kill one."""
        # Not one that is still starting: MiniStack 1.5.33 would end all others of the function too.
        running = rig.processes.of(self.function, connected_to=rig.proxy.port)
        if running and self.count < self.most:
            self.count += rig.processes.kill(dice.choice(sorted(running)))


@dataclass
class InvalidMessages:
    """Sends messages to the queue that are not envelopes."""

    seconds: float
    message_ids: list[str] = field(default_factory=list)

    def inject(self, rig: Rig, dice: random.Random) -> None:
        """Send one."""
        body = dice.choice(INVALID_BODIES)
        answer = rig.cloud.client("sqs").send_message(QueueUrl=rig.outputs["queue_url"], MessageBody=body)
        self.message_ids.append(answer["MessageId"])


@dataclass
class SecondDeliveries:
    """Delivers messages a second time, during the first delivery or soon after it."""

    seconds: float
    count: int = 0
    _invocations: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2))

    def inject(self, rig: Rig, dice: random.Random) -> None:
        """Invoke the worker directly with a few of the latest messages of the queue."""
        messages = rig.proxy.traffic.latest()
        # Without those that always fail: their two deliveries would rightly become two dead letters.
        healthy = [message for message in messages if rig.client.should_be_stored(message.body)]
        chosen = dice.sample(healthy, k=min(len(healthy), 3))
        if chosen:
            self.count += len(chosen)
            event = {"Records": [_event_record(message, receives=dice.randint(1, 2)) for message in chosen]}
            self._invocations.submit(rig.cloud.client("lambda").invoke, FunctionName=WORKER, Payload=json.dumps(event))

    def wait(self) -> None:
        """Wait until all of these deliveries have been processed."""
        self._invocations.shutdown()


@dataclass
class Redrives:
    """Redrives conflicts as an operator would; each becomes a dead letter again."""

    seconds: float
    count: int = 0

    def inject(self, rig: Rig, dice: random.Random) -> None:
        """Redrive a few."""
        self.count += rig.redrive(reason=Reason.CONFLICT, limit=dice.randint(1, 20))


def _event_record(message: TakenMessage, *, receives: int) -> dict[str, Any]:
    return {
        "messageId": message.message_id,
        # Not a valid handle: only the delivery from the queue can delete the message.
        "receiptHandle": str(uuid.UUID(int=0)),
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(receives)},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }
