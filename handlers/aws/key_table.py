"""The key tables: what each API key grants, and separately the day each was last used."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from handlers.access.api_key import Grant
from handlers.access.scopes import ALL_SCOPES, Scopes, scopes_in
from handlers.aws.clients import client
from handlers.aws.failures import AWS_ERRORS, TableUnavailable, cause_of
from handlers.logs.identifiers import TENANT_ID_PATTERN


class DamagedGrant(ValueError):
    """A row of the key table that does not say what its key grants."""


class KeyTable:
    """Looks grants up by the hash of their key; it never writes.

    Args:
        dynamodb: a boto3 DynamoDB client.
        name: the table's name.
    """

    def __init__(self, dynamodb: Any, name: str) -> None:
        self._dynamodb = dynamodb
        self._name = name

    def grant_of(self, key_hash: str) -> Grant | None:
        """Return what a key grants; None where it was never made.

        Raises:
            DamagedGrant: its row cannot be read; the key must allow nothing.
            TableUnavailable: DynamoDB did not answer; what the key grants is not known.
        """
        try:
            item = self._dynamodb.get_item(TableName=self._name, Key={"key_hash": {"S": key_hash}}).get("Item")
        except AWS_ERRORS as error:
            raise TableUnavailable(cause_of(error)) from error
        return None if item is None else grant_in(item)


class KeyUsage:
    """Records the day on which a key was last used, in a separate table, so that this cannot change a grant.

    Args:
        dynamodb: a boto3 DynamoDB client.
        name: the table's name.
    """

    def __init__(self, dynamodb: Any, name: str) -> None:
        self._dynamodb = dynamodb
        self._name = name

    def record(self, key_hash: str, *, day: str) -> None:
        """Keep the day, such as `2026-01-31`.

        Raises:
            TableUnavailable: DynamoDB did not confirm it.
        """
        item = {"key_hash": {"S": key_hash}, "last_used": {"S": day}}
        try:
            self._dynamodb.put_item(TableName=self._name, Item=item)
        except AWS_ERRORS as error:
            raise TableUnavailable(cause_of(error)) from error


def grant_in(item: Mapping[str, Any]) -> Grant:
    """Return the grant in an item of the key table.

    Raises:
        DamagedGrant: an attribute has a type or a value that no grant has.
    """
    return Grant(
        tenant_id=_tenant_id(item.get("tenant_id")),
        expires_at=_expiry(item.get("expires_at")),
        disabled=_flag(item.get("disabled", {"BOOL": False})),
        scopes=_scopes(item.get("scopes")),
    )


def _tenant_id(attribute: object) -> str:
    match attribute:
        case {"S": str(tenant_id)} if re.fullmatch(TENANT_ID_PATTERN, tenant_id):
            return tenant_id
    raise DamagedGrant("tenant_id")


def _expiry(attribute: object) -> datetime | None:
    match attribute:
        case None:
            return None
        case {"S": str(written)}:
            try:
                expires_at = datetime.fromisoformat(written)
            except ValueError:
                raise DamagedGrant("expires_at") from None
            if expires_at.tzinfo is not None:
                return expires_at.astimezone(UTC)
    raise DamagedGrant("expires_at")


def _flag(attribute: object) -> bool:
    match attribute:
        case {"BOOL": bool(flag)}:
            return flag
    raise DamagedGrant("disabled")


def _scopes(attribute: object) -> Scopes:
    match attribute:
        case None:
            return ALL_SCOPES
        case {"SS": list(names)}:
            return scopes_in(names)
    raise DamagedGrant("scopes")


@lru_cache
def key_table(name: str) -> KeyTable:
    """Return this process's key table."""
    return KeyTable(client("dynamodb"), name)


@lru_cache
def key_usage(name: str) -> KeyUsage:
    """Return this process's table of when keys were last used."""
    return KeyUsage(client("dynamodb"), name)
