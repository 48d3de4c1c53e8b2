"""Workers: Lambda, which hands messages to environments of the real worker, and freezes, ends and replaces them."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ReadTimeoutError

from bench.simulate.posts import INVOCATION_SECONDS
from bench.simulate.processes import Invocation, Process
from bench.simulate.processing import SimulatedIsolation, SimulatedProcessing
from bench.simulate.queues import DEAD_LETTERS, INGEST, MAX_RECEIVES, no_answer
from bench.simulate.services import SimulatedKms, SimulatedSts
from handlers import worker
from handlers.aws.fingerprint_keys import KmsFingerprintKeys
from handlers.aws.log_store import LogStore
from handlers.aws.log_table import LogTable
from handlers.aws.queues import DeadLetterQueue, IngestQueue
from handlers.aws.settlement import Settlement
from handlers.aws.tenant_credentials import TenantCredentials
from handlers.logs.record import RecordPolicy
from handlers.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.simulate.queues import Message, SimulatedSqs
    from bench.simulate.scheduler import Happening, Scheduler
    from bench.simulate.services import SimulatedDynamoDb

MOST_PER_BATCH = 2
_KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/k"


@dataclass(eq=False, kw_only=True)
class Environment(Process):
    """One environment of the worker.

    Attributes:
        worker: the real worker, with what it keeps between invocations.
        batch: the messages of the current invocation.
    """

    worker: Worker
    batch: list[Message] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """What it has in common with the other environments: all are alike, whatever their names."""
        return "worker"

    def finish(self) -> None:
        """Freeze until the next invocation; threads that hang are all that is left of this one."""
        self.busy, self.batch, self.until, self.event = False, [], None, ()
        self.results.clear()


@dataclass
class Lambda:
    """The environments of the worker, and what they are invoked with.

    Attributes:
        scheduler: what decides when anything happens.
        sqs: where messages come from.
        dynamodb: where records go.
        has_processor: whether the stack brings code of its own.
        environments: those that are alive.
    """

    scheduler: Scheduler
    sqs: SimulatedSqs
    dynamodb: SimulatedDynamoDb
    has_processor: bool
    seconds_per_char: float
    environments: list[Environment] = field(default_factory=list)

    def __post_init__(self) -> None:
        scheduler = self.scheduler
        self._started: Counter[int] = Counter()
        self._processing = SimulatedProcessing(
            seconds_per_char=self.seconds_per_char, kinds=("email", "phone"), scheduler=scheduler
        )
        self._policy = RecordPolicy(keep_original_text=True, retention_days=0, clock=scheduler)
        self._settlement = Settlement(
            queue=IngestQueue(self.sqs, INGEST),
            dead_letters=DeadLetterQueue(self.sqs, DEAD_LETTERS),
            retry_delay_seconds=10,
            jitter=lambda: 0.5,
        )

    def start(self, environments: int) -> None:
        """Start with so many environments."""
        self.environments = [self._environment(place) for place in range(environments)]

    def worker(self) -> Worker:
        """Return the worker of the environment in which the current thread runs."""
        environment = self.scheduler.running().process
        if not isinstance(environment, Environment):
            raise TypeError(f"{environment.name} is no environment of the worker")
        return environment.worker

    def deliveries(self) -> list[Happening]:
        """Return which messages may be handed over now, and to which environment."""
        visible = self.sqs.visible()[:MOST_PER_BATCH]
        if not visible:
            return []
        batches = [[message] for message in visible]
        if len(visible) > 1:
            batches.append(visible)
        return [
            (_delivery(idle, batch), partial(self._invoke, idle, batch)) for idle in self._idle() for batch in batches
        ]

    def repeated_deliveries(self) -> list[Happening]:
        """Return messages that SQS may deliver although they are hidden, or deleted a moment ago."""
        idle = self._idle()
        if not idle:
            return []
        again = [
            message
            for message in self.sqs.queues[INGEST]
            if 0 < message.receives < MAX_RECEIVES and (message.deleted or message.visible_at > self.scheduler.seconds)
        ]
        return [
            (f"{_delivery(environment, [message])}, once more", partial(self._invoke_again, environment, message))
            for environment in idle
            for message in again[-2:]
        ]

    def blame(self, process: Process) -> None:
        """Note which messages a fault may have cost a receive."""
        if isinstance(process, Environment):
            for message in process.batch:
                message.troubled.add(message.receives)

    def _idle(self) -> list[Environment]:
        """Return the idle environments that differ: those in which nothing hangs are alike, so the first of them."""
        idle = [environment for environment in self.environments if not environment.busy]
        if len(idle) <= 1:
            return idle
        hanging = {actor.process for actor in self.scheduler.actors}
        return [e for e in idle if e in hanging] + [e for e in idle if e not in hanging][:1]

    def _environment(self, place: int) -> Environment:
        self._started[place] += 1
        name = f"worker {place + 1}.{self._started[place]}"
        environment = Environment(name, busy=False, worker=self._worker())
        environment.on_death = partial(self._replace, environment, place)
        return environment

    def _replace(self, dead: Environment, place: int) -> None:
        self.blame(dead)
        self.environments[place] = self._environment(place)

    def _invoke_again(self, environment: Environment, message: Message) -> None:
        message.troubled.add(message.receives + 1)
        self._invoke(environment, [message])

    def _invoke(self, environment: Environment, batch: list[Message]) -> None:
        environment.busy, environment.batch = True, batch
        environment.until = self.scheduler.seconds + INVOCATION_SECONDS
        event = {"Records": self.sqs.deliver(batch)}
        environment.event = tuple((message.message_id, message.receives) for message in batch)
        context = Invocation(self.scheduler, until=environment.until)
        self.scheduler.start(environment.name, environment, lambda: self._work(environment, event, context))

    def _work(self, environment: Environment, event: Mapping[str, Any], context: Invocation) -> None:
        answer = worker.handler(event, context)
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        done = [record for record in event["Records"] if record["messageId"] not in failed]
        if done:
            handles = [record["receiptHandle"] for record in done]
            what = f"Lambda deletes {', '.join(record['messageId'] for record in done)}"
            with suppress(ReadTimeoutError):  # they come back
                self.scheduler.call(what, lambda: self.sqs.delete(handles), no_answer)
        environment.finish()

    def _worker(self) -> Worker:
        tenants = TenantCredentials(SimulatedSts(self.scheduler), "role", clock=self.scheduler)
        return Worker(
            settlement=self._settlement,
            logs=LogStore(
                table=LogTable(dynamodb=self.dynamodb, name="records", tenants=tenants),
                policy=self._policy,
                keys=KmsFingerprintKeys(SimulatedKms(self.scheduler), [_KEY_ARN]),
            ),
            processing=self._processing,
            isolation=SimulatedIsolation(self._processing),
            has_processor=self.has_processor,
            run_concurrently=self._run_concurrently,
            clock=self.scheduler,
        )

    def _run_concurrently(
        self, function: Callable[[Any], Any], items: Sequence[Any], *, timeout_seconds: float
    ) -> list[Future[Any]]:
        process = self.scheduler.running().process
        futures: list[Future[Any]] = [Future() for _ in items]
        for future, item in zip(futures, items, strict=True):
            name = f"{process.name} on {item.receipt_handle}"
            self.scheduler.start(name, process, partial(self._call, future, function, item))
        deadline = self.scheduler.seconds + timeout_seconds
        self.scheduler.wait("wait for the batch", lambda: all(future.done() for future in futures), until=deadline)
        return futures

    def _call(self, future: Future[Any], function: Callable[[Any], Any], item: Any) -> None:
        try:
            future.set_result(function(item))
        except Exception as error:
            future.set_exception(error)
        self.scheduler.running().end(repr(future.exception() or future.result()))


def _delivery(environment: Environment, batch: Sequence[Message]) -> str:
    return f"SQS delivers {' and '.join(message.message_id for message in batch)} to {environment.name}"
