"""The batch sender: many envelopes in as few calls as SQS allows, several calls at a time."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import Any, NamedTuple, Protocol

from handlers.aws.failures import QueueUnavailable
from handlers.logs.plain_log import Sendable

# "SendMessageBatch": up to ten messages, and 1 MiB of bodies and attributes together.
MAX_ENTRIES = 10
MAX_BATCH_BYTES = 1024 * 1024
TRIES = 3
SECONDS_BETWEEN_TRIES = 0.2
CALLS_AT_A_TIME = 10
# The cause of envelopes that were not sent because there was no time left.
OUT_OF_TIME = "OutOfTime"

Entry = dict[str, Any]


class Sent(NamedTuple):
    """SQS has the envelope, under this message id."""

    message_id: str


class NotSent(NamedTuple):
    """SQS did not confirm the envelope; `cause` is the name of its error."""

    cause: str


Answer = Sent | NotSent


class SendBatch(Protocol):
    """SQS's `SendMessageBatch` for one queue."""

    def __call__(self, *, Entries: Sequence[Entry]) -> dict[str, Any]:  # noqa: N803 - SQS's own name
        """Return SQS's answer.

        Raises:
            QueueUnavailable: SQS refused the whole batch.
        """


class BatchSender:
    """Sends envelopes in batches.

    Args:
        send_batch: sends one batch.
    """

    def __init__(self, send_batch: SendBatch) -> None:
        self._send_batch = send_batch

    def send(self, envelopes: Sequence[Sendable], *, timeout_seconds: float) -> list[Answer]:
        """Return what happened to each envelope, in the envelopes' order.

        Args:
            envelopes: what to send.
            timeout_seconds: no call starts after this time.
        """
        deadline = time.monotonic() + timeout_seconds
        answers: dict[int, Answer] = {}
        for settled in self._settle_all(batches(envelopes), deadline):
            answers.update(settled)
        return [answers[index] for index in range(len(envelopes))]

    def _settle_all(self, all_batches: Iterator[list[Entry]], deadline: float) -> Iterator[dict[int, Answer]]:
        first = list(islice(all_batches, 2))
        if len(first) <= 1:  # as for most requests, which need no threads
            yield from (self._settle(batch, deadline) for batch in first)
            return
        with ThreadPoolExecutor(CALLS_AT_A_TIME) as executor:
            yield from executor.map(lambda batch: self._settle(batch, deadline), chain(first, all_batches))

    def _settle(self, batch: list[Entry], deadline: float) -> dict[int, Answer]:
        answers: dict[int, Answer] = {int(entry["Id"]): NotSent(OUT_OF_TIME) for entry in batch}
        for attempt in range(TRIES):
            pause_seconds = SECONDS_BETWEEN_TRIES * attempt
            open_entries = [entry for entry in batch if isinstance(answers[int(entry["Id"])], NotSent)]
            if not open_entries or time.monotonic() + pause_seconds >= deadline:
                break
            time.sleep(pause_seconds)
            answers.update(self._try(open_entries))
        return answers

    def _try(self, entries: Sequence[Entry]) -> dict[int, Answer]:
        try:
            answer = self._send_batch(Entries=entries)
        except QueueUnavailable as error:
            return {int(entry["Id"]): NotSent(str(error)) for entry in entries}
        taken: dict[int, Answer] = {
            int(entry["Id"]): Sent(entry["MessageId"]) for entry in answer.get("Successful", ())
        }
        refused: dict[int, Answer] = {int(entry["Id"]): NotSent(entry["Code"]) for entry in answer.get("Failed", ())}
        return taken | refused


def batches(envelopes: Sequence[Sendable]) -> Iterator[list[Entry]]:
    """Yield the entries of as few batches as SQS's two limits allow; an entry's id is its envelope's position."""
    batch: list[Entry] = []
    size = 0
    for index, envelope in enumerate(envelopes):
        body = envelope.to_message()
        if batch and (len(batch) == MAX_ENTRIES or size + len(body) > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append({"Id": str(index), "MessageBody": body, "MessageGroupId": envelope.tenant_id})
        size += len(body)
    if batch:
        yield batch
