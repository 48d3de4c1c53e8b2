"""The record: one envelope after its processing, as the table keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.logs.clock import timestamp
from handlers.logs.envelope import Envelope, fingerprint
from handlers.redaction import Redacted


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is stored of one envelope.

    Attributes:
        tenant_id: partition key.
        sort_key: the log id; `<log_id>#00001` … for a log in several parts.
        content_sha256: hex digest of the original text; tells a duplicate from a conflict.
        redactions: how many of each kind were replaced.
        part: which part of the log this is, from 1.
        parts: how many parts the log has.
        whole_sha256: hex digest of the log's whole text; None where it has one part.
        processed_at: ISO 8601 with offset, to the microsecond.
    """

    tenant_id: str
    sort_key: str
    source: str
    original_text: str
    modified_data: str
    processed_at: str
    received_at: str
    content_sha256: str
    redactions: Mapping[str, int]
    part: int
    parts: int
    whole_sha256: str | None


def sort_key(envelope: Envelope) -> str:
    """Return the key of the envelope's record within its tenant; keys of parts sort as the text does."""
    return envelope.log_id if envelope.parts == 1 else f"{envelope.log_id}#{envelope.part:05d}"


def record_of(envelope: Envelope, redacted: Redacted) -> Record:
    """Return the record of an envelope whose text was redacted."""
    return Record(
        tenant_id=envelope.tenant_id,
        sort_key=sort_key(envelope),
        source=envelope.source,
        original_text=envelope.text,
        modified_data=redacted.text,
        processed_at=timestamp(),
        received_at=envelope.received_at,
        content_sha256=fingerprint(envelope.text),
        redactions=redacted.counts,
        part=envelope.part,
        parts=envelope.parts,
        whole_sha256=envelope.whole_sha256,
    )
