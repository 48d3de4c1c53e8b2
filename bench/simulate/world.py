"""The world: clients, functions and an operator, all of them the real code, on simulated services."""

from __future__ import annotations

import base64
import json
import logging
import os
import random
from collections import Counter
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from botocore.exceptions import ReadTimeoutError

from bench.simulate.promises import Promises
from bench.simulate.scheduler import Process, Scheduler, Violation
from bench.simulate.services import (
    DEAD_LETTERS,
    INGEST,
    MAX_RECEIVES,
    Message,
    SimulatedDynamoDb,
    SimulatedKms,
    SimulatedSqs,
    SimulatedSts,
    no_answer,
)
from cli.dead_letters.dead_letter_queue import DeadLetterQueue as Letters
from cli.dead_letters.moves import Redrive, move_all
from cli.dead_letters.rate_limit import RateLimit
from handlers import ingest, submit, worker
from handlers.aws import acting_credentials, batch_sender, single_flight
from handlers.aws.fingerprint_keys import KmsFingerprintKeys
from handlers.aws.log_store import LogStore
from handlers.aws.log_table import LogTable
from handlers.aws.queues import DeadLetterQueue, IngestQueue
from handlers.aws.settlement import Settlement
from handlers.aws.tenant_credentials import TenantCredentials
from handlers.logs import clock, identifiers
from handlers.logs.parts import CuttingBudget
from handlers.logs.processed_log import ProcessedLog
from handlers.logs.record import RecordPolicy
from handlers.processing.simulation import Processing, ProcessingFailed, redact_log
from handlers.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bench.simulate.choices import Choices
    from bench.simulate.scheduler import Actor
    from handlers.logs.envelope import Envelope
    from handlers.processing.simulation import Attributes
    from handlers.redaction import Redacted

TENANT = "acme"
MAX_TEXT_CHARS = 500
INVOCATION_SECONDS = 60.0
VISIBILITY_SECONDS = 6 * INVOCATION_SECONDS
POISON = "poison"
DROPPED, SPLIT = "drop", "split"
ATTEMPTS_OF_A_CLIENT = 4
ACCEPTED = (202, 204)
MOST_STEPS = 5_000
MOST_PER_BATCH = 2

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


@dataclass(frozen=True)
class Post:
    """One request of a client.

    Attributes:
        path: the door.
        body: what is sent.
        texts: the texts of its logs.
        media_type: its content type.
    """

    path: str
    body: str
    texts: tuple[str, ...]
    media_type: str = "application/json"

    @classmethod
    def log(cls, log_id: str, text: str) -> Post:
        """Return a request with one log in our own format."""
        return cls("/ingest", json.dumps({"tenant_id": TENANT, "log_id": log_id, "text": text}), (text,))

    @classmethod
    def loki(cls, seconds: int, *texts: str) -> Post:
        """Return a request as Loki's clients send them, whose logs carry their time."""
        values = [[str((1_769_899_677 + seconds) * 10**9 + n), text] for n, text in enumerate(texts)]
        return cls("/loki/api/v1/push", json.dumps({"streams": [{"stream": {"job": "web"}, "values": values}]}), texts)

    def event(self) -> dict[str, Any]:
        """Return the event that a gateway makes of it."""
        is_text = self.media_type == "application/json"
        return {
            "rawPath": self.path,
            "headers": {"content-type": self.media_type, "x-tenant-id": TENANT},
            "requestContext": {"http": {"method": "POST", "path": self.path}},
            "body": self.body if is_text else base64.b64encode(self.body.encode()).decode(),
            "isBase64Encoded": not is_text,
        }


@dataclass(frozen=True)
class Scenario:
    """What happens in a world, apart from chance.

    Attributes:
        posts: what clients send, one after the other.
        workers: how many environments the worker has.
        faults: how many faults may happen.
        has_processor: whether the stack brings code of its own, which drops and splits some logs.
        redrives: how often the operator redrives everything.
        visibility_seconds: how long a delivered message stays hidden.
    """

    posts: Sequence[Post]
    workers: int = 2
    faults: int = 6
    redrives: int = 0
    has_processor: bool = False
    visibility_seconds: float = VISIBILITY_SECONDS


