"""Items: how rows are written in DynamoDB; the only module that knows the names of their attributes."""

import json
from collections.abc import Mapping
from typing import Any

from handlers.logs.fingerprint import StoredFingerprint
from handlers.logs.record import Claim, Record, Stub, sort_key

Item = dict[str, Any]
Row = Record | Claim | Stub

TENANT_ID = "tenant_id"
LOG_ID = "log_id"
FINGERPRINT = "fingerprint"
# Earlier versions stored these instead of a fingerprint.
CONTENT_SHA256 = "content_sha256"
WHOLE_SHA256 = "whole_sha256"
FINGERPRINTS = f"{FINGERPRINT}, {CONTENT_SHA256}, {WHOLE_SHA256}"

_TEXTS = ("source", "modified_data", "processed_at", "received_at", "message_id")
_OPTIONAL_TEXTS = ("original_text", "timestamp", FINGERPRINT, WHOLE_SHA256)
# As JSON text: DynamoDB's maps nest 32 levels deep and its numbers have 38 digits ("Amazon DynamoDB quotas"). The
# attributes of a log may go beyond both.
_OPTIONAL_JSON = ("severity", "attributes", "original_attributes")
_OPTIONAL_NUMBERS = ("expires_at",)


class DamagedRow(Exception):
    """A row is none that this program stores; the argument is its sort key."""


def key_of(tenant_id: str, key: str) -> Item:
    """Return the primary key of a tenant's row."""
    return {TENANT_ID: {"S": tenant_id}, LOG_ID: {"S": key}}


def item_of(row: Row) -> Item:
    """Return the item that a row is stored as."""
    if isinstance(row, Record):
        return _item_of_record(row)
    return _item_of_claim(row) if isinstance(row, Claim) else _item_of_stub(row)


def record_in(item: Mapping[str, Any]) -> Record:
    """Return the record that an item holds.

    Raises:
        DamagedRow: the item is not what this program stores.
    """
    try:
        attributes: dict[str, Any] = {name: item[name]["S"] for name in (TENANT_ID, *_TEXTS)}
        attributes |= {name: item[name]["S"] for name in _OPTIONAL_TEXTS if name in item}
        attributes |= {name: _map_in(item[name]["S"]) for name in _OPTIONAL_JSON if name in item}
        attributes |= {name: int(item[name]["N"]) for name in ("part", "parts", *_OPTIONAL_NUMBERS) if name in item}
        redactions = {kind: int(count["N"]) for kind, count in item["redactions"]["M"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedRow(item[LOG_ID]["S"]) from error
    return Record(log_id=item[LOG_ID]["S"].partition("#")[0], redactions=redactions, **attributes)


def is_claim(item: Mapping[str, Any]) -> bool:
    """Return whether an item is a claim or a stub, which no list or read shows."""
    return "parts" in item and "part" not in item


def pieces_in(item: Mapping[str, Any]) -> int | None:
    """Return into how many records the log of a stub was split, 0 if it was dropped; None for any other item."""
    return int(item["pieces"]["N"]) if "pieces" in item else None


def fingerprint_in(item: Mapping[str, Any]) -> StoredFingerprint:
    """Return the fingerprint of an item's content."""

    def text(name: str) -> str | None:
        value: str | None = item.get(name, {}).get("S")
        return value

    return StoredFingerprint(text(FINGERPRINT), text(CONTENT_SHA256), text(WHOLE_SHA256))


def _item_of_record(record: Record) -> Item:
    item = key_of(record.tenant_id, sort_key(record))
    item |= {name: {"S": getattr(record, name)} for name in _TEXTS}
    item |= {name: {"S": text} for name in _OPTIONAL_TEXTS if (text := getattr(record, name)) is not None}
    item |= {name: {"S": _written(value)} for name in _OPTIONAL_JSON if (value := getattr(record, name)) is not None}
    item |= {"redactions": {"M": {kind: _number(count) for kind, count in record.redactions.items()}}}
    if record.parts > 1:
        item |= {"part": _number(record.part), "parts": _number(record.parts)}
    return item | _expiry(record.expires_at)


def _item_of_claim(claim: Claim) -> Item:
    item = key_of(claim.tenant_id, claim.log_id)
    return item | {"parts": _number(claim.parts), FINGERPRINT: {"S": claim.fingerprint}} | _expiry(claim.expires_at)


def _item_of_stub(stub: Stub) -> Item:
    # With the number of parts, by which earlier versions, too, see that it is no record.
    item = key_of(stub.tenant_id, stub.log_id) | {"parts": _number(1), "pieces": _number(stub.pieces)}
    item |= {name: {"S": getattr(stub, name)} for name in ("processed_at", "received_at", "message_id", FINGERPRINT)}
    return item | _expiry(stub.expires_at)


def _written(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _map_in(written: str) -> dict[str, Any]:
    read = json.loads(written)
    if not isinstance(read, dict):
        raise TypeError
    return read


def _expiry(expires_at: int | None) -> Item:
    return {} if expires_at is None else {"expires_at": _number(expires_at)}


def _number(value: int) -> Item:
    return {"N": str(value)}
