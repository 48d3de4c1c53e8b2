"""The key table: finds a grant by the hash of a key, and never sees the key."""

from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.access.api_key import Grant, key_hash
from handlers.access.scopes import ALL_SCOPES, Scope
from handlers.aws.failures import TableUnavailable
from handlers.aws.key_table import KeyTable
from tests.support.fake_sqs import client_error

KEY = "rdp_" + "A" * 43


class FakeDynamoDb:
    """One table of keys."""

    def __init__(self, *items: dict[str, Any]) -> None:
        self.items = {item["key_hash"]["S"]: item for item in items}
        self.asked: list[object] = []

    def get_item(self, *, TableName: str, Key: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((TableName, Key))
        if TableName != "keys":
            raise client_error("ResourceNotFoundException")
        item = self.items.get(Key["key_hash"]["S"])
        return {"Item": item} if item else {}


def test_a_key_is_found_by_its_hash_alone() -> None:
    dynamodb = FakeDynamoDb({"key_hash": {"S": key_hash(KEY)}, "tenant_id": {"S": "acme"}})

    grant = KeyTable(dynamodb, "keys").grant_of(key_hash(KEY))

    assert grant == Grant(tenant_id="acme", expires_at=None, disabled=False, scopes=ALL_SCOPES)
    assert KEY not in str(dynamodb.asked)


def test_a_grant_has_its_expiry_its_revocation_and_its_scopes() -> None:
    dynamodb = FakeDynamoDb(
        {
            "key_hash": {"S": key_hash(KEY)},
            "tenant_id": {"S": "acme"},
            "expires_at": {"S": "2026-01-31T22:47:57+00:00"},
            "disabled": {"BOOL": True},
            "scopes": {"SS": ["read"]},
        }
    )

    grant = KeyTable(dynamodb, "keys").grant_of(key_hash(KEY))

    assert grant == Grant(
        tenant_id="acme",
        expires_at=datetime(2026, 1, 31, 22, 47, 57, tzinfo=UTC),
        disabled=True,
        scopes=frozenset({Scope.READ}),
    )


def test_an_unknown_key_grants_nothing() -> None:
    assert KeyTable(FakeDynamoDb(), "keys").grant_of(key_hash(KEY)) is None


def test_a_failure_of_the_table_is_no_answer() -> None:
    with pytest.raises(TableUnavailable):
        KeyTable(FakeDynamoDb(), "gone").grant_of(key_hash(KEY))
