"""The message: an SQS message as Lambda hands it to the worker."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.logs.envelope import Envelope, NotAnEnvelope

MESSAGE_ID = "message_id"
POSTPONEMENTS = "postponements"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Message:
    """One received SQS message.

    Attributes:
        message_id: the id in its 202; it stays the same when the message is sent again or redriven.
        sqs_message_id: SQS's own id, the same at every delivery; another one for each time the message was sent.
        receipt_handle: identifies this delivery when it is deleted or delayed.
        body: as it was sent.
        envelope: what the body says; None where it is not an envelope.
        receive_count: how often it was received since it was last sent, this time included.
        postponements: how often it was sent again because of an outage.
        group_id: its message group; None where it was sent without one.
    """

    message_id: str
    sqs_message_id: str
    receipt_handle: str
    body: str
    envelope: Envelope | None
    receive_count: int
    postponements: int
    group_id: str | None

    @classmethod
    def from_event_record(cls, record: Mapping[str, Any]) -> "Message":
        """Return the message of one entry of a Lambda event's `Records`."""
        attributes = record["attributes"]
        sent = {name: value.get("stringValue") for name, value in (record.get("messageAttributes") or {}).items()}
        return cls(
            message_id=sent.get(MESSAGE_ID) or record["messageId"],
            sqs_message_id=record["messageId"],
            receipt_handle=record["receiptHandle"],
            body=record["body"],
            envelope=_envelope_in(record["body"]),
            receive_count=int(attributes["ApproximateReceiveCount"]),
            postponements=_count(sent.get(POSTPONEMENTS)),
            group_id=attributes.get("MessageGroupId"),
        )

    @property
    def was_sent_before(self) -> bool:
        """Whether this is a copy of an earlier message: sent again, or redriven."""
        return self.message_id != self.sqs_message_id

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


def _count(written: str | None) -> int:
    # Whatever the sender put there, the message must be readable.
    return int(written) if written and re.fullmatch(r"[0-9]{1,9}", written) else 0
