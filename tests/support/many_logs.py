"""A table of very many logs that answers queries only, and counts what they read."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from handlers.aws.items import Item
from handlers.logs.identifiers import timed_log_id
from handlers.logs.record import Record

_LAST = "\U0010ffff"


def id_at(milliseconds: int, *, number: int = 0) -> str:
    """Return the id of a log that happened and arrived then."""
    return timed_log_id(
        milliseconds=milliseconds,
        tenant_id="acme",
        body_digest="0f",
        index=number,
        now_milliseconds=milliseconds,
    )


def log_record(log_id: str, **fields: Any) -> Record:
    """Return the record of a log."""
    texts = {
        "tenant_id": "acme",
        "log_id": log_id,
        "source": "otlp",
        "modified_data": f"This is what {log_id} says.",
        "processed_at": "2026-01-31T22:47:57.559836+00:00",
        "received_at": "2026-01-31T22:47:50.000000+00:00",
        "message_id": "2f36fa83-5f2c-4a9b-8d7e-1c9f0a2b3c4d",
    }
    return Record(**{**texts, "redactions": {"phone": 0}, "fingerprint": "key-1:00", **fields})


class _Exceptions:
    ConditionalCheckFailedException = type("ConditionalCheckFailedException", (Exception,), {})
    TransactionCanceledException = type("TransactionCanceledException", (Exception,), {})


@dataclass
class QueriedTable:
    """A DynamoDB client with one tenant's rows; every operation but `query` is an error.

    Attributes:
        keys: the sort keys, in their order.
        item_at: makes the item with that sort key.
        rows: how many rows the queries looked at.
        units: the read capacity units that they took: one for every 4 KB that a query looks at, because it is strongly
            consistent ("DynamoDB read consistency", "Read and write operations").
        queries: how many there were.
    """

    keys: Sequence[str]
    item_at: Callable[[str], Item]
    rows: int = 0
    units: int = 0
    queries: int = 0
    exceptions: Any = field(default=_Exceptions)

    def query(self, **asked: Any) -> dict[str, Any]:
        """Answer as DynamoDB does ("Query"), short of its limit of 1 MiB."""
        assert asked["ConsistentRead"] is True
        first, last = _bounds(asked["KeyConditionExpression"], asked["ExpressionAttributeValues"])
        start, end = bisect_left(self.keys, first), bisect_right(self.keys, last)
        after = asked.get("ExclusiveStartKey", {}).get("log_id", {}).get("S")
        if after is not None:
            _refuse_outside(first, last, after)
            start = bisect_right(self.keys, after) if asked["ScanIndexForward"] else start
            end = end if asked["ScanIndexForward"] else bisect_left(self.keys, after)
        numbers = range(start, end) if asked["ScanIndexForward"] else range(start, end)[::-1]
        read = [self.item_at(self.keys[number]) for number in numbers[: asked["Limit"]]]
        self.queries += 1
        self.rows += len(read)
        self.units += max(1, math.ceil(sum(map(_size, read)) / 4096))
        # DynamoDB says that there may be more whenever it stops at the limit.
        more = {"LastEvaluatedKey": _key_of(read[-1])} if len(read) == asked["Limit"] else {}
        return {"Items": read, **more}


def _bounds(condition: str, values: Mapping[str, Mapping[str, str]]) -> tuple[str, str]:
    if condition == "tenant_id = :tenant_id":
        return "", _LAST
    if condition == "tenant_id = :tenant_id AND begins_with(log_id, :prefix)":
        return values[":prefix"]["S"], values[":prefix"]["S"] + _LAST
    assert condition == "tenant_id = :tenant_id AND log_id BETWEEN :first AND :last"
    return values[":first"]["S"], values[":last"]["S"]


def _refuse_outside(first: str, last: str, key: str) -> None:
    if not first <= key <= last:
        message = "The provided starting key is outside query boundaries based on provided conditions"
        raise ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "Query")


def _key_of(item: Item) -> Item:
    return {name: item[name] for name in ("tenant_id", "log_id")}


def _size(item: Item) -> int:
    """Return the bytes of an item, at the most ("DynamoDB item sizes and formats")."""
    return sum(len(name.encode()) + len(str(value).encode()) for name, value in item.items())
