"""Redrive: dead letters back into the ingest queue, so that stopping at any point neither loses nor doubles one.

SQS moves nothing between queues in one step, so each dead letter is first copied to the ingest queue and, only when SQS
has said yes, deleted. What a kill leaves behind depends on where it came:

- before the copy: the dead letter is where it was, visible again within a minute or so. Nothing is lost.
- between copy and deletion: it is in both queues. The worker stores a log under its tenant, id and part, and takes
  another message of the same content for a duplicate (`handlers.aws.log_table`); so whether the copy comes first or the
  one that was left, there is one record. Where the copy fails again, two dead letters say the same; the next redrive
  sends one of them and deletes both.
- after the deletion: it was redriven.

A copy that fails again while the redrive runs comes back to the dead-letter queue. It is known by its message id and
left alone, so that a log that always fails cannot keep the redrive going for ever, and the only copy is not taken for
a second one.

`StartMessageMoveTask` is not used: it moves everything and cannot filter, it keeps the outdated `reason`, and the
embedded cloud does not have it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cli.dead_letter_job import Tally
from cli.dead_letter_queue import MOST_AT_A_TIME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cli.dead_letter import DeadLetter
    from cli.dead_letter_queue import DeadLetterQueue

# "SendMessageBatch": 1 MiB in all, with the attributes.
_MOST_BODY_BYTES = 1024 * 1024 - MOST_AT_A_TIME * 512


@dataclass(kw_only=True)
class Redrive:
    """Sends chosen dead letters back to the ingest queue; see above for what holds when it is interrupted.

    Attributes:
        queue: where they are.
        chosen: which of them.
        sqs: a boto3 SQS client.
        ingest_queue_url: where they go.
        force: whether also those go that a worker can only give up again.
        tally: what became of them so far.
    """

    queue: DeadLetterQueue
    chosen: Callable[[DeadLetter], bool]
    sqs: Any
    ingest_queue_url: str
    force: bool
    tally: Tally = field(default_factory=Tally)
    _sent_contents: set[str] = field(default_factory=set)
    _sent_ids: set[str] = field(default_factory=set)

    def pick(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Return the chosen ones that a worker can do something with, and none that has come back since."""
        chosen = [letter for letter in letters if self.chosen(letter) and not self._has_come_back(letter)]
        useful = [letter for letter in chosen if self.force or letter.may_be_redriven]
        self.tally.skipped += len(chosen) - len(useful)
        return useful

    def handle(self, letters: Sequence[DeadLetter]) -> None:
        """Send these, each content once, and delete those that SQS has taken."""
        for batch in _batches(letters):
            new = {letter.content: letter for letter in batch if letter.content not in self._sent_contents}
            sent = self._send(list(new.values()))
            settled = [letter for letter in batch if letter.content in self._sent_contents]
            refused = self.queue.delete(settled)
            self.tally.done += sent
            self.tally.copies += len(settled) - sent
            self.tally.failed += {"not_deleted": len(refused)}

    def _send(self, letters: Sequence[DeadLetter]) -> int:
        if not letters:
            return 0
        entries = [_entry(index, letter) for index, letter in enumerate(letters)]
        answer = self.sqs.send_message_batch(QueueUrl=self.ingest_queue_url, Entries=entries)
        self.tally.failed.update(refused["Code"] for refused in answer.get("Failed", ()))
        taken = answer.get("Successful", ())
        self._sent_ids.update(entry["MessageId"] for entry in taken)
        self._sent_contents.update(letters[int(entry["Id"])].content for entry in taken)
        return len(taken)

    def _has_come_back(self, letter: DeadLetter) -> bool:
        return not self._sent_ids.isdisjoint((letter.message_id, letter.accepted_id))


def _entry(index: int, letter: DeadLetter) -> dict[str, Any]:
    # Without `reason`, which would outlive its truth; with the id that the sender was told, so that it can be found.
    told = {"message_id": {"DataType": "String", "StringValue": letter.accepted_id}}
    group = {"MessageGroupId": letter.tenant_id} if letter.tenant_id else {}
    return {"Id": str(index), "MessageBody": letter.body, "MessageAttributes": told, **group}


def _batches(letters: Iterable[DeadLetter]) -> Iterator[list[DeadLetter]]:
    batch: list[DeadLetter] = []
    size = 0
    for letter in letters:
        bytes_of_body = len(letter.body.encode())
        if batch and size + bytes_of_body > _MOST_BODY_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(letter)
        size += bytes_of_body
    if batch:
        yield batch
