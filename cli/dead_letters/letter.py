"""The dead letter: a message that could not be processed, read so that people can choose among many."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from handlers.logs.envelope import Envelope, NotAnEnvelope
from handlers.logs.identifiers import dead_letter_id
from handlers.logs.outcome import Reason
from handlers.logs.record import sort_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One message of the dead-letter queue.

    Attributes:
        message_id: the id that SQS gave it in the dead-letter queue.
        accepted_id: the message id of its 202, where the pipeline has kept it; else `message_id`.
        body: as it was sent.
        envelope: the body, parsed; None if it is not an envelope.
        group_id: its message group, which is its tenant; None if it was sent without one.
        reason: the worker's reason, or `failed 3 times` if SQS moved it.
        sent_at: when it was sent: to the ingest queue if SQS moved it, else to the dead-letter queue.
    """

    message_id: str
    accepted_id: str
    body: str
    envelope: Envelope | None
    group_id: str | None
    reason: str
    sent_at: datetime

    @classmethod
    def from_message(cls, message: Mapping[str, Any], *, max_receives: int | None) -> DeadLetter:
        """Return the dead letter in an SQS message.

        Args:
            message: an entry of `Messages`, with all its attributes.
            max_receives: after how many failures SQS moves a message. The message's own receive count is no help: it
                also grows every time somebody reads the dead letter.
        """
        custom = {
            name: str(value.get("StringValue", "")) for name, value in message.get("MessageAttributes", {}).items()
        }
        system = message.get("Attributes", {})
        return cls(
            message_id=message["MessageId"],
            accepted_id=custom.get("message_id") or message["MessageId"],
            body=message["Body"],
            envelope=_envelope_in(message["Body"]),
            group_id=system.get("MessageGroupId"),
            reason=custom.get("reason") or (f"{FAILED} {max_receives} times" if max_receives else FAILED),
            sent_at=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1000, UTC),
        )

    @property
    def tenant_id(self) -> str | None:
        """The tenant that it belongs to."""
        return self.envelope.tenant_id if self.envelope else self.group_id

    @property
    def sort_key(self) -> str | None:
        """Its key in the table: the log id, with the part if there are several; None if it is not an envelope."""
        return sort_key(self.envelope) if self.envelope else None

    @property
    def text(self) -> str:
        """The text of its log; the whole body if it is not an envelope."""
        return self.envelope.text if self.envelope else self.body

    @property
    def may_succeed(self) -> bool:
        """Whether a worker might store it; otherwise it would only become a dead letter again."""
        return self.envelope is not None and self.reason != Reason.NOT_AN_ENVELOPE

    @property
    def dead_letter_id(self) -> str:
        """The id that all its copies share, whether SQS moved them or a worker of any version kept them."""
        return dead_letter_id(message_id=self.accepted_id, body=self.body)

    @property
    def content(self) -> str:
        """A digest that two dead letters share if a worker stores them as one log, or if they were the same message."""
        if self.envelope is None:
            return self.dead_letter_id
        # `received_at` differs when a client sent twice. ASCII escapes, because lone surrogates have no UTF-8.
        same = self.envelope.model_dump_json(exclude={"received_at", "source"}, ensure_ascii=True)
        return hashlib.sha256(same.encode()).hexdigest()

    def matches(self, *, tenant_id: str | None, reason: str | None) -> bool:
        """Return whether it has this tenant and reason; None matches all, `failed` matches `failed 3 times`."""
        if tenant_id is not None and self.tenant_id != tenant_id:
            return False
        return reason is None or reason in (self.reason, self.reason.split(" ")[0])

    def as_json(self) -> dict[str, Any]:
        """Return it for machines."""
        shown: dict[str, Any] = {
            "id": self.accepted_id,
            "message_id": self.message_id,
            "tenant_id": self.tenant_id,
            "reason": self.reason,
            "sent_at": self.sent_at.isoformat(),
        }
        if self.envelope is None:
            return shown | {"body": self.body}
        return shown | self.envelope.model_dump(exclude={"version", "tenant_id"}, exclude_none=True)


def grouped_copies(letters: Iterable[DeadLetter], limit: int) -> list[list[DeadLetter]]:
    """Return each dead letter as the list of its copies, oldest first; copies that a worker kept come first.

    Args:
        letters: messages of the dead-letter queue, in any order.
        limit: how many dead letters to read at most.
    """
    found: dict[str, list[DeadLetter]] = {}
    for letter in letters:
        found.setdefault(letter.dead_letter_id, []).append(letter)
        if len(found) > limit:
            del found[letter.dead_letter_id]
            break
    for copies in found.values():
        copies.sort(key=lambda letter: (letter.reason.startswith(FAILED), letter.sent_at))
    return sorted(found.values(), key=lambda copies: copies[0].sent_at)


def _envelope_in(body: str) -> Envelope | None:
    try:
        return Envelope.from_message(body)
    except NotAnEnvelope:
        return None
