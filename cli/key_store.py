"""The key table: API keys are created, listed and revoked in it; only their hashes are stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from handlers.web.api_key import Grant, key_hash, new_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ID_CHARS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """What is stored of one key.

    Attributes:
        key_hash: its SHA-256, in hex; it begins with the id.
        created_at: ISO 8601 with offset.
        grant: what it allows.
    """

    key_hash: str
    created_at: str
    grant: Grant

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> StoredKey:
        """Return the key in a table item."""
        expires_at = item.get("expires_at")
        grant = Grant(
            tenant_id=item["tenant_id"]["S"],
            expires_at=datetime.fromisoformat(expires_at["S"]) if expires_at else None,
            disabled=item.get("disabled", {}).get("BOOL", False),
        )
        return cls(key_hash=item["key_hash"]["S"], created_at=item.get("created_at", {}).get("S", ""), grant=grant)

    @property
    def key_id(self) -> str:
        """The id that people use."""
        return self.key_hash[:ID_CHARS]

    @property
    def status(self) -> str:
        """Whether it is valid, and if not, why."""
        if self.grant.is_live():
            return "live"
        return "revoked" if self.grant.disabled else "expired"

    def as_json(self) -> dict[str, Any]:
        """Return it for machines."""
        expires_at = self.grant.expires_at
        return {
            "id": self.key_id,
            "key_hash": self.key_hash,
            "tenant_id": self.grant.tenant_id,
            "created_at": self.created_at,
            "expires_at": expires_at.isoformat() if expires_at else None,
            "status": self.status,
        }


class KeyStore:
    """The key table of a stack.

    Args:
        dynamodb: a boto3 DynamoDB client.
        table_name: the table's name.
    """

    def __init__(self, dynamodb: Any, table_name: str) -> None:
        self._dynamodb = dynamodb
        self._table_name = table_name

    def create(self, *, tenant_id: str, expires_at: datetime | None) -> tuple[str, StoredKey]:
        """Create a key; return it, which is possible only now, and what is stored of it."""
        key = new_key()
        item: dict[str, Any] = {
            "key_hash": {"S": key_hash(key)},
            "tenant_id": {"S": tenant_id},
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
        """Yield every key whose hash has this prefix; the table is small enough to read all of it."""
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self._table_name, ConsistentRead=True)
        for page in pages:
            for item in page["Items"]:
                if item["key_hash"]["S"].startswith(hash_prefix):
                    yield StoredKey.from_item(item)

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
