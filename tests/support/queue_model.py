"""A model of two SQS queues that does what SQS may do: deliver in any order, again, and even after a deletion."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

INGEST = "ingest"
DEAD_LETTERS = "dead-letters"
MAX_RECEIVES = 3
# How likely SQS refuses an entry of a batch, or delivers a message that is hidden or deleted ("Amazon SQS at-least-once
# delivery"): far more than in life.
UNLIKELY = 0.1


class Killed(BaseException):
    """Like `kill -9`: nothing that runs afterwards reaches SQS."""


@dataclass
class QueuedMessage:
    """One message, with all that SQS knows about it."""

    sent: dict[str, Any]
    message_id: str
    receives: int = 0
    handle: str = ""
    hidden: bool = False
    deleted: bool = False

    @property
    def first_message_id(self) -> str:
        """The id that the 202 named."""
        return str(self.sent.get("MessageAttributes", {}).get("message_id", {}).get("StringValue", self.message_id))

    def delivered(self) -> dict[str, Any]:
        """Return the message as `ReceiveMessage` answers with it."""
        system = {"SentTimestamp": "1769899677560", "ApproximateReceiveCount": str(self.receives)}
        if "MessageGroupId" in self.sent:
            system["MessageGroupId"] = self.sent["MessageGroupId"]
        delivered = {"MessageId": self.message_id, "ReceiptHandle": self.handle, "Body": self.sent["MessageBody"]}
        delivered |= {"MD5OfBody": "d41d8cd98f00b204e9800998ecf8427e", "Attributes": system}
        attributes = self.sent.get("MessageAttributes")
        return delivered | ({"MessageAttributes": attributes} if attributes else {})


@dataclass
class QueueModel:
    """A boto3 client of both queues, with the redrive policy between them.

    Attributes:
        dice: decides about order and repetition.
        calls_left: how many calls are made before the caller is killed; None for no end.
        after_send: what happens after each batch that was sent, as if somebody else did it meanwhile.
    """

    dice: random.Random
    calls_left: int | None = None
    after_send: Callable[[], None] = lambda: None
    queues: dict[str, list[QueuedMessage]] = field(default_factory=lambda: {INGEST: [], DEAD_LETTERS: []})
    _made: int = 0

    def in_either(self) -> list[QueuedMessage]:
        """Return every message that nobody has deleted."""
        return [message for queue in self.queues.values() for message in queue if not message.deleted]

    def end_visibility_timeouts(self) -> None:
        """Make all that was received visible again."""
        for message in self.in_either():
            message.hidden = False

    def send_message(self, **sent: Any) -> dict[str, Any]:
        """Take one message."""
        self._count_call()
        return {"MessageId": self._add(sent["QueueUrl"], sent)}

    def send_message_batch(self, **sent: Any) -> dict[str, Any]:
        """Take most of a batch."""
        self._count_call()
        answer: dict[str, list[dict[str, Any]]] = {"Successful": [], "Failed": []}
        for entry in sent["Entries"]:
            if self.dice.random() < UNLIKELY:
                answer["Failed"].append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
            else:
                answer["Successful"].append({"Id": entry["Id"], "MessageId": self._add(sent["QueueUrl"], entry)})
        self.after_send()
        return answer

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        """Deliver some messages, in any order; what was delivered too often becomes a dead letter, as it is."""
        self._count_call()
        queue, most = self.queues[asked["QueueUrl"]], asked["MaxNumberOfMessages"]
        delivered = []
        for message in self.dice.sample(queue, len(queue)):
            if (message.hidden or message.deleted) and self.dice.random() > UNLIKELY:
                continue
            if queue is self.queues[INGEST] and message.receives >= MAX_RECEIVES:
                if not message.deleted:
                    queue.remove(message)
                    self.queues[DEAD_LETTERS].append(QueuedMessage(message.sent, message.message_id))
                continue
            self._made += 1
            message.receives, message.hidden, message.handle = message.receives + 1, True, f"handle-{self._made}"
            delivered.append(message.delivered())
        return {"Messages": delivered[:most]}

    def delete_message(self, **asked: Any) -> dict[str, Any]:
        """Delete a message; an older receipt handle succeeds and has no effect ("DeleteMessage")."""
        self._count_call()
        self._delete(asked["ReceiptHandle"])
        return {}

    def delete_message_batch(self, **asked: Any) -> dict[str, Any]:
        """Delete several messages."""
        self._count_call()
        for entry in asked["Entries"]:
            self._delete(entry["ReceiptHandle"])
        return {"Successful": [{"Id": entry["Id"]} for entry in asked["Entries"]]}

    def change_message_visibility_batch(self, **asked: Any) -> dict[str, Any]:
        """Make messages visible again."""
        self._count_call()
        handles = {entry["ReceiptHandle"] for entry in asked["Entries"]}
        for message in self.in_either():
            message.hidden = message.hidden and message.handle not in handles
        return {"Successful": [{"Id": entry["Id"]} for entry in asked["Entries"]]}

    def get_queue_attributes(self, **asked: Any) -> dict[str, Any]:
        """Return the size and the redrive policy of a queue."""
        self._count_call()
        size = sum(not message.hidden for message in self.queues[asked["QueueUrl"]])
        policy = json.dumps({"maxReceiveCount": MAX_RECEIVES})
        return {"Attributes": {"ApproximateNumberOfMessages": str(size), "RedrivePolicy": policy}}

    def _add(self, url: str, sent: dict[str, Any]) -> str:
        self._made += 1
        self.queues[url].append(QueuedMessage(sent, f"message-{self._made}"))
        return f"message-{self._made}"

    def _delete(self, handle: str) -> None:
        for message in self.in_either():
            message.deleted = message.deleted or message.handle == handle

    def _count_call(self) -> None:
        if self.calls_left is None:
            return
        if self.calls_left == 0:
            raise Killed
        self.calls_left -= 1
