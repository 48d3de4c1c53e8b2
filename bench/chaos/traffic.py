"""The traffic of a chaos run: what the queues really took, and what became of those who put it there."""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections import deque
from dataclasses import dataclass, field
from typing import Any

LATEST = 30
_SERVICES = {"AmazonSQS": "sqs", "DynamoDB_20120810": "dynamodb", "TrentService": "kms"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call to AWS's API.

    Attributes:
        service: dynamodb, kms, sqs or sts.
        operation: its name; what goes to the dead-letter queue has one of its own.
        content: what was asked, where it came as JSON.
    """

    service: str
    operation: str
    content: dict[str, Any]

    @classmethod
    def of(cls, target: str, body: bytes, *, dead_letter_queue_url: str) -> Call:
        """Return the call that a request makes."""
        if not target:
            return cls("sts", urllib.parse.parse_qs(body.decode())["Action"][0], {})
        prefix, _, operation = target.partition(".")
        service = _SERVICES[prefix]
        content = json.loads(body) if service == "sqs" else {}
        to_dead_letters = content.get("QueueUrl") == dead_letter_queue_url
        return cls(service, f"{operation} to dead letters" if to_dead_letters else operation, content)


@dataclass(frozen=True, slots=True)
class TakenMessage:
    """A message that SQS took."""

    message_id: str
    body: str


@dataclass
class Traffic:
    """What SQS really took, whatever it answered.

    Attributes:
        message_ids: of each message body, the ids that SQS gave it; more than one where it was sent again.
    """

    message_ids: dict[str, list[str]] = field(default_factory=dict)
    _latest: deque[TakenMessage] = field(default_factory=lambda: deque(maxlen=LATEST))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, call: Call, answer: bytes) -> None:
        """Remember what ingest sent; what the worker sends again has the id of the first time."""
        with self._lock:
            if call.operation == "SendMessage" and not call.content.get("MessageAttributes"):
                self._sent(call.content["MessageBody"], json.loads(answer)["MessageId"])
            elif call.operation == "SendMessageBatch":
                bodies = {entry["Id"]: entry["MessageBody"] for entry in call.content["Entries"]}
                for entry in json.loads(answer).get("Successful", ()):
                    self._sent(bodies[entry["Id"]], entry["MessageId"])

    def latest(self) -> list[TakenMessage]:
        """Return the messages that the ingest queue took last."""
        with self._lock:
            return list(self._latest)

    def _sent(self, body: str, message_id: str) -> None:
        self.message_ids.setdefault(body, []).append(message_id)
        self._latest.append(TakenMessage(message_id, body))
