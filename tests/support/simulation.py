"""A worker in simulated time: its clock, its queue and its executor are models, its table is moto's."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError

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

MAX_RECEIVES = 3
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
    ends_at: float = float("inf")

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 1, 31, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def pass_by(self, seconds: float) -> None:
        self.seconds = min(self.seconds + seconds, self.ends_at)
        if self.seconds == self.ends_at:
            raise Frozen


@dataclass(kw_only=True)
class QueuedMessage:
    body: str
    group: str
    attributes: dict[str, str]
    message_id: str
    visible_at: float
    receives: int = 0


@dataclass
class SimulatedSqs:
    """One queue with a redrive policy, and its dead letters, behind the calls of a boto3 client."""

    clock: SimulatedClock
    waiting: list[QueuedMessage] = field(default_factory=list)
    dead: list[dict[str, Any]] = field(default_factory=list)
    sent_to_dead_letters: list[dict[str, Any]] = field(default_factory=list)
    fails: Callable[[str], Exception | None] = lambda _operation: None
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def send_message(self, **arguments: Any) -> dict[str, str]:
        self._may_fail("send_message")
        if arguments["QueueUrl"] == "dead":
            self.sent_to_dead_letters.append(arguments)
            return {"MessageId": f"dead-{len(self.sent_to_dead_letters)}"}
        message_id = f"sqs-{next(self._ids)}"
        attributes = {name: value["StringValue"] for name, value in arguments.get("MessageAttributes", {}).items()}
        self.waiting.append(
            QueuedMessage(
                body=arguments["MessageBody"],
                group=arguments["MessageGroupId"],
                attributes=attributes,
                message_id=message_id,
                visible_at=self.clock.seconds + arguments.get("DelaySeconds", 0),
            )
        )
        return {"MessageId": message_id}

    def delete_message(self, **arguments: Any) -> None:
        self._may_fail("delete_message")
        self.waiting = [message for message in self.waiting if message.message_id != arguments["ReceiptHandle"]]

    def change_message_visibility_batch(self, **arguments: Any) -> dict[str, Any]:
        self._may_fail("change_message_visibility_batch")
        delays = {entry["ReceiptHandle"]: entry["VisibilityTimeout"] for entry in arguments["Entries"]}
        for message in self.waiting:
            if message.message_id in delays:
                message.visible_at = self.clock.seconds + delays[message.message_id]
        return {}

    def receive(self, at_most: int) -> list[Message]:
        """Return what is visible, as Lambda hands it over; what was received too often becomes a dead letter."""
        visible = [message for message in self.waiting if message.visible_at <= self.clock.seconds]
        for message in [message for message in visible if message.receives == MAX_RECEIVES]:
            self.waiting.remove(message)
            self.dead.append({"body": message.body, "message_id": message.message_id})
        batch = [message for message in visible if message.receives < MAX_RECEIVES][:at_most]
        for message in batch:
            message.receives += 1
            message.visible_at = self.clock.seconds + VISIBILITY_SECONDS
        return [Message.from_event_record(_event_record(message)) for message in batch]

    def _may_fail(self, operation: str) -> None:
        if (error := self.fails(operation)) is not None:
            raise error


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


@dataclass
class SimulatedSts:
    clock: SimulatedClock

    def assume_role(self, **request: Any) -> dict[str, Any]:
        keys = {"AccessKeyId": request["Tags"][0]["Value"], "SecretAccessKey": "s", "SessionToken": "t"}
        return {"Credentials": keys | {"Expiration": self.clock.now() + timedelta(hours=1)}}


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
        self.sqs = SimulatedSqs(self.clock)
        outages = {service: begin(self.clock) for service, begin in self.outages.items()}
        processing = SimulatedProcessing(
            seconds_per_char=self.seconds_per_char, kinds=("email", "phone"), clock=self.clock
        )
        tenants = TenantCredentials(Flaky(SimulatedSts(self.clock), outages.get("sts")), "role", clock=self.clock)
        self.worker = Worker(
            settlement=Settlement(
                queue=IngestQueue(self.sqs, "ingest"),
                dead_letters=DeadLetterQueue(self.sqs, "dead"),
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
        return self.sqs.send_message(QueueUrl="ingest", MessageBody=body, MessageGroupId=group)["MessageId"]

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
        for message in messages:
            if lambda_deletes and message not in failed:
                self.sqs.waiting = [m for m in self.sqs.waiting if m.message_id != message.receipt_handle]
        return failed

    def stored(self) -> list[str]:
        return sorted(record["log_id"]["S"] for record in self.aws.records())

    def dead_letters(self) -> list[dict[str, Any]]:
        return self.sqs.dead + self.sqs.sent_to_dead_letters

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


def _event_record(message: QueuedMessage) -> dict[str, Any]:
    return {
        "messageId": message.message_id,
        "receiptHandle": message.message_id,
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(message.receives), "MessageGroupId": message.group},
        "messageAttributes": {
            name: {"stringValue": value, "stringListValues": [], "binaryListValues": [], "dataType": "String"}
            for name, value in message.attributes.items()
        },
    }
