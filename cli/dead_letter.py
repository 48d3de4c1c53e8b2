"""The dead letter: a message that could not be processed, read so that people can choose among many."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from handlers.logs.envelope import Envelope, NotAnEnvelope
from handlers.logs.outcome import Reason
from handlers.logs.record import sort_key

if TYPE_CHECKING:
    from collections.abc import Mapping

FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One message of the dead-letter queue.

    Attributes:
        message_id: SQS's own id of it.
        accepted_id: the message id that its sender was told with the 202, where the pipeline has kept it.
        receipt_handle: what this one receipt is given back or deleted by.
        body: as it was sent.
        envelope: what the body says; None where it is not an envelope.
        group_id: its message group, which is its tenant; None where it was sent without one.
        reason: the pipeline's own, or `failed 3 times` where SQS moved it.
        sent_at: when it was sent: to the ingest queue where SQS moved it, else to the dead-letter queue.
    """

    message_id: str
    accepted_id: str
    receipt_handle: str
    body: str
    envelope: Envelope | None
    group_id: str | None
    reason: str
    sent_at: datetime

    @classmethod
    def from_message(cls, message: Mapping[str, Any], *, max_receives: int | None) -> DeadLetter:
        """Return the dead letter that SQS handed out as this message.

        Args:
            message: an entry of `Messages`, with all its attributes.
            max_receives: after how many failures SQS moves a message. The message's own count says less: it grows
                with every look at it.
        """
        told = {name: str(value.get("StringValue", "")) for name, value in message.get("MessageAttributes", {}).items()}
        system = message.get("Attributes", {})
        return cls(
            message_id=message["MessageId"],
            accepted_id=told.get("message_id") or message["MessageId"],
            receipt_handle=message["ReceiptHandle"],
            body=message["Body"],
            envelope=_envelope_in(message["Body"]),
            group_id=system.get("MessageGroupId"),
            reason=told.get("reason") or (f"{FAILED} {max_receives} times" if max_receives else FAILED),
            sent_at=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1000, UTC),
        )

    @property
    def tenant_id(self) -> str | None:
        """Whose it is."""
        return self.envelope.tenant_id if self.envelope else self.group_id

    @property
    def name(self) -> str | None:
        """Its log id, with the part where there are several, as in the table; None where it is not an envelope."""
        return sort_key(self.envelope) if self.envelope else None

    @property
    def text(self) -> str:
        """What the log says; the whole body where it is not an envelope."""
        return self.envelope.text if self.envelope else self.body

    @property
    def may_be_redriven(self) -> bool:
        """Whether a worker could do anything else with it than give it up again."""
        return self.envelope is not None and self.reason != Reason.NOT_AN_ENVELOPE

    @property
    def content(self) -> str:
        """What makes two messages one log, as a digest: of those alike in it, the worker stores only the first."""
        if self.envelope is None:
            return self.message_id
        # In ASCII escapes, so that no text is beyond UTF-8; `received_at` differs where a client sent twice.
        said = self.envelope.model_dump_json(exclude={"received_at", "source"}, ensure_ascii=True)
        return hashlib.sha256(said.encode()).hexdigest()

    def fits(self, *, tenant_id: str | None, reason: str | None) -> bool:
        """Return whether it is of this tenant and reason; None stands for any, `failed` for any number of times."""
        if tenant_id is not None and self.tenant_id != tenant_id:
            return False
        return reason is None or reason in (self.reason, self.reason.split(" ")[0])

    def as_json(self) -> dict[str, Any]:
        """Return all of it, for machines."""
        shown: dict[str, Any] = {
            "id": self.accepted_id,
            "message_id": self.message_id,
            "tenant_id": self.tenant_id,
            "reason": self.reason,
            "sent_at": self.sent_at.isoformat(),
        }
        if self.envelope is None:
            return shown | {"body": self.body}
        return shown | self.envelope.model_dump(exclude={"version", "tenant_id"})


def _envelope_in(body: str) -> Envelope | None:
    try:
        return Envelope.from_message(body)
    except NotAnEnvelope:
        return None
