"""Items: how a record is written in DynamoDB; the only module that knows the names of its attributes."""

from collections.abc import Mapping
from typing import Any

from handlers.logs.record import Record, sort_key

Item = dict[str, Any]

TENANT_ID = "tenant_id"
LOG_ID = "log_id"
CONTENT_SHA256 = "content_sha256"
WHOLE_SHA256 = "whole_sha256"

_TEXTS = ("source", "modified_data", "processed_at", "received_at", "message_id", CONTENT_SHA256)
_OPTIONAL_TEXTS = ("original_text", WHOLE_SHA256)
_OPTIONAL_NUMBERS = ("expires_at",)


def key_of(tenant_id: str, key: str) -> Item:
    """Return the primary key of a tenant's row."""
    return {TENANT_ID: {"S": tenant_id}, LOG_ID: {"S": key}}


def item_of(record: Record) -> Item:
    """Return the item that a record is stored as."""
    item = key_of(record.tenant_id, sort_key(record))
    item |= {name: {"S": getattr(record, name)} for name in _TEXTS}
    item["redactions"] = {"M": {kind: {"N": str(count)} for kind, count in record.redactions.items()}}
    item |= {name: {"S": text} for name in _OPTIONAL_TEXTS if (text := getattr(record, name)) is not None}
    item |= {name: {"N": str(number)} for name in _OPTIONAL_NUMBERS if (number := getattr(record, name)) is not None}
    if record.parts > 1:
        item |= {"part": {"N": str(record.part)}, "parts": {"N": str(record.parts)}}
    return item


def record_in(item: Mapping[str, Any]) -> Record:
    """Return the record that an item holds."""
    attributes: dict[str, Any] = {name: item[name]["S"] for name in (TENANT_ID, *_TEXTS)}
    attributes |= {name: item[name]["S"] for name in _OPTIONAL_TEXTS if name in item}
    attributes |= {name: int(item[name]["N"]) for name in ("part", "parts", *_OPTIONAL_NUMBERS) if name in item}
    return Record(
        log_id=item[LOG_ID]["S"].partition("#")[0],
        redactions={kind: int(count["N"]) for kind, count in item["redactions"]["M"].items()},
        **attributes,
    )
