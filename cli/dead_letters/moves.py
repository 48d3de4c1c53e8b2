"""Redrive and drop: what happens to the chosen dead letters.

SQS cannot move a message between queues in one step, so a redrive first sends each dead letter to the ingest queue and,
only after SQS has accepted it, deletes it. What is left depends on when the command is killed:

- before the send: the dead letter, visible again within a minute or so.
- between send and deletion: one message in each queue. The worker stores a log under its tenant, id and part, and
  treats a second message with the same content as a duplicate, so there is one record whichever comes first.
- after the deletion: the message in the ingest queue.

A dead letter is deleted only if it was received before its content was sent: the sent message is then another one with
the same content. This includes copies that were received together. A dead letter received later, with the content of
one that was sent, may be the sent message itself, back after a conflict or another failure. It is left alone. So
nothing is lost, and a log that always fails cannot keep the redrive running forever.

`StartMessageMoveTask` is not used: it cannot filter, it keeps the outdated `reason`, and the embedded cloud does not
have it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from cli.dead_letters.dead_letter_queue import MAX_BATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cli.dead_letters.dead_letter_queue import DeadLetterQueue
    from cli.dead_letters.letter import DeadLetter
    from cli.dead_letters.rate_limit import RateLimit

# "SendMessageBatch": 1 MiB in all, with the attributes.
_MAX_BATCH_BYTES = 1024 * 1024 - MAX_BATCH * 512


@dataclass(slots=True)
class Tally:
    """What happened to the chosen dead letters.

    Attributes:
        tried: how many were tried.
        done: how many were redriven or dropped.
        copies: how many were deleted because another one with the same content was sent.
        came_back: how many were left because they may be sent messages that failed again.
        skipped: how many were left because no worker could process them.
        failed: how many SQS refused, by its code.
    """

    tried: int = 0
    done: int = 0
    copies: int = 0
    came_back: int = 0
    skipped: int = 0
    failed: Counter[str] = field(default_factory=Counter)


class Move(Protocol):
    """What is done to dead letters."""

    tally: Tally

    def accepts(self, letter: DeadLetter) -> bool:
        """Return whether to apply it to this one."""

    def apply(self, letters: Sequence[DeadLetter]) -> None:
        """Apply it to at most ten."""


def move_all(
    queue: DeadLetterQueue, move: Move, *, rate: RateLimit, limit: int | None, progress: Callable[[int], None]
) -> None:
    """Apply a move to every dead letter that it accepts.

    Args:
        queue: the dead-letter queue.
        move: what to do with them.
        rate: how fast.
        limit: at most this many; None for all.
        progress: receives how many were tried so far.
    """
    batch_size = max(1, min(MAX_BATCH, math.floor(rate.per_second)))
    tally = move.tally
    for letters in queue.letters(batch_size=batch_size, busy_seconds=batch_size / rate.per_second):
        accepted = list(filter(move.accepts, letters))[: None if limit is None else limit - tally.tried]
        if not accepted:
            continue
        rate.wait_for(len(accepted))
        move.apply(accepted)
        tally.tried += len(accepted)
        progress(tally.tried)
        if tally.tried == limit:
            return


@dataclass(kw_only=True)
class Drop:
    """Deletes dead letters for good."""

    queue: DeadLetterQueue
    matches: Callable[[DeadLetter], bool]
    tally: Tally = field(default_factory=Tally)

    def accepts(self, letter: DeadLetter) -> bool:
        """Return whether the operator chose it."""
        return self.matches(letter)

    def apply(self, letters: Sequence[DeadLetter]) -> None:
        """Delete them."""
        deleted = self.queue.delete(letters)
        self.tally.done += deleted
        self.tally.failed["not_deleted"] += len(letters) - deleted


@dataclass(kw_only=True)
class Redrive:
    """Sends dead letters back to the ingest queue; the module's docstring says what an interruption leaves.

    Attributes:
        queue: the dead-letter queue.
        matches: whether the operator chose a dead letter.
        sqs: a boto3 SQS client.
        ingest_queue_url: the queue to send them to.
        force: send even what no worker can process.
        tally: what happened so far.
    """

    queue: DeadLetterQueue
    matches: Callable[[DeadLetter], bool]
    sqs: Any
    ingest_queue_url: str
    force: bool
    tally: Tally = field(default_factory=Tally)
    _sent_contents: set[str] = field(default_factory=set)

    def accepts(self, letter: DeadLetter) -> bool:
        """Return whether the operator chose it, a worker can process it, and it is not back from this redrive."""
        if not self.matches(letter):
            return False
        if letter.content in self._sent_contents:
            self.tally.came_back += 1
            return False
        if not self.force and not letter.may_succeed:
            self.tally.skipped += 1
            return False
        return True

    def apply(self, letters: Sequence[DeadLetter]) -> None:
        """Send each content once, and delete the letters whose content SQS has accepted."""
        by_content: dict[str, list[DeadLetter]] = defaultdict(list)
        for letter in letters:
            by_content[letter.content].append(letter)
        for batch in _batches(same[0] for same in by_content.values()):
            sent = self._send(batch)
            settled = [letter for content in sent for letter in by_content[content]]
            self.tally.failed["not_deleted"] += len(settled) - self.queue.delete(settled)
            self.tally.done += len(sent)
            self.tally.copies += len(settled) - len(sent)

    def _send(self, letters: Sequence[DeadLetter]) -> list[str]:
        """Send the letters and return the contents that SQS accepted."""
        entries = [_entry(index, letter) for index, letter in enumerate(letters)]
        answer = self.sqs.send_message_batch(QueueUrl=self.ingest_queue_url, Entries=entries)
        self.tally.failed.update(refused["Code"] for refused in answer.get("Failed", ()))
        sent = [letters[int(entry["Id"])].content for entry in answer.get("Successful", ())]
        self._sent_contents.update(sent)
        return sent


def _entry(index: int, letter: DeadLetter) -> dict[str, Any]:
    # Without `reason`, which may no longer be true; with the id of the 202, so that its sender can find it.
    attributes = {"message_id": {"DataType": "String", "StringValue": letter.accepted_id}}
    group = {"MessageGroupId": letter.tenant_id} if letter.tenant_id else {}
    return {"Id": str(index), "MessageBody": letter.body, "MessageAttributes": attributes, **group}


def _batches(letters: Iterable[DeadLetter]) -> Iterator[list[DeadLetter]]:
    batch: list[DeadLetter] = []
    size = 0
    for letter in letters:
        body_bytes = len(letter.body.encode())
        if batch and size + body_bytes > _MAX_BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(letter)
        size += body_bytes
    if batch:
        yield batch
