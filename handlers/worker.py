"""Worker: turns the messages of a batch into records, side by side, and reports back what failed."""

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from handlers.aws.context import Context, remaining_seconds
from handlers.aws.event_log import record_event
from handlers.aws.failures import QueueUnavailable, TableUnavailable
from handlers.aws.log_table import Conflict, LogTable, log_table
from handlers.aws.message import Message
from handlers.aws.queues import (
    DeadLetterQueue,
    IngestQueue,
    dead_letter_queue,
    ingest_queue,
)
from handlers.aws.tenant_credentials import CredentialsUnavailable
from handlers.environment import WorkerEnvironment, environment_without_credentials
from handlers.logs.envelope import Envelope
from handlers.logs.outcome import DUPLICATE, STORED, Event, Outcome, Reason, dead_lettered, retried
from handlers.logs.record import record_of
from handlers.processing.concurrency import run_concurrently
from handlers.processing.isolation import Isolation, ProcessingFailed, ProcessIsolation
from handlers.processing.retry import retry_delay_seconds
from handlers.processing.simulation import Processing, ProcessingOptions, processing_of
from handlers.redaction import Redacted

# Kept back for reporting when processing runs out of time: a share of what there is, up to a bound.
RESERVED_SHARE = 0.2
LONGEST_RESERVE_SECONDS = 5.0
SECONDS_TO_KILL = 0.5


def handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Work off one SQS batch and return the messages that have to come back (`batchItemFailures`).

    Guarantees: a message that is not reported back has exactly one record, or is in the dead-letter queue.
    """
    messages = [Message.from_event_record(record) for record in event["Records"]]
    failed = _worker().work_off(messages, seconds=remaining_seconds(context))
    return {"batchItemFailures": [{"itemIdentifier": message.message_id} for message in failed]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Works off batches.

    Attributes:
        queue: where the messages come from.
        dead_letters: where messages go that can never work.
        table: where records go.
        processing: what is done to each text.
        isolation: does it in a process of its own.
        retry_delay_seconds: how long the first failure waits, in seconds.
    """

    queue: IngestQueue
    dead_letters: DeadLetterQueue
    table: LogTable
    processing: Processing
    isolation: Isolation
    retry_delay_seconds: int

    def work_off(self, messages: Sequence[Message], *, seconds: float) -> list[Message]:
        """Settle every message and return those that have to come back.

        Args:
            messages: one batch.
            seconds: how long all of it may take; what is not done by then comes back.
        """
        available = seconds - min(seconds * RESERVED_SHARE, LONGEST_RESERVE_SECONDS)
        deadline = time.monotonic() + min(available, max(map(self._longest_seconds_for, messages), default=0))
        # Something failed before, perhaps with the whole process. In a process each, all of this batch get an
        # outcome now, and nobody's neighbour brings anybody a second time to fall.
        apart = any(message.receive_count > 1 for message in messages)
        futures = run_concurrently(
            lambda message: self._settle(message, deadline, apart=apart),
            messages,
            timeout_seconds=deadline - time.monotonic(),
        )
        outcomes = [_outcome(future) for future in futures]
        for message, outcome in zip(messages, outcomes, strict=True):
            _record(message, outcome)
        failed = [m for m, outcome in zip(messages, outcomes, strict=True) if outcome.event is Event.RETRIED]
        self._delay(failed)
        return failed

    def _settle(self, message: Message, deadline: float, *, apart: bool) -> Outcome:
        outcome = self._outcome_of(message, deadline, apart=apart)
        # Lambda deletes what is done after the whole batch, unless the process dies before that. Then a dead letter
        # would be kept twice, and a record that was stored at its last receive would end as a dead letter besides.
        if outcome.event is Event.DEAD_LETTERED or (apart and outcome.event is not Event.RETRIED):
            self._delete(message)
        return outcome

    def _outcome_of(self, message: Message, deadline: float, *, apart: bool) -> Outcome:
        if message.envelope is None:
            return self._give_up(message, Reason.NOT_AN_ENVELOPE)
        try:
            return self._store(message, message.envelope, deadline, apart=apart)
        except Conflict:
            return self._give_up(message, Reason.CONFLICT)
        except ProcessingFailed as error:
            return retried(Reason.PROCESSING_FAILED, str(error))
        except CredentialsUnavailable as error:
            return retried(Reason.CREDENTIALS_UNAVAILABLE, str(error))
        except TableUnavailable as error:
            return retried(Reason.TABLE_UNAVAILABLE, str(error))

    def _store(self, message: Message, envelope: Envelope, deadline: float, *, apart: bool) -> Outcome:
        available = deadline - time.monotonic()
        if self.processing.seconds_for(envelope.text) > available:
            return retried(Reason.OUT_OF_TIME)
        # Before the slow work: without the tenant's credentials it would be done for nothing.
        rows = self.table.rows_of(envelope.tenant_id, lasting_seconds=available)
        if message.receive_count > 1 and rows.hold(envelope):
            return DUPLICATE
        redacted = self._process_isolated(envelope.text, deadline) if apart else self.processing.process(envelope.text)
        if time.monotonic() >= deadline:
            # Its message has been given back. After its last receive that makes a dead letter: no record besides.
            return retried(Reason.OUT_OF_TIME)
        return STORED if rows.put(record_of(envelope, redacted), message_id=message.message_id) else DUPLICATE

    def _process_isolated(self, text: str, deadline: float) -> Redacted:
        # A child that outlived the invocation would sleep with it, and wake up within the next.
        available = deadline - time.monotonic() - SECONDS_TO_KILL
        return self.isolation.process(text, timeout_seconds=min(available, self.processing.longest_seconds_for(text)))

    def _longest_seconds_for(self, message: Message) -> float:
        return self.processing.longest_seconds_for(message.envelope.text if message.envelope else "")

    def _give_up(self, message: Message, reason: Reason) -> Outcome:
        try:
            self.dead_letters.keep(message, reason=reason)
        except QueueUnavailable as error:
            return retried(Reason.QUEUE_UNAVAILABLE, str(error))
        return dead_lettered(reason)

    def _delete(self, message: Message) -> None:
        try:
            self.queue.delete(message)
        except QueueUnavailable as error:
            code, cause = Reason.QUEUE_UNAVAILABLE, str(error)
            record_event("not_deleted", code=code, cause=cause, message_id=message.message_id, level=logging.WARNING)

    def _delay(self, failed: Sequence[Message]) -> None:
        if not failed:
            return
        delays = {
            message: retry_delay_seconds(base_seconds=self.retry_delay_seconds, receive_count=message.receive_count)
            for message in failed
        }
        try:
            self.queue.delay(delays)
        except QueueUnavailable as error:
            record_event("not_delayed", code=Reason.QUEUE_UNAVAILABLE, cause=str(error), level=logging.WARNING)


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
    options = ProcessingOptions(
        seconds_per_char=environment.processing_seconds_per_char,
        kinds=environment.kinds(),
        chaos=environment.chaos,
    )
    return Worker(
        queue=ingest_queue(environment.ingest_queue_url),
        dead_letters=dead_letter_queue(environment.dead_letter_queue_url),
        table=log_table(
            environment.table_name,
            tenant_role_arn=environment.tenant_role_arn,
            keep_original_text=environment.keep_original_text,
            retention_days=environment.record_retention_days,
        ),
        processing=processing_of(options),
        isolation=ProcessIsolation(options, environment=environment_without_credentials()),
        retry_delay_seconds=environment.retry_delay_seconds,
    )
