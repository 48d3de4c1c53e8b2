"""The key table: which tenant an API key stands for."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from handlers.aws.clients import client
from handlers.web.api_key import Grant, key_hash


class KeyTable:
    """Looks keys up by their hash.

    Args:
        dynamodb: a boto3 DynamoDB client.
        name: the table's name.
    """

    def __init__(self, dynamodb: Any, name: str) -> None:
        self._dynamodb = dynamodb
        self._name = name

    def grant_of(self, key: str) -> Grant | None:
        """Return what a key grants; None where it was never made.

        Raises:
            botocore.exceptions.ClientError: DynamoDB did not answer; the gateway lets nobody in then.
        """
        item = self._dynamodb.get_item(TableName=self._name, Key={"key_hash": {"S": key_hash(key)}}).get("Item")
        if item is None:
            return None
        expires_at = item.get("expires_at")
        return Grant(
            tenant_id=item["tenant_id"]["S"],
            expires_at=datetime.fromisoformat(expires_at["S"]) if expires_at else None,
            disabled=item.get("disabled", {}).get("BOOL", False),
        )


@lru_cache
def key_table(name: str) -> KeyTable:
    """Return this process's key table."""
    return KeyTable(client("dynamodb"), name)
