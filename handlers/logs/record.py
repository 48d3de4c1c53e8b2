"""The record: one envelope after its processing, as the table keeps it and the read API shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from handlers.logs.clock import SYSTEM_CLOCK, Clock, timestamp
from handlers.logs.envelope import Envelope, fingerprint
from handlers.redaction import Redacted


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is stored of one envelope.

    Attributes:
        tenant_id: whose log it is.
        log_id: the log's name within its tenant.
        source: the shape it arrived in.
        modified_data: the text, redacted.
        processed_at: ISO 8601 with offset, to the microsecond.
        received_at: when the request arrived, in the same form.
        message_id: the id that the 202 named.
        content_sha256: hex digest of the original text; tells a duplicate from a conflict.
        redactions: how many of each kind were replaced.
        part: which part of the log this is, from 1.
        parts: how many parts the log has.
        whole_sha256: hex digest of the log's whole text; None where it has one part.
        original_text: what came in; None where the stack does not keep it.
        expires_at: when the table may drop the record, in seconds since 1970; None where it keeps it for good.
    """

    tenant_id: str
    log_id: str
    source: str
    modified_data: str
    processed_at: str
    received_at: str
    message_id: str
    content_sha256: str
    redactions: Mapping[str, int]
    part: int = 1
    parts: int = 1
    whole_sha256: str | None = None
    original_text: str | None = None
    expires_at: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the record as the read API shows it."""
        shown: dict[str, Any] = {
            "path": f"tenants/{self.tenant_id}/processed_logs/{self.log_id}",
            "tenant_id": self.tenant_id,
            "log_id": self.log_id,
            "source": self.source,
            "modified_data": self.modified_data,
            "processed_at": self.processed_at,
            "received_at": self.received_at,
            "message_id": self.message_id,
            "content_sha256": self.content_sha256,
            "redactions": dict(self.redactions),
            "part": self.part,
            "parts": self.parts,
        }
        optional = {"whole_sha256": self.whole_sha256, "original_text": self.original_text}
        return shown | {name: value for name, value in optional.items() if value is not None}


def sort_key(log: Envelope | Record) -> str:
    """Return the key within its tenant: the log id, for a part `<log_id>#00001` …, which sort as the text does."""
    return log.log_id if log.parts == 1 else f"{log.log_id}#{log.part:05d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPolicy:
    """What is kept of a log, and for how long.

    Attributes:
        keep_original_text: whether a record holds what came in.
        retention_days: days until a record expires; 0 keeps it for good.
        clock: when it is processed.
    """

    keep_original_text: bool
    retention_days: int
    clock: Clock = SYSTEM_CLOCK

    def record_of(self, envelope: Envelope, redacted: Redacted, *, message_id: str) -> Record:
        """Return the record of an envelope whose text was redacted."""
        return Record(
            tenant_id=envelope.tenant_id,
            log_id=envelope.log_id,
            source=envelope.source,
            original_text=envelope.text if self.keep_original_text else None,
            modified_data=redacted.text,
            processed_at=timestamp(self.clock),
            received_at=envelope.received_at,
            message_id=message_id,
            content_sha256=fingerprint(envelope.text),
            redactions=redacted.counts,
            part=envelope.part,
            parts=envelope.parts,
            whole_sha256=envelope.whole_sha256,
            expires_at=self._expiry(),
        )

    def _expiry(self) -> int | None:
        if not self.retention_days:
            return None
        return int((self.clock.now() + timedelta(days=self.retention_days)).timestamp())
