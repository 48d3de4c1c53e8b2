"""The dead-letter queue: looked through without taking anything away, and emptied message by message."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from cli.dead_letter import DeadLetter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType
    from typing import Self

    from cli.target import Target

# "ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch": up to ten at a time.
MOST_AT_A_TIME = 10
# A receive that waits asks every server of the queue ("Amazon SQS short and long polling").
_WAIT_SECONDS = 1
_EMPTY_RECEIVES = 2
_SHORTEST_HOLD_SECONDS = 30
_LONGEST_HOLD_SECONDS = 900
_SLOWEST_LOOK_PER_SECOND = 50


class DeadLetterQueue:
    """A dead-letter queue, as a context manager: after the block, every message that is left is visible again.

    What is received is hidden from others for half a minute, longer only as far as looking through a long queue
    takes. It is given back at the end of the block, and by SQS itself where this process is killed. The queue has
    no redrive policy of its own, so that looking wears nothing out.

    SQS hands messages out in no order, some of them twice and not all at once; each is yielded once, and the end
    is believed when two receives that asked every server brought nothing.

    Attributes:
        looked_at: how many of each tenant and reason it has yielded.
    """

    def __init__(self, target: Target) -> None:
        self._sqs = target.client("sqs")
        self._url = target.output("dead_letter_queue_url")
        self._max_receives = self._read_max_receives(target.output("queue_url"))
        self._held: dict[str, str] = {}
        self._seen: set[str] = set()
        self.looked_at: Counter[tuple[str | None, str]] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.give_back()

    def waiting(self) -> int:
        """Return about how many messages there are."""
        name = "ApproximateNumberOfMessages"
        return int(self._attributes(self._url, name)[name])

    def letters(self, *, at_a_time: int = MOST_AT_A_TIME, busy_seconds: float = 0) -> Iterator[list[DeadLetter]]:
        """Yield every dead letter once, a few at a time; all of them stay hidden until they are given back.

        Args:
            at_a_time: most of them, 1 to 10.
            busy_seconds: how long the caller takes for so many.
        """
        hold = min(_SHORTEST_HOLD_SECONDS + self.waiting() // _SLOWEST_LOOK_PER_SECOND, _LONGEST_HOLD_SECONDS)
        in_vain = 0
        while True:
            messages = self._receive(at_a_time, hold_seconds=int(hold + busy_seconds))
            fresh = [message for message in messages if message["MessageId"] not in self._seen]
            self._held |= {message["MessageId"]: message["ReceiptHandle"] for message in messages}
            self._seen |= self._held.keys()
            if fresh:
                in_vain = 0
                letters = [DeadLetter.from_message(message, max_receives=self._max_receives) for message in fresh]
                self.looked_at.update((letter.tenant_id, letter.reason) for letter in letters)
                yield letters
                continue
            in_vain += 1
            # Those that came back early are hidden once more by now, so the others get their turn.
            if in_vain >= _EMPTY_RECEIVES + (len(self._seen) // at_a_time if messages else 0):
                return

    def delete(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Delete for good at most ten dead letters, and return those that SQS would not delete."""
        if not letters:
            return []
        entries = [
            {"Id": str(index), "ReceiptHandle": self._held[letter.message_id]} for index, letter in enumerate(letters)
        ]
        answer = self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)
        deleted = {int(entry["Id"]) for entry in answer.get("Successful", ())}
        for index in deleted:
            del self._held[letters[index].message_id]
        return [letter for index, letter in enumerate(letters) if index not in deleted]

    def give_back(self) -> None:
        """Make every message visible again that was received and not deleted."""
        handles = list(self._held.values())
        for start in range(0, len(handles), MOST_AT_A_TIME):
            chunk = handles[start : start + MOST_AT_A_TIME]
            entries = [
                {"Id": str(index), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                for index, handle in enumerate(chunk)
            ]
            # An entry that SQS refuses is one whose time is up: it is visible already.
            self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
        self._held.clear()

    def _receive(self, at_a_time: int, *, hold_seconds: int) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=at_a_time,
            VisibilityTimeout=hold_seconds,
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
