"""The message: an SQS message as Lambda hands it to the worker."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.logs.envelope import Envelope, NotAnEnvelope


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Message:
    """One received SQS message.

    Attributes:
        message_id: SQS's id; the same at every delivery.
        accepted_as: the message id that its 202 named; another one where the message was redriven since.
        receipt_handle: what this one delivery is deleted or delayed by.
        body: as it was sent.
        envelope: what the body says; None where it is not an envelope.
        receive_count: how often it was received, this time included.
        group_id: its message group; None where it was sent without one.
    """

    message_id: str
    accepted_as: str
    receipt_handle: str
    body: str
    envelope: Envelope | None
    receive_count: int
    group_id: str | None

    @classmethod
    def from_event_record(cls, record: Mapping[str, Any]) -> "Message":
        """Return the message of one entry of a Lambda event's `Records`."""
        attributes = record["attributes"]
        named = (record.get("messageAttributes") or {}).get("message_id", {})
        return cls(
            message_id=record["messageId"],
            accepted_as=named.get("stringValue", record["messageId"]),
            receipt_handle=record["receiptHandle"],
            body=record["body"],
            envelope=_envelope_in(record["body"]),
            receive_count=int(attributes["ApproximateReceiveCount"]),
            group_id=attributes.get("MessageGroupId"),
        )

    def read_envelope(self) -> Envelope:
        """Return the envelope in the body.

        Raises:
            NotAnEnvelope: there is none.
        """
        if self.envelope is None:
            raise NotAnEnvelope
        return self.envelope


def _envelope_in(body: str) -> Envelope | None:
    try:
        return Envelope.from_message(body)
    except NotAnEnvelope:
        return None
