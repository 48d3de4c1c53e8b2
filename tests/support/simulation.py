"""A worker in simulated time: its clock, its queue and its executor are models, its table is moto's."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError

from bench.simulate.queues import DEAD_LETTERS, INGEST, SimulatedSqs
from bench.simulate.queues import Message as QueuedMessage
from bench.simulate.services import SimulatedSts
from handlers.aws.clients import client
from handlers.aws.fingerprint_keys import KmsFingerprintKeys
from handlers.aws.log_store import LogStore
from handlers.aws.log_table import LogTable
from handlers.aws.message import Message
from handlers.aws.queues import DeadLetterQueue, IngestQueue
from handlers.aws.settlement import Settlement
from handlers.aws.tenant_credentials import TenantCredentials
from handlers.logs.envelope import Envelope
from handlers.logs.processed_log import ProcessedLog
from handlers.logs.record import RecordPolicy
from handlers.processing.simulation import Attributes, Processing, redact_log
from handlers.redaction import Redacted
from handlers.worker import Worker
from tests.support.aws_fixtures import Aws

VISIBILITY_SECONDS = 900
INVOCATION_SECONDS = 150
# Two attempts with a second to connect and two to read, and a pause: how long handlers.aws.clients waits for nothing.
NO_ANSWER_SECONDS = 7


class Frozen(BaseException):
    """The invocation has ended, and this thread with it."""


@dataclass
class SimulatedClock:
    """Time that passes only when something takes it."""

    seconds: float = 0
    changes: int = 0
    ends_at: float = float("inf")

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 1, 31, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def call(self, _what: str, effect: Callable[[], Any], _error: object, *, is_for_a_key: bool) -> Any:
        """Do what a simulated service does, at once."""
        assert is_for_a_key
        return effect()

    def pass_by(self, seconds: float) -> None:
        self.seconds = min(self.seconds + seconds, self.ends_at)
        if self.seconds == self.ends_at:
            raise Frozen


@dataclass
class Queues(SimulatedSqs):
    """Both queues, in the order in which they were sent to; their calls may fail."""

    fails: Callable[[str], Exception | None] = lambda _operation: None

    @property
    def waiting(self) -> list[QueuedMessage]:
        """What is in the ingest queue, hidden or not."""
        return self.present(INGEST)

    def receive(self, at_most: int) -> list[Message]:
        """Return what is visible, as Lambda hands it over."""
        return [Message.from_event_record(d.as_lambda_hands_over()) for d in self.deliver(self.visible()[:at_most])]

    def _call(self, operation: str, _asked: object, effect: Callable[[], Any], **_how_it_counts: object) -> Any:
        if (error := self.fails(operation)) is not None:
            raise error
        return effect()


@dataclass
class Outage:
    """When a service is away, and what its callers see then."""

    clock: SimulatedClock
    error: str
    until: float
    begins: float = 0

    def strike(self) -> None:
        if not self.begins <= self.clock.seconds < self.until:
            return
        if self.error == "no answer":
            self.clock.pass_by(NO_ANSWER_SECONDS)
            raise ConnectTimeoutError(endpoint_url="https://service")
        status = {"InternalServerError": 500, "503": 503}.get(self.error, 400)
        raise ClientError({"Error": {"Code": self.error}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Operation")


@dataclass(frozen=True)
class Flaky:
    """A client whose service may be away."""

    client: Any
    outage: Outage | None

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.client, name)
        if not callable(value):
            return value

        def call(**arguments: Any) -> Any:
            if self.outage:
                self.outage.strike()
            return value(**arguments)

        return call


@dataclass(frozen=True, kw_only=True)
class SimulatedProcessing(Processing):
    """Takes simulated time instead of real time."""

    clock: SimulatedClock

    def process(self, text: str, attributes: Attributes | None = None) -> Redacted:
        self.clock.pass_by(self.seconds_for(text))
        return redact_log(text, attributes, self.kinds)


@dataclass(frozen=True)
class InThisProcess:
    """Isolation that isolates nothing."""

    processing: Processing

    def process(self, text: str, attributes: Attributes | None = None, *, timeout_seconds: float) -> Redacted:
        assert timeout_seconds > 0
        return self.processing.process(text, attributes)

    def process_envelope(self, envelope: Envelope, *, timeout_seconds: float) -> list[ProcessedLog]:
        redacted = self.process(envelope.text, envelope.fields_to_redact(), timeout_seconds=timeout_seconds)
        return [ProcessedLog(redacted, envelope.timestamp)]


@dataclass
class Simulation:
    """A queue, a worker and a table in simulated time.

    Attributes:
        aws: where the table is.
        outages: by service: `sts`, `dynamodb` or `kms`.
        seconds_per_char: what processing costs.
    """

    aws: Aws
    outages: Mapping[str, Callable[[SimulatedClock], Outage]] = field(default_factory=dict)
    seconds_per_char: float = 0
    clock: SimulatedClock = field(default_factory=SimulatedClock)

    def __post_init__(self) -> None:
        self.sqs = Queues(self.clock, VISIBILITY_SECONDS)
        outages = {service: begin(self.clock) for service, begin in self.outages.items()}
        processing = SimulatedProcessing(
            seconds_per_char=self.seconds_per_char, kinds=("email", "phone"), clock=self.clock
        )
        tenants = TenantCredentials(Flaky(SimulatedSts(self.clock), outages.get("sts")), "role", clock=self.clock)
        self.worker = Worker(
            settlement=Settlement(
                queue=IngestQueue(self.sqs, INGEST),
                dead_letters=DeadLetterQueue(self.sqs, DEAD_LETTERS),
                retry_delay_seconds=10,
                jitter=lambda: 0.5,
            ),
            logs=LogStore(
                table=LogTable(
                    dynamodb=Flaky(self.aws.dynamodb, outages.get("dynamodb")), name="logs", tenants=tenants
                ),
                policy=RecordPolicy(keep_original_text=True, retention_days=0, clock=self.clock),
                keys=KmsFingerprintKeys(Flaky(client("kms"), outages.get("kms")), [self.aws.fingerprint_key_arn]),
            ),
            processing=processing,
            isolation=InThisProcess(processing),
            has_processor=False,
            run_concurrently=self._at_once,
            clock=self.clock,
        )

    def send(self, body: str, *, group: str = "acme") -> str:
        return self.sqs.send_message(QueueUrl=INGEST, MessageBody=body, MessageGroupId=group)["MessageId"]

    def run(self, *, batch_size: int = 10, lambda_deletes: bool = True) -> None:
        """Hand batches to the worker until the queue is empty."""
        while self.sqs.waiting:
            messages = self.sqs.receive(batch_size)
            if messages:
                self.invoke(messages, lambda_deletes=lambda_deletes)
            elif self.sqs.waiting:
                self.clock.seconds = max(self.clock.seconds, min(m.visible_at for m in self.sqs.waiting))
            assert self.clock.seconds < 86_400, "it goes round in circles"

    def invoke(self, messages: Sequence[Message], *, lambda_deletes: bool = True) -> list[Message]:
        """Invoke the worker as Lambda does, which then deletes what is not reported back."""
        failed = self.worker.process_batch(messages, seconds=INVOCATION_SECONDS)
        if lambda_deletes:
            self.sqs.delete(message.receipt_handle for message in messages if message not in failed)
        return failed

    def stored(self) -> list[str]:
        return sorted(record["log_id"]["S"] for record in self.aws.records())

    def dead_letters(self) -> list[QueuedMessage]:
        return self.sqs.present(DEAD_LETTERS)

    def _at_once(
        self, function: Callable[[Message], Any], items: Sequence[Message], *, timeout_seconds: float
    ) -> list[Future[Any]]:
        """Call the function with every item, all beginning now; what ends after the time limit is not done."""
        started, ends, futures = self.clock.seconds, [self.clock.seconds], []
        self.clock.ends_at = started + timeout_seconds
        with ThreadPoolExecutor(1) as executor:
            for item in items:
                self.clock.seconds = started
                future = executor.submit(function, item)
                wait([future])
                futures.append(Future() if isinstance(future.exception(), Frozen) else future)
                ends.append(self.clock.seconds)
        self.clock.seconds, self.clock.ends_at = max(ends), float("inf")
        return futures