@dataclass(frozen=True)
class _Invocation:
    """What Lambda tells a function."""

    scheduler: Scheduler
    until: float

    def get_remaining_time_in_millis(self) -> int:
        return int((self.until - self.scheduler.seconds) * 1000)


@dataclass(eq=False)
class _Environment(Process):
    """One environment of the worker."""

    worker: Worker | None = None
    batch: list[Message] = field(default_factory=list)


@dataclass
class World:
    """Everything that takes part in one schedule."""

    scenario: Scenario
    choices: Choices
    reduced: bool = False

    def __post_init__(self) -> None:
        self.started: Counter[int] = Counter()
        self.scheduler = Scheduler(self.choices, self.scenario.faults, reduced=self.reduced, on_fault=self._blame)
        self.sqs = SimulatedSqs(self.scheduler, self.scenario.visibility_seconds)
        self.dynamodb = SimulatedDynamoDb(self.scheduler, lambda: acting_credentials._ACTING.get().access_key)
        self.promises = Promises(self.sqs, self.dynamodb)
        self.sqs.on_delete = self.promises.check_nothing_is_lost
        self.environments = [self._environment(n) for n in range(self.scenario.workers)]
        self.scheduler.timers.append(self.sqs.next_time)
        self.scheduler.others.append(self._deliveries)
        self.scheduler.other_faults.append(self._repeated_deliveries)
        self.redrives_left = self.scenario.redrives
        self.scheduler.others.append(self._operations)

    def run(self) -> None:
        """Run until nothing is left to do.

        Raises:
            Violation: a promise was broken.
        """
        for _ in self.steps():
            pass

    def steps(self) -> Iterator[int]:
        """Run step by step until nothing is left to do; yield how many choices were taken so far.

        Raises:
            Violation: a promise was broken.
        """
        with _on_simulated_time(self):
            self._post(0, attempt=1)
            for _ in range(MOST_STEPS):
                if not self.scheduler.step():
                    self.promises.check_the_end()
                    return
                yield len(self.choices.taken)
            raise Violation(f"after {MOST_STEPS} steps it still goes on")

    def state(self) -> int:
        """Return a digest of all that decides what can still happen."""
        processes = [*self.environments, *{actor.process for actor in self.scheduler.actors}]
        learned = sorted((p.name, p.busy, p.alive, tuple(sorted(p.learned.items()))) for p in processes)
        accepted = tuple(sorted(self.promises.accepted))
        services = (self.scheduler.state(), self.sqs.state(), self.dynamodb.state())
        return hash((services, tuple(learned), accepted, self.redrives_left))

    def worker_of_current_environment(self) -> Worker:
        """Return the worker of the environment in which the current thread runs."""
        environment = self.current_actor().process
        if not isinstance(environment, _Environment) or environment.worker is None:
            raise TypeError(f"{environment.name} is no environment of the worker")
        return environment.worker

    def current_actor(self) -> Actor:
        """Return the thread that runs."""
        actor = self.scheduler.current()
        if actor is None:
            raise RuntimeError("only threads of the simulation may get here")
        return actor

    # Clients

    def _post(self, place: int, *, attempt: int) -> None:
        """Let a client send the request at a place, and then the next ones."""
        if place == len(self.scenario.posts):
            return
        post = self.scenario.posts[place]
        self.promises.attempt(post.texts)
        process = Process(f"ingest {place + 1}.{attempt}")
        process.on_death = partial(self._retry, place, attempt)
        self.scheduler.start(process.name, process, lambda: self._answered(place, attempt, self._ingest(post)))

    def _ingest(self, post: Post) -> dict[str, Any]:
        until = self.scheduler.seconds + 29
        return dict(ingest.handler(post.event(), _Invocation(self.scheduler, until)))

    def _answered(self, place: int, attempt: int, answer: Mapping[str, Any]) -> None:
        self.scheduler.story.append(f"          the client gets {answer['statusCode']}")
        if answer["statusCode"] in ACCEPTED:
            self.promises.accept(self.scenario.posts[place].texts)
            self._post(place + 1, attempt=1)
        else:
            self._retry(place, attempt)

    def _retry(self, place: int, attempt: int) -> None:
        if attempt < ATTEMPTS_OF_A_CLIENT:
            self._post(place, attempt=attempt + 1)
        else:
            self._post(place + 1, attempt=1)

    # Lambda

    def _environment(self, place: int) -> _Environment:
        self.started[place] += 1
        environment = _Environment(f"worker {place + 1}.{self.started[place]}", busy=False)
        environment.worker = self._worker()
        environment.on_death = partial(self._replace, environment)
        return environment

    def _replace(self, dead: _Environment) -> None:
        for message in dead.batch:
            message.faults += 1
        place = self.environments.index(dead)
        self.environments[place] = self._environment(place)

    def _worker(self) -> Worker:
        processing = _SimulatedProcessing(self, seconds_per_char=0.01, kinds=("email", "phone"))
        return Worker(
            settlement=Settlement(
                queue=IngestQueue(self.sqs, INGEST),
                dead_letters=DeadLetterQueue(self.sqs, DEAD_LETTERS),
                retry_delay_seconds=10,
                jitter=lambda: 0.5,
            ),
            logs=LogStore(
                table=LogTable(
                    dynamodb=self.dynamodb,
                    name="records",
                    tenants=TenantCredentials(SimulatedSts(self.scheduler), "role", clock=self.scheduler),
                ),
                policy=RecordPolicy(keep_original_text=True, retention_days=0, clock=self.scheduler),
                keys=KmsFingerprintKeys(SimulatedKms(self.scheduler), ["arn:aws:kms:us-east-1:123456789012:key/k"]),
            ),
            processing=processing,
            isolation=_SimulatedIsolation(processing),
            has_processor=self.scenario.has_processor,
            run_concurrently=self._run_concurrently,
            clock=self.scheduler,
        )

    def _deliveries(self) -> list[tuple[str, Callable[[], None]]]:
        """Return which messages Lambda may hand to which environment; two idle ones are alike, so to the first."""
        idle = next((e for e in self.environments if not e.busy), None)
        visible = self.sqs.visible()[:MOST_PER_BATCH]
        if idle is None or not visible:
            return []
        batches = [[message] for message in visible]
        if len(visible) > 1:
            batches.append(visible)
        return [(_delivery(idle, batch), partial(self._invoke, idle, batch)) for batch in batches]

    def _repeated_deliveries(self) -> list[tuple[str, Callable[[], None]]]:
        """Return messages that SQS may deliver although they are hidden, or deleted a moment ago."""
        idle = next((e for e in self.environments if not e.busy), None)
        if idle is None:
            return []
        again = [
            m
            for m in self.sqs.queues[INGEST]
            if 0 < m.receives < MAX_RECEIVES and (m.deleted or m.visible_at > self.scheduler.seconds)
        ]
        return [
            (f"{_delivery(idle, [message])}, once more", partial(self._invoke, idle, [message], repeated=True))
            for message in again[-2:]
        ]

    def _invoke(self, environment: _Environment, batch: list[Message], *, repeated: bool = False) -> None:
        for message in batch:
            message.faults += repeated
        environment.busy, environment.batch = True, batch
        environment.until = self.scheduler.seconds + INVOCATION_SECONDS
        event = {"Records": self.sqs.deliver(batch)}
        context = _Invocation(self.scheduler, environment.until)
        self.scheduler.start(environment.name, environment, lambda: self._work(environment, event, context))

    def _work(self, environment: _Environment, event: Mapping[str, Any], context: _Invocation) -> None:
        answer = worker.handler(event, context)
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        done = [record for record in event["Records"] if record["messageId"] not in failed]
        if done:
            handles = [record["receiptHandle"] for record in done]
            what = f"Lambda deletes {', '.join(record['messageId'] for record in done)}"
            with suppress(ReadTimeoutError):  # they come back
                self.scheduler.call(what, lambda: self.sqs.delete(handles), no_answer)
        environment.busy, environment.batch, environment.until = False, [], None

    def _run_concurrently(
        self, function: Callable[[Any], Any], items: Sequence[Any], *, timeout_seconds: float
    ) -> list[Future[Any]]:
        process = self.current_actor().process
        futures: list[Future[Any]] = [Future() for _ in items]

        def call(future: Future[Any], item: Any) -> None:
            try:
                future.set_result(function(item))
            except Exception as error:
                future.set_exception(error)

        for future, item in zip(futures, items, strict=True):
            self.scheduler.start(f"{process.name} on {item.sqs_message_id}", process, partial(call, future, item))
        deadline = self.scheduler.seconds + timeout_seconds
        self.scheduler.wait("wait for the batch", lambda: all(future.done() for future in futures), until=deadline)
        return futures

    # The operator

    def _operations(self) -> list[tuple[str, Callable[[], None]]]:
        if not self.redrives_left or not self.sqs.present(DEAD_LETTERS):
            return []
        return [("the operator begins a redrive", self._redrive)]

    def _redrive(self) -> None:
        self.redrives_left -= 1
        process = Process(f"redrive {self.scenario.redrives - self.redrives_left}")
        self.scheduler.start(process.name, process, self._redrive_everything)

    def _redrive_everything(self) -> None:
        rate = RateLimit(1_000.0, clock=self.scheduler.monotonic, sleep=self.scheduler.sleep)
        try:
            with Letters(self._target()) as letters:
                redrive = Redrive(
                    queue=letters, matches=lambda _: True, sqs=self.sqs, ingest_queue_url=INGEST, force=False
                )
                move_all(letters, redrive, rate=rate, limit=None, progress=lambda _tried: None)
        except Exception as error:
            self.scheduler.story.append(f"          the operator reads: {type(error).__name__}")

    def _target(self) -> Any:
        return _Target(self.sqs)

    def _blame(self, actor: Actor) -> None:
        """Note which messages a fault may have cost a receive."""
        if isinstance(actor.process, _Environment):
            for message in actor.process.batch:
                message.faults += 1


