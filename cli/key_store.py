"""The key tables: API keys are created, listed and revoked in them; only their hashes are stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from handlers.access.api_key import Grant, key_hash, key_id, new_key
from handlers.aws.key_table import DamagedGrant, grant_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import timedelta

    from handlers.access.scopes import Scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """The stored row of one key.

    Attributes:
        key_hash: its SHA-256, in hex; it begins with the id.
        tenant: the tenant in its row, unchecked.
        created_at: ISO 8601 with offset.
        grant: what it allows; None if its row is damaged, so that it allows nothing.
        last_used: the day it was last used, such as `2026-01-31`; None if it never was.
    """

    key_hash: str
    tenant: str
    created_at: str
    grant: Grant | None
    last_used: str | None = None

    @classmethod
    def from_item(cls, item: Mapping[str, Any], *, last_used: str | None = None) -> StoredKey:
        """Return the key in a table item."""
        try:
            grant = grant_in(item)
        except DamagedGrant:
            grant = None
        return cls(
            key_hash=item["key_hash"]["S"],
            tenant=_text(item, "tenant_id"),
            created_at=_text(item, "created_at"),
            grant=grant,
            last_used=last_used,
        )

    @property
    def key_id(self) -> str:
        """The id that people use."""
        return key_id(self.key_hash)

    @property
    def status(self) -> str:
        """Whether it is valid, and if not, why."""
        if self.grant is None:
            return "damaged"
        if self.grant.is_live():
            return "live"
        return "revoked" if self.grant.disabled else "expired"

    @property
    def scopes(self) -> list[str]:
        """The names of its scopes, sorted."""
        return sorted(self.grant.scopes) if self.grant else []

    def expires_within(self, period: timedelta) -> bool:
        """Return whether it is live now and ends within this period."""
        return self.grant is not None and self.grant.is_live() and self.grant.expires_within(period)

    def as_json(self) -> dict[str, Any]:
        """Return it for machines."""
        expires_at = self.grant.expires_at if self.grant else None
        return {
            "id": self.key_id,
            "key_hash": self.key_hash,
            "tenant_id": self.tenant,
            "scopes": self.scopes,
            "created_at": self.created_at,
            "expires_at": expires_at.isoformat() if expires_at else None,
            "last_used": self.last_used,
            "status": self.status,
        }


class KeyStore:
    """The key tables of a stack.

    Args:
        dynamodb: a boto3 DynamoDB client.
        table_name: the table of grants.
        usage_table_name: the table that records when keys were last used; None if the stack has none yet.
    """

    def __init__(self, dynamodb: Any, table_name: str, *, usage_table_name: str | None) -> None:
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._usage_table_name = usage_table_name

    def create(self, *, tenant_id: str, scopes: Scopes, expires_at: datetime | None) -> tuple[str, StoredKey]:
        """Create a key; return it, which cannot be done later, and its stored row."""
        key = new_key()
        item: dict[str, Any] = {
            "key_hash": {"S": key_hash(key)},
            "tenant_id": {"S": tenant_id},
            "scopes": {"SS": sorted(scopes)},
            "created_at": {"S": datetime.now(UTC).isoformat(timespec="seconds")},
            "disabled": {"BOOL": False},
        }
        if expires_at:
            item["expires_at"] = {"S": expires_at.isoformat(timespec="seconds")}
        self._dynamodb.put_item(
            TableName=self._table_name, Item=item, ConditionExpression="attribute_not_exists(key_hash)"
        )
        return key, StoredKey.from_item(item)

    def list(self, *, hash_prefix: str = "") -> Iterator[StoredKey]:
        """Yield every key whose hash has this prefix; the tables are small enough to read all of them."""
        last_used = {item["key_hash"]["S"]: _text(item, "last_used") for item in self._items(self._usage_table_name)}
        for item in self._items(self._table_name):
            hashed = item["key_hash"]["S"]
            if hashed.startswith(hash_prefix):
                yield StoredKey.from_item(item, last_used=last_used.get(hashed))

    def revoke(self, key: StoredKey) -> None:
        """Revoke a key; it may be revoked already.

        Raises:
            botocore.exceptions.ClientError: it no longer exists; nothing is written.
        """
        self._dynamodb.update_item(
            TableName=self._table_name,
            Key={"key_hash": {"S": key.key_hash}},
            UpdateExpression="SET disabled = :true",
            ConditionExpression="attribute_exists(key_hash)",
            ExpressionAttributeValues={":true": {"BOOL": True}},
        )

    def _items(self, table_name: str | None) -> Iterator[Mapping[str, Any]]:
        if table_name is None:
            return
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=table_name, ConsistentRead=True)
        for page in pages:
            yield from page["Items"]


def _text(item: Mapping[str, Any], name: str) -> str:
    """Return an attribute of any type as text for people; empty if there is none."""
    return str(next(iter(item.get(name, {}).values()), ""))
