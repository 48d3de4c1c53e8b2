"""Settlement: what happens at SQS to a message that was not simply stored."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from handlers.aws.backoff import outage_delay_seconds, retry_delay_seconds
from handlers.aws.event_log import record_event
from handlers.aws.failures import CallFailed, QueueUnavailable
from handlers.aws.message import Message
from handlers.aws.queues import DeadLetterQueue, IngestQueue
from handlers.logs.outcome import Outcome, Reason, dead_lettered, postponed, retried


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Keeps, postpones, delays and deletes messages.

    Attributes:
        queue: where the messages come from.
        dead_letters: where messages go that can never work.
        retry_delay_seconds: how long the first failure waits.
        jitter: returns a number from 0 to 1, a new one each time.
    """

    queue: IngestQueue
    dead_letters: DeadLetterQueue
    retry_delay_seconds: int
    jitter: Callable[[], float]

    def give_up(self, message: Message, reason: Reason) -> Outcome:
        """Make a message that can never work a dead letter, at once."""
        try:
            self.dead_letters.keep(message, reason=reason)
        except QueueUnavailable as error:
            return retried(Reason.QUEUE_UNAVAILABLE, str(error))
        return dead_lettered(reason)

    def postpone(self, message: Message, outage: CallFailed) -> Outcome:
        """Send a message again that met an outage, so that the outage uses up none of its receives.

        The new one is sent before this one is deleted. If the process dies in between, there are two of them: one is
        stored, and the other is a duplicate.
        """
        delay_seconds = outage_delay_seconds(postponements=message.postponements, jitter=self.jitter())
        try:
            self.queue.send_again(message, delay_seconds=delay_seconds)
        except QueueUnavailable as error:
            return retried(Reason.QUEUE_UNAVAILABLE, str(error))
        return postponed(outage.reason, str(outage))

    def delete(self, message: Message) -> None:
        """Delete a message now, not only when Lambda does it after the batch."""
        try:
            self.queue.delete(message)
        except QueueUnavailable as error:
            code, cause = Reason.QUEUE_UNAVAILABLE, str(error)
            record_event("not_deleted", code=code, cause=cause, message_id=message.message_id, level=logging.WARNING)

    def delay(self, failed: Sequence[Message]) -> None:
        """Make failed messages visible again after a delay that grows with each of their failures."""
        if not failed:
            return
        base = self.retry_delay_seconds
        delays = {m: retry_delay_seconds(base_seconds=base, receive_count=m.receive_count) for m in failed}
        try:
            self.queue.delay(delays)
        except QueueUnavailable as error:
            record_event("not_delayed", code=Reason.QUEUE_UNAVAILABLE, cause=str(error), level=logging.WARNING)
