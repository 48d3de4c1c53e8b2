"""The dead-letter queue: read without removing anything, and emptied message by message."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from cli.dead_letters.letter import DeadLetter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType
    from typing import Self

    from cli.target import Target

# "ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch": up to ten messages per call.
MAX_BATCH = 10
# A receive that waits queries every server of the queue ("Amazon SQS short and long polling").
_WAIT_SECONDS = 1
_EMPTY_RECEIVES = 2
_MIN_HIDDEN_SECONDS = 30
_MAX_HIDDEN_SECONDS = 900
_MIN_READS_PER_SECOND = 50


class DeadLetterQueue:
    """A dead-letter queue, as a context manager: after the block, every message that is left is visible again.

    Received messages are hidden from other readers for half a minute, or longer in a long queue. They are released at
    the end of the block; if this process is killed, SQS releases them when that time is up. The queue has no redrive
    policy of its own, so a message may be read any number of times.

    SQS returns messages in any order, some of them twice and not all at once. Each is yielded once; reading ends
    after two receives in a row that queried every server and found nothing new.

    Attributes:
        counts: how many of each tenant and reason were read.
    """

    def __init__(self, target: Target) -> None:
        self._sqs = target.client("sqs")
        self._url = target.output("dead_letter_queue_url")
        self._max_receives = self._read_max_receives(target.output("queue_url"))
        self._receipt_handles: dict[str, str] = {}
        self._seen: set[str] = set()
        self.counts: Counter[tuple[str | None, str]] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()

    def approximate_size(self) -> int:
        """Return about how many messages are visible."""
        name = "ApproximateNumberOfMessages"
        return int(self._attributes(self._url, name)[name])

    def letters(self, *, batch_size: int = MAX_BATCH, busy_seconds: float = 0) -> Iterator[list[DeadLetter]]:
        """Yield every dead letter once, in batches; all of them stay hidden until they are released.

        Args:
            batch_size: 1 to 10.
            busy_seconds: how long the caller takes per batch.
        """
        hidden = min(_MIN_HIDDEN_SECONDS + self.approximate_size() // _MIN_READS_PER_SECOND, _MAX_HIDDEN_SECONDS)
        nothing_new = 0
        while True:
            messages = self._receive(batch_size, hidden_seconds=int(hidden + busy_seconds))
            new = [message for message in messages if message["MessageId"] not in self._seen]
            self._receipt_handles |= {message["MessageId"]: message["ReceiptHandle"] for message in messages}
            self._seen |= self._receipt_handles.keys()
            if new:
                nothing_new = 0
                letters = [DeadLetter.from_message(message, max_receives=self._max_receives) for message in new]
                self.counts.update((letter.tenant_id, letter.reason) for letter in letters)
                yield letters
                continue
            nothing_new += 1
            # Known messages that became visible early are hidden again now; try again for the others.
            if nothing_new >= _EMPTY_RECEIVES + (len(self._seen) // batch_size if messages else 0):
                return

    def delete(self, letters: Sequence[DeadLetter]) -> int:
        """Delete at most ten dead letters for good; return how many of them SQS deleted."""
        if not letters:
            return 0
        entries = [
            {"Id": str(index), "ReceiptHandle": self._receipt_handles[letter.message_id]}
            for index, letter in enumerate(letters)
        ]
        answer = self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)
        deleted = answer.get("Successful", ())
        for entry in deleted:
            del self._receipt_handles[letters[int(entry["Id"])].message_id]
        return len(deleted)

    def _release(self) -> None:
        handles = list(self._receipt_handles.values())
        for start in range(0, len(handles), MAX_BATCH):
            entries = [
                {"Id": str(index), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                for index, handle in enumerate(handles[start : start + MAX_BATCH])
            ]
            # If SQS refuses an entry, its time is up: it is visible already.
            self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
        self._receipt_handles.clear()

    def _receive(self, batch_size: int, *, hidden_seconds: int) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=batch_size,
            VisibilityTimeout=hidden_seconds,
            WaitTimeSeconds=_WAIT_SECONDS,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _read_max_receives(self, queue_url: str) -> int | None:
        policy = self._attributes(queue_url, "RedrivePolicy").get("RedrivePolicy")
        return int(json.loads(policy)["maxReceiveCount"]) if policy else None

    def _attributes(self, url: str, name: str) -> dict[str, str]:
        answer: dict[str, dict[str, str]] = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return answer.get("Attributes", {})
