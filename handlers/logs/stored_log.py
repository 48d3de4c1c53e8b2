"""The stored log: what the table keeps of one log, all its parts together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """One record, as it was read.

    Attributes:
        original_text: what came in; None where the stack does not keep it.
        For the other attributes see `handlers.logs.record.Record`.
    """

    tenant_id: str
    log_id: str
    source: str
    original_text: str | None
    modified_data: str
    processed_at: str
    received_at: str
    message_id: str
    content_sha256: str
    redactions: Mapping[str, int]
    part: int = 1
    parts: int = 1
    whole_sha256: str | None = None

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


class Incomplete(Exception):
    """Not every part of the log is stored yet."""


def whole_log(records: Sequence[StoredRecord]) -> dict[str, Any]:
    """Return a log as the read API shows it: its parts' texts joined, their redactions added up.

    Args:
        records: one or more records of one log, in the order of their parts.

    Raises:
        Incomplete: parts are missing.
    """
    first = records[0]
    if first.parts == 1:
        return first.as_json()
    # Of another text under the same id those parts are stored, too, that came first; the others became dead letters.
    of_first = (first.parts, first.whole_sha256)
    records = [record for record in records if (record.parts, record.whole_sha256) == of_first]
    if [record.part for record in records] != list(range(1, first.parts + 1)):
        raise Incomplete(f"{len(records)} of {first.parts} parts are stored")
    shown = first.as_json()
    for of_one_part in ("part", "content_sha256", "whole_sha256"):
        shown.pop(of_one_part, None)
    if first.whole_sha256 is not None:
        shown["content_sha256"] = first.whole_sha256
    redactions: Counter[str] = Counter()
    for record in records:
        redactions.update(record.redactions)
    shown |= {
        "modified_data": "".join(record.modified_data for record in records),
        "processed_at": max(record.processed_at for record in records),
        "redactions": dict(redactions),
    }
    if first.original_text is not None:
        shown["original_text"] = "".join(record.original_text or "" for record in records)
    return shown
