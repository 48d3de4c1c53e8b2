"""Injectors: faults that come from outside the calls to AWS, such as kills; one thread for each kind."""

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
    "no envelope",
    "{}",
    "[]",
    '{"version": 2}',
    "null",
    '{"version": 1, "tenant_id": "acme"}',
    "\U0001f642",
)


class Injector(Protocol):
    """A fault that happens again and again."""

    seconds: float
    """How long after one time the next one comes, on average."""

    def happen(self, rig: Rig, dice: random.Random) -> None:
        """Let it happen once."""


class Injectors:
    """Running injectors, as a context manager: they start with the block and have ended after it.

    Args:
        rig: the stack they act on.
        injectors: what injects faults.
        seed: decides when and where they act.
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
                injector.happen(self._rig, dice)
        except BaseException as error:  # noqa: BLE001 - whatever it was, the block that waits gets it
            self._failures.append(error)


@dataclass
class Kills:
    """Execution environments of a function are killed, whatever they are doing; at most so many."""

    seconds: float
    function: str = WORKER
    most: float = math.inf
    count: int = 0

    def happen(self, rig: Rig, dice: random.Random) -> None:
        """Kill one."""
        # One that is still starting is left: where it dies, MiniStack 1.5.33 ends all others of its function with it.
        running = rig.processes.of(self.function, connected_to=rig.proxy.port)
        if running and self.count < self.most:
            self.count += rig.processes.kill(dice.choice(sorted(running)))


@dataclass
class InvalidMessages:
    """Messages that are no envelopes come into the queue."""

    seconds: float
    message_ids: list[str] = field(default_factory=list)

    def happen(self, rig: Rig, dice: random.Random) -> None:
        """Send one."""
        body = dice.choice(INVALID_BODIES)
        answer = rig.cloud.client("sqs").send_message(QueueUrl=rig.outputs["queue_url"], MessageBody=body)
        self.message_ids.append(answer["MessageId"])


@dataclass
class SecondDeliveries:
    """Messages are delivered twice: at the same time, or one delivery soon after the other."""

    seconds: float
    count: int = 0
    _invocations: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2))

    def happen(self, rig: Rig, dice: random.Random) -> None:
        """Hand a few of the messages that SQS took last to the worker, beside the queue."""
        messages = rig.proxy.traffic.latest()
        # Two deliveries of a message that can never work are two dead letters at the best: neither knows of the other.
        healthy = [message for message in messages if rig.client.should_be_stored(message.body)]
        chosen = dice.sample(healthy, k=min(len(healthy), 3))
        if chosen:
            self.count += len(chosen)
            event = {"Records": [_event_record(message, receives=dice.randint(1, 2)) for message in chosen]}
            self._invocations.submit(rig.cloud.client("lambda").invoke, FunctionName=WORKER, Payload=json.dumps(event))

    def wait(self) -> None:
        """Wait until no such delivery is being worked on."""
        self._invocations.shutdown()


@dataclass
class Redrives:
    """An operator redrives conflicts, which are dead letters again each time."""

    seconds: float
    count: int = 0

    def happen(self, rig: Rig, dice: random.Random) -> None:
        """Redrive a few."""
        self.count += rig.redrive(reason=Reason.CONFLICT, limit=dice.randint(1, 20))


def _event_record(message: TakenMessage, *, receives: int) -> dict[str, Any]:
    return {
        "messageId": message.message_id,
        # Good for nothing: the other delivery is deleted by its own, and where it is not, comes back.
        "receiptHandle": str(uuid.UUID(int=0)),
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(receives)},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }
