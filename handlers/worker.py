"""Worker: turns the messages of a batch into records, concurrently, and decides what happens to those that fail."""

import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Protocol

from handlers.aws.context import Context, remaining_seconds
from handlers.aws.event_log import record_outcome
from handlers.aws.failures import CallFailed
from handlers.aws.fingerprint_keys import fingerprint_keys
from handlers.aws.log_store import Conflict, LogStore
from handlers.aws.log_table import log_table
from handlers.aws.message import Message
from handlers.aws.queues import dead_letter_queue, ingest_queue
from handlers.aws.settlement import Settlement
from handlers.environment import WorkerEnvironment, environment_without_credentials, memory_mb
from handlers.logs.clock import SYSTEM_CLOCK, Clock
from handlers.logs.envelope import Envelope, NotAnEnvelope
from handlers.logs.outcome import DUPLICATE, Event, Outcome, Reason, retried, stored_as
from handlers.logs.processed_log import ProcessedLog
from handlers.logs.record import RecordPolicy
from handlers.processing.concurrency import run_concurrently
from handlers.processing.isolation import Isolation, ProcessingFailed, ProcessIsolation, child_memory_bytes
from handlers.processing.simulation import Processing, ProcessingOptions, processing_of

# Reserved for reporting when processing runs out of time: a share of the invocation's time, up to a bound.
RESERVED_SHARE = 0.2
LONGEST_RESERVE_SECONDS = 5.0
SECONDS_TO_KILL = 0.5


def handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Process one SQS batch and return the messages that have to come back (`batchItemFailures`).

    Guarantees: a message that is not reported back has exactly one record, or is in the dead-letter queue, or a copy
    of it waits in the ingest queue for an outage to end.
    """
    messages = [Message.from_event_record(record) for record in event["Records"]]
    failed = worker().process_batch(messages, seconds=remaining_seconds(context))
    return {"batchItemFailures": [{"itemIdentifier": message.sqs_message_id} for message in failed]}


class OutOfTime(Exception):
    """The invocation has too little time left for this message."""


class RunConcurrently(Protocol):
    """Calls a function with every item concurrently, within one time limit."""

    def __call__(
        self, function: Callable[[Message], Outcome], items: Sequence[Message], *, timeout_seconds: float
    ) -> list[Future[Outcome]]:
        """Return the futures in the order of the items; one that is not done belongs to a call that hangs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What the messages of one batch share.

    Attributes:
        deadline: when the batch is reported, on the worker's clock; what is not done by then comes back.
        isolated: whether each text is processed in a process of its own.
    """

    deadline: float
    isolated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Processes batches.

    Attributes:
        settlement: what happens to a message that was not simply stored.
        logs: where records go.
        processing: what is done to a text, in this process.
        isolation: the same, in a process that may crash without harm to other messages.
        has_processor: whether the stack brings code of its own, which runs in such processes only.
        run_concurrently: how the messages of a batch are processed at once.
        clock: what deadlines are measured with.
    """

    settlement: Settlement
    logs: LogStore
    processing: Processing
    isolation: Isolation
    has_processor: bool
    run_concurrently: RunConcurrently
    clock: Clock

    def process_batch(self, messages: Sequence[Message], *, seconds: float) -> list[Message]:
        """Process every message and return those that have to come back.

        Args:
            messages: one batch.
            seconds: how long all of it may take; what is not done by then comes back.
        """
        run = self._run(messages, seconds)
        futures = self.run_concurrently(
            partial(self.process_message, run=run), messages, timeout_seconds=run.deadline - self.clock.monotonic()
        )
        outcomes = [_outcome(future) for future in futures]
        for message, outcome in zip(messages, outcomes, strict=True):
            record_outcome(message, outcome)
        failed = [m for m, outcome in zip(messages, outcomes, strict=True) if outcome.event is Event.RETRIED]
        self.settlement.delay(failed)
        return failed

    def process_message(self, message: Message, *, run: Run) -> Outcome:
        """Store the log of one message, or return what happened instead; every kind of failure is handled here."""
        try:
            outcome = self.store(message, run)
        except NotAnEnvelope:
            outcome = self.settlement.give_up(message, Reason.NOT_AN_ENVELOPE)
        except Conflict:
            outcome = self.settlement.give_up(message, Reason.CONFLICT)
        except CallFailed as error:
            if error.is_outage:
                outcome = self.settlement.postpone(message, error)
            else:
                outcome = retried(Reason.NOT_STORABLE, str(error))
        except ProcessingFailed as error:
            outcome = retried(Reason.PROCESSING_FAILED, str(error))
        except OutOfTime:
            outcome = retried(Reason.OUT_OF_TIME)
        # Lambda deletes finished messages after the whole batch, unless the process dies first. Then a message that was
        # sent elsewhere would exist twice, and one stored at its last receive would become a dead letter.
        sent_elsewhere = outcome.event in {Event.DEAD_LETTERED, Event.POSTPONED}
        if sent_elsewhere or (run.isolated and outcome.event is not Event.RETRIED):
            self.settlement.delete(message)
        return outcome

    def store(self, message: Message, run: Run) -> Outcome:
        """Process the log of one message and store its record.

        Raises:
            NotAnEnvelope: there is no log in the message.
            Conflict: its id holds another log.
            OutOfTime: it would be stored after the batch was reported.
            CallFailed: STS, KMS or DynamoDB did not do what was asked.
            ProcessingFailed: its text cannot be processed.
        """
        envelope = message.read_envelope()
        available = run.deadline - self.clock.monotonic()
        if self.processing.seconds_for(envelope.text) > available:
            raise OutOfTime
        # Checked before the slow work, which an outage or a conflict would waste.
        place = self.logs.place_of(envelope, lasting_seconds=available)
        if place.is_taken(came_before=message.receive_count > 1 or message.was_sent_before):
            return DUPLICATE
        logs = self._process(envelope, run)
        if self.clock.monotonic() >= run.deadline:
            # The message was already reported as failed. After its last receive it becomes a dead letter, which must
            # have no record.
            raise OutOfTime
        return stored_as(len(logs)) if place.put(logs, message_id=message.message_id) else DUPLICATE

    def _run(self, messages: Sequence[Message], seconds: float) -> Run:
        available = seconds - min(seconds * RESERVED_SHARE, LONGEST_RESERVE_SECONDS)
        texts = [message.envelope.text if message.envelope else "" for message in messages]
        longest = max(map(self.processing.longest_seconds_for, texts), default=0)
        return Run(
            deadline=self.clock.monotonic() + min(available, longest),
            # Something failed before, and may have ended the whole process. With isolation every message of this batch
            # gets an outcome of its own, and none fails because of another.
            isolated=any(message.receive_count > 1 for message in messages),
        )

    def _process(self, envelope: Envelope, run: Run) -> Sequence[ProcessedLog]:
        # A processor would see a part without the rest of its log.
        if self.has_processor and envelope.parts == 1:
            return self.isolation.process_envelope(envelope, timeout_seconds=self._timeout_seconds(envelope, run))
        text, fields = envelope.text, envelope.fields_to_redact()
        if run.isolated:
            redacted = self.isolation.process(text, fields, timeout_seconds=self._timeout_seconds(envelope, run))
        else:
            redacted = self.processing.process(text, fields)
        return [ProcessedLog(redacted, envelope.timestamp)]

    def _timeout_seconds(self, envelope: Envelope, run: Run) -> float:
        # A child that outlived the invocation would be frozen with it, and wake up within the next.
        available = run.deadline - self.clock.monotonic() - SECONDS_TO_KILL
        return min(available, self.processing.longest_seconds_for(envelope.text))


def _outcome(future: Future[Outcome]) -> Outcome:
    if not future.done():
        return retried(Reason.OUT_OF_TIME)
    error = future.exception()
    return future.result() if error is None else retried(Reason.PROCESSING_FAILED, type(error).__name__)


@lru_cache
def worker() -> Worker:
    """Return this process's worker, as its environment configures it."""
    environment = WorkerEnvironment.read()
    options = ProcessingOptions(
        seconds_per_char=environment.processing_seconds_per_char,
        kinds=environment.kinds(),
        chaos=environment.chaos,
        processor=environment.processor,
    )
    return Worker(
        settlement=Settlement(
            queue=ingest_queue(environment.ingest_queue_url),
            dead_letters=dead_letter_queue(environment.dead_letter_queue_url),
            retry_delay_seconds=environment.retry_delay_seconds,
            jitter=random.random,
        ),
        logs=LogStore(
            table=log_table(environment.table_name, tenant_role_arn=environment.tenant_role_arn),
            policy=RecordPolicy(
                keep_original_text=environment.keep_original_text, retention_days=environment.record_retention_days
            ),
            keys=fingerprint_keys(environment.fingerprint_key_ids),
        ),
        processing=processing_of(options),
        isolation=ProcessIsolation(
            options,
            environment=environment_without_credentials(),
            child_memory_bytes=child_memory_bytes(memory_mb=memory_mb(), batch_size=environment.batch_size),
        ),
        has_processor=bool(environment.processor),
        run_concurrently=run_concurrently,
        clock=SYSTEM_CLOCK,
    )
