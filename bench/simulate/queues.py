"""Simulated queues: what SQS does, and may do, to the calls that the real code makes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ReadTimeoutError

from bench.simulate.posts import MAX_RECEIVES
from bench.simulate.reduction import without_times

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from bench.simulate.scheduler import Scheduler

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

    @property
    def body(self) -> str:
        """What it says."""
        return str(self.sent["MessageBody"])

    @property
    def group(self) -> str | None:
        """Its message group; None if it was sent without one."""
        return self.sent.get("MessageGroupId")

    @property
    def attributes(self) -> dict[str, str]:
        """Its own attributes, by their names."""
        return {name: value["StringValue"] for name, value in self.sent.get("MessageAttributes", {}).items()}


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
    sent: int = 0

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

    def deliver(self, messages: Iterable[Message]) -> list[dict[str, Any]]:
        """Deliver messages of the ingest queue, as Lambda hands them to a function."""
        return [self._as_lambda_hands_over(self._received(message, self.visibility_seconds)) for message in messages]

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
            return {"Messages": [self._as_sqs_answers(message) for message in received]}

        return self._call("receive_message", asked, deliver)

    def delete_message(self, **asked: Any) -> dict[str, Any]:
        """Delete a message; an older receipt handle has no effect."""
        return self._call("delete_message", asked, lambda: self.delete([asked["ReceiptHandle"]]))

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
            return {"Successful": [{"Id": entry["Id"]} for entry in asked["Entries"]]}

        return self._call("change_message_visibility_batch", asked, change)

    def get_queue_attributes(self, **asked: Any) -> dict[str, Any]:
        """Return the size and the redrive policy of a queue."""
        visible = [m for m in self.present(asked["QueueUrl"]) if m.visible_at <= self.scheduler.seconds]
        policy = json.dumps({"maxReceiveCount": MAX_RECEIVES})
        return {"Attributes": {"ApproximateNumberOfMessages": str(len(visible)), "RedrivePolicy": policy}}

    def delete(self, handles: Iterable[str]) -> dict[str, Any]:
        """Delete the messages whose latest delivery has one of these handles."""
        gone = set(handles)
        for queue in self.queues.values():
            for message in queue:
                message.deleted = message.deleted or (message.handle in gone and message.handle != "")
        self.on_delete()
        return {}

    def state(self) -> Hashable:
        """Return everything in both queues that can still matter."""
        now, faults_left = self.scheduler.seconds, self.scheduler.faults_left
        return tuple(
            (
                url == INGEST,
                m.message_id,
                without_times(m.body),
                tuple(sorted(m.attributes.items())),
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

    def _call(self, operation: str, asked: Mapping[str, Any], effect: Callable[[], Any]) -> Any:
        queue = str(asked["QueueUrl"]).rpartition("/")[2]
        return self.scheduler.call(f"{operation} to {queue}", effect, no_answer)

    def _add(self, url: str, sent: Mapping[str, Any]) -> str:
        self.sent += 1
        now = self.scheduler.seconds
        message = Message(f"m{self.sent}", dict(sent), now + sent.get("DelaySeconds", 0), now)
        self.queues[url].append(message)
        return message.message_id

    def _received(self, message: Message, hidden_seconds: float) -> Message:
        message.receives += 1
        message.handle = f"{message.message_id}, receive {message.receives}"
        message.visible_at = self.scheduler.seconds + hidden_seconds
        return message

    def _system_attributes(self, message: Message) -> dict[str, str]:
        attributes = {
            "ApproximateReceiveCount": str(message.receives),
            "SentTimestamp": str(int((1_769_899_677 + message.sent_at) * 1000)),
        }
        return attributes | ({"MessageGroupId": message.group} if message.group else {})

    def _as_sqs_answers(self, message: Message) -> dict[str, Any]:
        return {
            "MessageId": message.message_id,
            "ReceiptHandle": message.handle,
            "Body": message.body,
            "Attributes": self._system_attributes(message),
            **({"MessageAttributes": sent} if (sent := message.sent.get("MessageAttributes")) else {}),
        }

    def _as_lambda_hands_over(self, message: Message) -> dict[str, Any]:
        return {
            "messageId": message.message_id,
            "receiptHandle": message.handle,
            "body": message.body,
            "attributes": self._system_attributes(message),
            "messageAttributes": {
                name: {"stringValue": value, "stringListValues": [], "binaryListValues": [], "dataType": "String"}
                for name, value in message.attributes.items()
            },
            "eventSource": "aws:sqs",
        }