@dataclass(frozen=True)
class _Target:
    sqs: SimulatedSqs

    def client(self, _service: str) -> SimulatedSqs:
        return self.sqs

    def output(self, name: str) -> str:
        return {"dead_letter_queue_url": DEAD_LETTERS, "queue_url": INGEST}[name]


class _SimulatedProcessing(Processing):
    """Takes simulated time; a poisonous text ends its process."""

    def __init__(self, world: World, *, seconds_per_char: float, kinds: tuple[str, ...]) -> None:
        super().__init__(seconds_per_char=seconds_per_char, kinds=kinds)
        object.__setattr__(self, "world", world)

    __slots__ = ("world",)

    def process(self, text: str, attributes: Attributes | None = None) -> Redacted:
        scheduler: Scheduler = self.world.scheduler
        scheduler.sleep(self.seconds_for(text))
        if text.startswith(POISON):
            scheduler.kill(self.world.current_actor().process, f"it processes {text!r}")
        return redact_log(text, attributes, self.kinds)


@dataclass(frozen=True)
class _SimulatedIsolation:
    processing: _SimulatedProcessing

    def process(self, text: str, attributes: Attributes | None = None, *, timeout_seconds: float) -> Redacted:
        if text.startswith(POISON):
            raise ProcessingFailed("exit code 1")
        if self.processing.seconds_for(text) > timeout_seconds:
            raise ProcessingFailed("Timeout")
        return self.processing.process(text, attributes)

    def process_envelope(self, envelope: Envelope, *, timeout_seconds: float) -> list[ProcessedLog]:
        """Do what a stack's own code might: drop a log, or split it in two."""
        redacted = self.process(envelope.text, envelope.fields_to_redact(), timeout_seconds=timeout_seconds)
        pieces = 0 if envelope.text.startswith(DROPPED) else 2 if envelope.text.startswith(SPLIT) else 1
        return [ProcessedLog(redacted, envelope.timestamp)] * pieces


class _NoBacklog:
    def learn(self, **_seen: float) -> None:
        """Forget it: there is no backlog here."""

    def seconds(self) -> float:
        return 0.0


def _delivery(environment: _Environment, batch: Sequence[Message]) -> str:
    return f"SQS delivers {' and '.join(message.message_id for message in batch)} to {environment.name}"


@contextmanager
def _on_simulated_time(world: World) -> Iterator[None]:
    """Put the simulated services, clock and threads into the places where the real code finds its own."""
    scheduler = world.scheduler
    dice = random.Random(0)

    class CooperativeFuture(Future):  # the real one waits for another thread
        def result(self, timeout: float | None = None) -> Any:
            scheduler.wait("wait for the other thread's call", self.done)
            return super().result(timeout)

    replaced: list[tuple[Any, str, Any]] = [
        (worker, "worker", world.worker_of_current_environment),
        (submit, "ingest_queue", lambda url: IngestQueue(world.sqs, url)),
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
