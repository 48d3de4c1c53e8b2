"""The traffic of a chaos run: what the queues really took, and what became of those who put it there."""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.chaos.faults import Fault

LATEST = 30
SECONDS_TO_DELETE = 5.0  # two calls of two seconds at the most, and a pause


@dataclass(frozen=True, slots=True)
class Call:
    """One call to AWS's API.

    Attributes:
        service: dynamodb, sqs or sts.
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
        service = "sqs" if prefix == "AmazonSQS" else "dynamodb"
        content = json.loads(body) if service == "sqs" else {}
        to_dead_letters = content.get("QueueUrl") == dead_letter_queue_url
        return cls(service, f"{operation} to dead letters" if to_dead_letters else operation, content)


@dataclass(frozen=True, slots=True)
class TakenMessage:
    """A message that SQS took."""

    message_id: str
    body: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """A dead letter that was kept: for which message, by which processes, when, and whether they heard of it."""

    message_id: str
    process_ids: Sequence[int]
    at: float
    in_doubt: bool

    def is_followed_by(self, upset: Sequence[tuple[int, float]]) -> bool:
        """Return whether something happened to the keeper before it can have deleted the message."""
        return any(
            process_id in self.process_ids and 0 <= at - self.at <= SECONDS_TO_DELETE for process_id, at in upset
        )


@dataclass
class Traffic:
    """What SQS really took, whatever it answered.

    Attributes:
        message_ids: of each message body, the ids that SQS gave it; more than one where it was sent again.
        kills: the processes that were killed, and when.
    """

    message_ids: dict[str, list[str]] = field(default_factory=dict)
    kills: list[tuple[int, float]] = field(default_factory=list)
    _kept: list[_Kept] = field(default_factory=list)
    _not_deleted: list[tuple[int, float]] = field(default_factory=list)
    _latest: deque[TakenMessage] = field(default_factory=lambda: deque(maxlen=LATEST))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def kept_in_doubt(self) -> Counter[str]:
        """Return how often a dead letter of a message id was kept while its message may have stayed in the queue.

        So it is where the keeper got no answer, was killed soon after, or could not delete the message.
        """
        upset = [*self.kills, *self._not_deleted]
        return Counter(kept.message_id for kept in self._kept if kept.in_doubt or kept.is_followed_by(upset))

    def note_failed(self, call: Call, callers: Callable[[], Sequence[int]]) -> None:
        """Remember a call that had no effect; who made it is asked for only where it matters."""
        if call.operation == "DeleteMessage":
            failed = [(process_id, time.monotonic()) for process_id in callers()]
            with self._lock:
                self._not_deleted += failed

    def note(self, call: Call, answer: bytes, fault: Fault | None, callers: Callable[[], Sequence[int]]) -> None:
        """Remember what a call did; who made it is asked for only where it matters."""
        if call.operation == "SendMessage to dead letters":
            message_id = call.content["MessageAttributes"]["message_id"]["StringValue"]
            in_doubt = fault is not None and fault.takes_effect
            kept = _Kept(message_id, tuple(callers()), time.monotonic(), in_doubt=in_doubt)
            with self._lock:
                self._kept.append(kept)
            return
        with self._lock:
            if call.operation == "SendMessage":
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
