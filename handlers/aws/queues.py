"""The queues: where envelopes wait for a worker, and where messages are kept for people."""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from handlers.aws.batch_sender import Answer, BatchSender, NotSent, Sent
from handlers.aws.clients import client
from handlers.aws.failures import AWS_ERRORS, QueueUnavailable
from handlers.aws.message import MESSAGE_ID, POSTPONEMENTS, Message
from handlers.logs.identifiers import dead_letter_id
from handlers.logs.plain_log import Sendable

_DEPTH = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class _Queue:
    """One SQS queue.

    Args:
        sqs: a boto3 SQS client.
        url: the queue's URL.
    """

    def __init__(self, sqs: Any, url: str) -> None:
        self._sqs = sqs
        self._url = url

    def _call(self, operation: str, **arguments: object) -> Any:
        try:
            return getattr(self._sqs, operation)(QueueUrl=self._url, **arguments)
        except AWS_ERRORS as error:
            raise QueueUnavailable.of(error) from error

    def _send(self, message: Message, attributes: Mapping[str, str], **delay: int) -> None:
        group = {"MessageGroupId": message.group_id} if message.group_id else {}
        self._call(
            "send_message",
            MessageBody=message.body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
            **group,
            **delay,
        )


class IngestQueue(_Queue):
    """Sends envelopes, and settles the messages that were received."""

    def send(self, envelope: Sendable) -> str:
        """Return the message id under which SQS has stored the envelope.

        The tenant is the message group: while one tenant floods the queue, SQS serves the others first
        ("Amazon SQS fair queues").

        Raises:
            QueueUnavailable: SQS did not confirm it.
        """
        answer = self._call("send_message", MessageBody=envelope.to_message(), MessageGroupId=envelope.tenant_id)
        return str(answer["MessageId"])

    def send_all(self, envelopes: Sequence[Sendable], *, timeout_seconds: float) -> list[Answer]:
        """Return what happened to each envelope, in the envelopes' order.

        Full batches are sent concurrently, and what SQS refuses is sent again, while there is time.
        """
        if len(envelopes) == 1 and timeout_seconds > 0:
            return [self._send_one(envelopes[0])]
        return BatchSender(partial(self._call, "send_message_batch")).send(envelopes, timeout_seconds=timeout_seconds)

    def _send_one(self, envelope: Sendable) -> Answer:
        try:
            return Sent(self.send(envelope))
        except QueueUnavailable as error:
            return NotSent(str(error))

    def depth(self) -> int:
        """Return about how many messages the queue holds: visible, in flight and delayed.

        Raises:
            QueueUnavailable: SQS did not say.
        """
        return sum(map(int, self._call("get_queue_attributes", AttributeNames=_DEPTH)["Attributes"].values()))

    def send_again(self, message: Message, *, delay_seconds: int) -> None:
        """Send a received message again, as a new one that carries the id of its 202 and starts with no receives.

        Raises:
            QueueUnavailable: SQS did not confirm it.
        """
        attributes = {MESSAGE_ID: message.message_id, POSTPONEMENTS: str(message.postponements + 1)}
        self._send(message, attributes, DelaySeconds=delay_seconds)

    def delete(self, message: Message) -> None:
        """Delete a message from the queue.

        Raises:
            QueueUnavailable: SQS did not confirm it.
        """
        self._call("delete_message", ReceiptHandle=message.receipt_handle)

    def delay(self, delays: Mapping[Message, int]) -> None:
        """Make each of at most ten received messages visible again after its delay in seconds, in one call.

        Raises:
            QueueUnavailable: SQS refused one of them; it comes back after the queue's visibility timeout.
        """
        entries = [
            {"Id": str(index), "ReceiptHandle": message.receipt_handle, "VisibilityTimeout": seconds}
            for index, (message, seconds) in enumerate(delays.items())
        ]
        answer = self._call("change_message_visibility_batch", Entries=entries)
        if answer.get("Failed"):
            raise QueueUnavailable(answer["Failed"][0]["Code"])


class DeadLetterQueue(_Queue):
    """Keeps messages that can never work."""

    def keep(self, message: Message, *, reason: str) -> None:
        """Keep a message's body as it is, with the attributes `reason`, `message_id` and `dead_letter_id`.

        A message that is kept twice has the same `dead_letter_id` both times.

        Raises:
            QueueUnavailable: SQS did not confirm it.
        """
        self._send(
            message,
            {
                "reason": reason,
                MESSAGE_ID: message.message_id,
                "dead_letter_id": dead_letter_id(message_id=message.message_id, body=message.body),
            },
        )


@lru_cache
def ingest_queue(url: str) -> IngestQueue:
    """Return this process's ingest queue."""
    return IngestQueue(client("sqs"), url)


@lru_cache
def dead_letter_queue(url: str) -> DeadLetterQueue:
    """Return this process's dead-letter queue."""
    return DeadLetterQueue(client("sqs"), url)
