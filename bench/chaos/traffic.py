"""The traffic of a chaos run: the calls to AWS, and the messages that SQS accepted."""

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
        operation: its name; for the dead-letter queue followed by `to dead letters`.
        content: the body of a call to SQS; empty for other services.
    """

    service: str
    operation: str
    content: dict[str, Any]

    @classmethod
    def of(cls, target: str, body: bytes, *, dead_letter_queue_url: str) -> Call:
        """Return the call in a request."""
        if not target:
            return cls("sts", urllib.parse.parse_qs(body.decode())["Action"][0], {})
        prefix, _, operation = target.partition(".")
        service = _SERVICES[prefix]
        content = json.loads(body) if service == "sqs" else {}
        to_dead_letters = content.get("QueueUrl") == dead_letter_queue_url
        return cls(service, f"{operation} to dead letters" if to_dead_letters else operation, content)


@dataclass(frozen=True, slots=True)
class TakenMessage:
    """A message that SQS accepted."""

    message_id: str
    body: str


@dataclass
class Traffic:
    """What SQS accepted, even if the caller got another answer.

    Attributes:
        message_ids: the ids that SQS gave each message body; more than one if it was sent again.
    """

    message_ids: dict[str, list[str]] = field(default_factory=dict)
    _latest: deque[TakenMessage] = field(default_factory=lambda: deque(maxlen=LATEST))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def record(self, call: Call, answer: bytes) -> None:
        """Record what ingest sent; not what the worker sends again, which carries an id as an attribute."""
        with self._lock:
            if call.operation == "SendMessage" and not call.content.get("MessageAttributes"):
                self._sent(call.content["MessageBody"], json.loads(answer)["MessageId"])
            elif call.operation == "SendMessageBatch":
                bodies = {entry["Id"]: entry["MessageBody"] for entry in call.content["Entries"]}
                for entry in json.loads(answer).get("Successful", ()):
                    self._sent(bodies[entry["Id"]], entry["MessageId"])

    def latest(self) -> list[TakenMessage]:
        """Return the latest messages of the ingest queue."""
        with self._lock:
            return list(self._latest)

    def _sent(self, body: str, message_id: str) -> None:
        self.message_ids.setdefault(body, []).append(message_id)
        self._latest.append(TakenMessage(message_id, body))
