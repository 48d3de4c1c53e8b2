"""The record: one envelope after its processing, as the table keeps it and the read API shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import JsonValue

from handlers.logs.clock import SYSTEM_CLOCK, Clock, timestamp
from handlers.logs.envelope import Envelope
from handlers.logs.processed_log import ProcessedLog

ORIGINALS = ("original_text", "original_attributes")
"""What only those may see who may see originals."""

OPTIONAL = ("timestamp", "severity", "attributes", *ORIGINALS)
"""What the read API leaves out of a record that does not have it."""

# A part may wait in the queue and then as a dead letter, and be redriven, long after the first part was stored.
CLAIM_EXTRA_DAYS = 30


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
        message_id: the id in the 202.
        redactions: how many of each kind were replaced, in text, severity and attributes.
        part: which part of the log this is, from 1.
        parts: how many parts the log has.
        fingerprint: distinguishes a duplicate from a conflict; None in records that an earlier version stored.
        whole_sha256: plain digest of the log's whole text, in parts that an earlier version stored.
        original_text: what came in; None where the stack does not keep it.
        timestamp: when it happened, ISO 8601 with offset; None if its source did not say.
        severity: how serious it is: `number` and `text`, redacted; None if its source did not say.
        attributes: what else its source said, redacted; None if it said nothing.
        original_attributes: the attributes as they came in; None if the stack does not keep them.
        expires_at: when the table may drop the record, in seconds since 1970; None where it keeps it for good.
    """

    tenant_id: str
    log_id: str
    source: str
    modified_data: str
    processed_at: str
    received_at: str
    message_id: str
    redactions: Mapping[str, int]
    part: int = 1
    parts: int = 1
    fingerprint: str | None = None
    whole_sha256: str | None = None
    original_text: str | None = None
    timestamp: str | None = None
    severity: Mapping[str, int | str] | None = None
    attributes: Mapping[str, JsonValue] | None = None
    original_attributes: Mapping[str, JsonValue] | None = None
    expires_at: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the record as the read API shows it, without fingerprints."""
        shown: dict[str, Any] = {
            "path": f"tenants/{self.tenant_id}/processed_logs/{self.log_id}",
            "tenant_id": self.tenant_id,
            "log_id": self.log_id,
            "source": self.source,
            "modified_data": self.modified_data,
            "processed_at": self.processed_at,
            "received_at": self.received_at,
            "message_id": self.message_id,
            "redactions": dict(self.redactions),
            "part": self.part,
            "parts": self.parts,
        }
        return shown | {name: value for name in OPTIONAL if (value := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Says that a log id is taken by a log in parts; stored under the bare id, before the first of them.

    Attributes:
        tenant_id: whose log it is.
        log_id: the log's name within its tenant.
        parts: how many parts the log has.
        fingerprint: distinguishes the log from any other.
        expires_at: when the table may drop the claim, in seconds since 1970; None where it keeps it for good.
    """

    tenant_id: str
    log_id: str
    parts: int
    fingerprint: str
    expires_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stub:
    """Says what a processor made of a log that has no record of its own; stored under its id, without its text.

    Attributes:
        tenant_id: whose log it is.
        log_id: the log's name within its tenant.
        pieces: how many records it was split into, `<log_id>.1` and so on; 0 if it was dropped.
        processed_at: ISO 8601 with offset, to the microsecond.
        received_at: when the request arrived, in the same form.
        message_id: the id in the 202.
        fingerprint: distinguishes the log from any other.
        expires_at: when the table may drop the row, in seconds since 1970; None where it keeps it for good.
    """

    tenant_id: str
    log_id: str
    pieces: int
    processed_at: str
    received_at: str
    message_id: str
    fingerprint: str
    expires_at: int | None


def sort_key(log: Envelope | Record) -> str:
    """Return the key within its tenant: the log id, or `<log_id>#00001` … for parts, which sort in their order."""
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

    def record_of(
        self, envelope: Envelope, log: ProcessedLog, *, message_id: str, fingerprint: str, piece: int = 0
    ) -> Record:
        """Return the record of an envelope that was processed.

        Args:
            envelope: what came in.
            log: what became of it.
            message_id: the id in the 202.
            fingerprint: of what came in.
            piece: which of several logs that it was split into, from 1; the first one keeps the original of all. 0 if
                it is still one log.
        """
        redacted = log.redacted
        fields = redacted.attributes or {}
        keep_original = self.keep_original_text and piece <= 1
        return Record(
            tenant_id=envelope.tenant_id,
            log_id=f"{envelope.log_id}.{piece}" if piece else envelope.log_id,
            source=envelope.source,
            original_text=envelope.text if keep_original else None,
            timestamp=log.timestamp,
            severity=fields.get("severity"),
            attributes=fields.get("attributes"),
            original_attributes=envelope.attributes if keep_original else None,
            modified_data=redacted.text,
            processed_at=timestamp(self.clock),
            received_at=envelope.received_at,
            message_id=message_id,
            redactions=redacted.counts,
            part=envelope.part,
            parts=envelope.parts,
            fingerprint=fingerprint,
            expires_at=self._expiry(),
        )

    def claim_of(self, envelope: Envelope, *, fingerprint: str) -> Claim:
        """Return the claim of a part's log; it outlives every part that is stored within the next weeks."""
        return Claim(
            tenant_id=envelope.tenant_id,
            log_id=envelope.log_id,
            parts=envelope.parts,
            fingerprint=fingerprint,
            expires_at=self._expiry(extra_days=CLAIM_EXTRA_DAYS),
        )

    def stub_of(self, envelope: Envelope, *, pieces: int, message_id: str, fingerprint: str) -> Stub:
        """Return the row of a log that was dropped, or split into so many pieces."""
        return Stub(
            tenant_id=envelope.tenant_id,
            log_id=envelope.log_id,
            pieces=pieces,
            processed_at=timestamp(self.clock),
            received_at=envelope.received_at,
            message_id=message_id,
            fingerprint=fingerprint,
            expires_at=self._expiry(),
        )

    def _expiry(self, *, extra_days: int = 0) -> int | None:
        if not self.retention_days:
            return None
        return int((self.clock.now() + timedelta(days=self.retention_days + extra_days)).timestamp())
