"""Worker: turns the messages of a batch into records, side by side, and reports back what failed."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from handlers.aws.event_log import record_event
from handlers.aws.log_table import Conflict, LogTable, TableUnavailable, log_table
from handlers.aws.message import Message
from handlers.aws.queues import (
    DeadLetterQueue,
    IngestQueue,
    QueueUnavailable,
    dead_letter_queue,
    ingest_queue,
)
from handlers.domain.envelope import Envelope
from handlers.domain.outcome import DUPLICATE, STORED, Event, Outcome, Reason, dead_lettered, retried
from handlers.domain.processing import Processing
from handlers.domain.retry import retry_delay_seconds
from handlers.domain.side_by_side import side_by_side
from handlers.environment import WorkerEnvironment

# Kept back for reporting when processing runs out of time: a share of what there is, up to a bound.
RESERVED_SHARE = 0.2
LONGEST_RESERVE_SECONDS = 5.0


class Context(Protocol):
    """What Lambda tells about an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still take, in milliseconds."""


def handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Work off one SQS batch and return the messages that have to come back (`batchItemFailures`).

    Guarantees: a message that is not reported back has exactly one record, or is in the dead-letter queue.
    """
    messages = [Message.from_event_record(record) for record in event["Records"]]
    failed = _worker().work_off(messages, seconds=context.get_remaining_time_in_millis() / 1000)
    return {"batchItemFailures": [{"itemIdentifier": message.message_id} for message in failed]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Works off batches.

    Attributes:
        queue: where the messages come from.
        dead_letters: where messages go that can never work.
        table: where records go.
        processing: how envelopes become records.
        retry_delay_seconds: how long the first failure waits, in seconds.
    """

    queue: IngestQueue
    dead_letters: DeadLetterQueue
    table: LogTable
    processing: Processing
    retry_delay_seconds: int

    def work_off(self, messages: Sequence[Message], *, seconds: float) -> list[Message]:
        """Settle every message and return those that have to come back.

        Args:
            messages: one batch.
            seconds: how long all of it may take; what is not done by then comes back.
        """
        available = seconds - min(seconds * RESERVED_SHARE, LONGEST_RESERVE_SECONDS)
        futures = side_by_side(
            lambda message: self._settle(message, available), messages, timeout_seconds=available
        )
        outcomes = [_outcome(future) for future in futures]
        for message, outcome in zip(messages, outcomes, strict=True):
            _record(message, outcome)
        failed = [m for m, outcome in zip(messages, outcomes, strict=True) if outcome.event is Event.RETRIED]
        self._delay(failed)
        return failed

    def _settle(self, message: Message, available: float) -> Outcome:
        if message.envelope is None:
            return self._give_up(message, Reason.NOT_AN_ENVELOPE)
        try:
            return self._store(message, message.envelope, available)
        except Conflict:
            return self._give_up(message, Reason.CONFLICT)
        except TableUnavailable as error:
            return retried(Reason.TABLE_UNAVAILABLE, str(error))

    def _store(self, message: Message, envelope: Envelope, available: float) -> Outcome:
        if message.receive_count > 1 and self.table.holds(envelope):
            return DUPLICATE
        if self.processing.seconds_for(envelope) > available:
            return retried(Reason.OUT_OF_TIME)
        record = self.processing.run(envelope)
        return STORED if self.table.put(record, message_id=message.message_id) else DUPLICATE

    def _give_up(self, message: Message, reason: Reason) -> Outcome:
        try:
            self.dead_letters.keep(message, reason=reason)
            # Lambda deletes it when the whole batch has returned; a process that dies first would keep it twice.
            self.queue.delete(message)
        except QueueUnavailable as error:
            return retried(Reason.QUEUE_UNAVAILABLE, str(error))
        return dead_lettered(reason)

    def _delay(self, failed: Sequence[Message]) -> None:
        if not failed:
            return
        delays = {
            message: retry_delay_seconds(
                base_seconds=self.retry_delay_seconds, receive_count=message.receive_count
            )
            for message in failed
        }
        try:
            self.queue.delay(delays)
        except QueueUnavailable as error:
            record_event(
                "not_delayed", code=Reason.QUEUE_UNAVAILABLE, cause=str(error), level=logging.WARNING
            )


def _outcome(future: Future[Outcome]) -> Outcome:
    if not future.done():
        return retried(Reason.OUT_OF_TIME)
    error = future.exception()
    return future.result() if error is None else retried(Reason.PROCESSING_FAILED, type(error).__name__)


_LEVELS = {Event.RETRIED: logging.WARNING, Event.DEAD_LETTERED: logging.ERROR}


def _record(message: Message, outcome: Outcome) -> None:
    envelope = message.envelope
    record_event(
        outcome.event,
        code=outcome.reason,
        tenant_id=envelope.tenant_id if envelope else None,
        log_id=envelope.log_id if envelope else None,
        message_id=message.message_id,
        cause=outcome.cause,
        level=_LEVELS.get(outcome.event, logging.INFO),
    )


@lru_cache
def _worker() -> Worker:
    environment = WorkerEnvironment.read()
    return Worker(
        queue=ingest_queue(environment.ingest_queue_url),
        dead_letters=dead_letter_queue(environment.dead_letter_queue_url),
        table=log_table(
            environment.table_name,
            keep_original_text=environment.keep_original_text,
            retention_days=environment.record_retention_days,
        ),
        processing=Processing(
            seconds_per_char=environment.processing_seconds_per_char, chaos=environment.chaos
        ),
        retry_delay_seconds=environment.retry_delay_seconds,
    )
