"""Simulated queues: what SQS does, and may do, to the calls that the real code makes."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ReadTimeoutError

from bench.simulate.posts import MAX_RECEIVES

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from bench.simulate.scheduler import Scheduler

# The last of a UUID are enough to tell it from the others.
_NAME_CHARS = 6
INGEST, DEAD_LETTERS = "https://sqs.test/ingest", "https://sqs.test/dead-letters"


def no_answer() -> Exception:
    """Return what botocore raises if no answer comes."""
    return ReadTimeoutError(endpoint_url="https://service.test")


@dataclass(eq=False)
class Message:
    """One message in a queue.

    Attributes:
        message_id: SQS's own id.
        sent: what was sent.
        visible_at: when it can be received.
        receives: how often it was.
        handle: of its latest delivery.
        deleted: whether somebody deleted it; SQS may deliver it once more even so.
        troubled: which of its receives met a fault.
    """

    message_id: str
    sent: Mapping[str, Any]
    visible_at: float
    sent_at: float
    receives: int = 0
    handle: str = ""
    deleted: bool = False
    troubled: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.body = str(self.sent["MessageBody"])
        self.group: str | None = self.sent.get("MessageGroupId")
        self.attributes = {name: value["StringValue"] for name, value in self.sent.get("MessageAttributes", {}).items()}
        self.content = self.body, self.group, tuple(sorted(self.attributes.items()))

    @property
    def system_attributes(self) -> dict[str, str]:
        """What SQS says about it."""
        attributes = {
            "ApproximateReceiveCount": str(self.receives),
            "SentTimestamp": str(int((1_769_899_677 + self.sent_at) * 1000)),
        }
        return attributes | ({"MessageGroupId": self.group} if self.group else {})


@dataclass(frozen=True, slots=True)
class Delivery:
    """One receive of a message.

    Attributes:
        message: which.
        receive: the how manieth.
        handle: its receipt handle.
    """

    message: Message
    receive: int
    handle: str

    def as_lambda_hands_over(self) -> dict[str, Any]:
        """Return it as Lambda hands it to a function."""
        message = self.message
        return {
            "messageId": message.message_id,
            "receiptHandle": self.handle,
            "body": message.body,
            "attributes": message.system_attributes | {"ApproximateReceiveCount": str(self.receive)},
            "messageAttributes": {
                name: {"stringValue": value, "stringListValues": [], "binaryListValues": [], "dataType": "String"}
                for name, value in message.attributes.items()
            },
            "eventSource": "aws:sqs",
        }


@dataclass
class SimulatedSqs:
    """Both queues, with the redrive policy between them, as a boto3 client.

    Attributes:
        scheduler: decides when calls happen, and whether they fail.
        visibility_seconds: how long a received message stays hidden.
        on_delete: called after each deletion.
    """

    scheduler: Scheduler
    visibility_seconds: float
    on_delete: Callable[[], None] = lambda: None
    queues: dict[str, list[Message]] = field(default_factory=lambda: {INGEST: [], DEAD_LETTERS: []})
    counts_trouble: bool = True

    def __post_init__(self) -> None:
        self._sent: Counter[str] = Counter()

    def present(self, url: str) -> list[Message]:
        """Return the messages of a queue that nobody has deleted."""
        return [message for message in self.queues[url] if not message.deleted]

    def next_time(self) -> float | None:
        """Return when the next message becomes visible."""
        now, earliest = self.scheduler.seconds, None
        for message in self.queues[INGEST]:
            if not message.deleted and message.visible_at > now and (earliest is None or message.visible_at < earliest):
                earliest = message.visible_at
        return earliest

    def visible(self) -> list[Message]:
        """Return what the ingest queue can deliver now, after moving what was received too often."""
        now = self.scheduler.seconds
        ready = [m for m in self.queues[INGEST] if not m.deleted and m.visible_at <= now]
        received_too_often = [m for m in ready if m.receives >= MAX_RECEIVES]
        if not received_too_often:
            return ready
        for message in received_too_often:
            self.queues[INGEST].remove(message)
            message.visible_at, message.handle = 0.0, ""
            self.queues[DEAD_LETTERS].append(message)
        return [message for message in ready if message.receives < MAX_RECEIVES]

    def deliver(self, messages: Iterable[Message]) -> list[Delivery]:
        """Deliver messages of the ingest queue to Lambda."""
        return [self._received(message, self.visibility_seconds) for message in messages]

    def send_message(self, **sent: Any) -> dict[str, Any]:
        """Take one message."""
        return self._call("send_message", sent, lambda: {"MessageId": self._add(sent["QueueUrl"], sent)})

    def send_message_batch(self, **sent: Any) -> dict[str, Any]:
        """Take a batch."""

        def take() -> dict[str, Any]:
            made = [{"Id": e["Id"], "MessageId": self._add(sent["QueueUrl"], e)} for e in sent["Entries"]]
            return {"Successful": made}

        return self._call("send_message_batch", sent, take)

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        """Deliver up to ten visible messages to whoever asks for them."""

        def deliver() -> dict[str, Any]:
            now = self.scheduler.seconds
            ready = [m for m in self.present(asked["QueueUrl"]) if m.visible_at <= now]
            received = [self._received(m, asked["VisibilityTimeout"]) for m in ready[: asked["MaxNumberOfMessages"]]]
            return {"Messages": [self._as_sqs_answers(delivery.message) for delivery in received]}

        return self._call("receive_message", asked, deliver)

    def delete_message(self, **asked: Any) -> dict[str, Any]:
        """Delete a message; an older receipt handle has no effect."""
        handles = [asked["ReceiptHandle"]]
        return self._call(
            "delete_message", asked, lambda: self.delete(handles), is_settled=partial(self.hides, handles)
        )

    def delete_message_batch(self, **asked: Any) -> dict[str, Any]:
        """Delete several messages."""

        def delete() -> dict[str, Any]:
            self.delete([entry["ReceiptHandle"] for entry in asked["Entries"]])
            return {"Successful": [{"Id": entry["Id"]} for entry in asked["Entries"]]}

        return self._call("delete_message_batch", asked, delete)

    def change_message_visibility_batch(self, **asked: Any) -> dict[str, Any]:
        """Set when messages can be received again."""

        def change() -> dict[str, Any]:
            seconds = {entry["ReceiptHandle"]: entry["VisibilityTimeout"] for entry in asked["Entries"]}
            for message in self.present(asked["QueueUrl"]):
                if message.handle in seconds:
                    message.visible_at = self.scheduler.seconds + seconds[message.handle]
            self.scheduler.changes += 1
            return {"Successful": [{"Id": entry["Id"]} for entry in asked["Entries"]]}

        hides = partial(self.hides, [entry["ReceiptHandle"] for entry in asked["Entries"]])
        return self._call("change_message_visibility_batch", asked, change, is_settled=hides)

    def get_queue_attributes(self, **asked: Any) -> dict[str, Any]:
        """Return what was asked of a queue's size and redrive policy."""
        visible = [m for m in self.present(asked["QueueUrl"]) if m.visible_at <= self.scheduler.seconds]
        known = {"ApproximateNumberOfMessages": str(len(visible))}
        if asked["QueueUrl"] == INGEST:
            known["RedrivePolicy"] = json.dumps({"maxReceiveCount": MAX_RECEIVES})
        return {"Attributes": {name: known[name] for name in asked["AttributeNames"] if name in known}}

    def add_dead_letter(self, body: str, *, group: str) -> None:
        """Add a message that faults have met at each of its receives."""
        self._add(DEAD_LETTERS, {"MessageBody": body, "MessageGroupId": group})
        self.queues[DEAD_LETTERS][-1].troubled |= set(range(1, MAX_RECEIVES + 1))

    def hides(self, handles: Sequence[str]) -> bool:
        """Tell whether nobody else can see, for now, what was delivered under these handles."""
        now = self.scheduler.seconds
        return all(
            message.visible_at > now for message in self.present(INGEST) if message.handle in handles
        ) and not any(message.handle in handles for message in self.present(DEAD_LETTERS))

    def delete(self, handles: Iterable[str]) -> dict[str, Any]:
        """Delete the messages whose latest delivery has one of these handles."""
        gone = set(handles)
        for queue in self.queues.values():
            for message in queue:
                message.deleted = message.deleted or (message.handle in gone and message.handle != "")
        self.scheduler.changes += 1
        self.on_delete()
        return {}

    def state(self) -> Hashable:
        """Return everything in both queues that can still matter."""
        now, faults_left = self.scheduler.seconds, self.scheduler.faults_left
        return tuple(
            (
                url == INGEST,
                m.message_id,
                m.content,
                m.receives,
                m.handle,
                m.deleted or max(round(m.visible_at - now, 6), 0.0),
                len(m.troubled) if self.counts_trouble else 0,
            )
            for url, queue in self.queues.items()
            for m in queue
            # A deleted message matters only as long as SQS may deliver it once more.
            if not m.deleted or (faults_left and m.receives < MAX_RECEIVES)
        )

    def _call(
        self,
        operation: str,
        asked: Mapping[str, Any],
        effect: Callable[[], Any],
        *,
        is_settled: Callable[[], bool] | None = None,
    ) -> Any:
        queue = str(asked["QueueUrl"]).rpartition("/")[2]
        return self.scheduler.call(f"{operation} to {queue}", effect, no_answer, is_settled=is_settled)

    def _add(self, url: str, sent: Mapping[str, Any]) -> str:
        self.scheduler.changes += 1
        of = _name_of(sent["MessageBody"])
        self._sent[of] += 1
        now = self.scheduler.seconds
        message = Message(f"message {self._sent[of]} of {of}", sent, now + sent.get("DelaySeconds", 0), now)
        self.queues[url].append(message)
        return message.message_id

    def _received(self, message: Message, hidden_seconds: float) -> Delivery:
        self.scheduler.changes += 1
        message.receives += 1
        message.handle = f"{message.message_id}, receive {message.receives}"
        message.visible_at = self.scheduler.seconds + hidden_seconds
        return Delivery(message, message.receives, message.handle)

    def _as_sqs_answers(self, message: Message) -> dict[str, Any]:
        return {
            "MessageId": message.message_id,
            "ReceiptHandle": message.handle,
            "Body": message.body,
            "Attributes": message.system_attributes,
            **({"MessageAttributes": sent} if (sent := message.sent.get("MessageAttributes")) else {}),
        }


@lru_cache(10_000)
def _name_of(body: str) -> str:
    """Return what people call a message with this body."""
    try:
        envelope = json.loads(body)
    except ValueError:
        return repr(body)
    part = f", part {envelope['part']}" if envelope.get("parts", 1) > 1 else ""
    return f"{envelope['log_id'][-_NAME_CHARS:]}{part}"
