"""The log table: reads and writes records, tenant by tenant, under credentials that reach that tenant's rows only."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from botocore.credentials import ReadOnlyCredentials

from handlers.aws.acting_credentials import acting_with
from handlers.aws.clients import tenant_scoped_client
from handlers.aws.failures import AWS_ERRORS, TableUnavailable
from handlers.aws.items import CONTENT_SHA256, LOG_ID, TENANT_ID, WHOLE_SHA256, Item, item_of, key_of, record_in
from handlers.aws.tenant_credentials import TenantCredentials, tenant_credentials
from handlers.logs.envelope import Envelope, fingerprint
from handlers.logs.record import Record, sort_key


class Conflict(Exception):
    """The key already holds other content; nothing was overwritten."""


class Page(NamedTuple):
    """Records in the order of their keys.

    Attributes:
        records: what was found.
        last_key: the key after which the next page begins; None where nothing follows.
    """

    records: list[Record]
    last_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTable:
    """Opens the rows of one tenant at a time.

    Attributes:
        dynamodb: a tenant-scoped boto3 client.
        name: the table's name.
        tenants: where a tenant's credentials come from.
    """

    dynamodb: Any
    name: str
    tenants: TenantCredentials

    def rows_of(self, tenant_id: str, *, lasting_seconds: float) -> "TenantRows":
        """Return the tenant's rows, with credentials that last at least that long.

        Raises:
            CredentialsUnavailable: STS did not hand out the tenant's credentials.
        """
        return TenantRows(self, tenant_id, self.tenants.of(tenant_id, lasting_seconds=lasting_seconds))


@dataclass(frozen=True, slots=True)
class TenantRows:
    """Reads and writes what one tenant's credentials reach. Every call may raise TableUnavailable."""

    table: LogTable
    tenant_id: str
    credentials: ReadOnlyCredentials

    def contains(self, envelope: Envelope) -> bool:
        """Return whether the envelope's record is already stored.

        Raises:
            Conflict: its key holds other content.
        """
        item = self._get(sort_key(envelope), attributes=f"{CONTENT_SHA256}, {WHOLE_SHA256}")
        if item is None:
            return False
        _refuse_other_content(item, fingerprint(envelope.text), envelope.whole_sha256)
        return True

    def put(self, record: Record) -> bool:
        """Write a record unless its key is taken; return False where the same content is already stored.

        Raises:
            Conflict: the key holds other content.
        """
        try:
            self._call(
                "put_item",
                Item=item_of(record),
                ConditionExpression=f"attribute_not_exists({TENANT_ID})",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self.table.dynamodb.exceptions.ConditionalCheckFailedException as error:
            _refuse_other_content(error.response["Item"], record.content_sha256, record.whole_sha256)
            return False
        return True

    def records_of(self, log_id: str) -> list[Record]:
        """Return the records of one log in the order of its parts; none where it is not stored."""
        item = self._get(log_id)
        return list(self._parts_of(log_id)) if item is None else [record_in(item)]

    def page(self, *, prefix: str, limit: int, after_log_id: str | None) -> Page:
        """Return up to `limit` records.

        Args:
            prefix: what their keys begin with.
            limit: most records, from 1; DynamoDB ends a page at 1 MiB in any case.
            after_log_id: the key after which the page begins; None for the first page.
        """
        items, last_key = self._query(prefix, limit=limit, after_log_id=after_log_id)
        return Page([record_in(item) for item in items], last_key)

    def _parts_of(self, log_id: str) -> Iterator[Record]:
        after: str | None = None
        while True:
            items, after = self._query(f"{log_id}#", limit=None, after_log_id=after)
            yield from map(record_in, items)
            if after is None:
                return

    def _query(self, prefix: str, *, limit: int | None, after_log_id: str | None) -> tuple[list[Item], str | None]:
        condition, values = f"{TENANT_ID} = :tenant_id", {":tenant_id": {"S": self.tenant_id}}
        if prefix:
            condition += f" AND begins_with({LOG_ID}, :prefix)"
            values[":prefix"] = {"S": prefix}
        answer = self._call(
            "query",
            ConsistentRead=True,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            **({"Limit": limit} if limit else {}),
            **({"ExclusiveStartKey": key_of(self.tenant_id, after_log_id)} if after_log_id else {}),
        )
        last_key = answer.get("LastEvaluatedKey")
        return answer["Items"], last_key[LOG_ID]["S"] if last_key else None

    def _get(self, key: str, *, attributes: str | None = None) -> Item | None:
        item: Item | None = self._call(
            "get_item",
            Key=key_of(self.tenant_id, key),
            ConsistentRead=True,
            **({"ProjectionExpression": attributes} if attributes else {}),
        ).get("Item")
        return item

    def _call(self, operation: str, **arguments: object) -> Any:
        try:
            with acting_with(self.credentials):
                return getattr(self.table.dynamodb, operation)(TableName=self.table.name, **arguments)
        except self.table.dynamodb.exceptions.ConditionalCheckFailedException:
            raise
        except AWS_ERRORS as error:
            raise TableUnavailable.of(error) from error


@lru_cache
def log_table(name: str, *, tenant_role_arn: str) -> LogTable:
    """Return this process's log table."""
    return LogTable(dynamodb=tenant_scoped_client("dynamodb"), name=name, tenants=tenant_credentials(tenant_role_arn))


def _refuse_other_content(item: Item, content_sha256: str, whole_sha256: str | None) -> None:
    # A part that two texts have in common belongs to the first one alone; with the other's parts it would be neither.
    stored = (item[CONTENT_SHA256]["S"], item.get(WHOLE_SHA256, {"S": None})["S"])
    if stored != (content_sha256, whole_sha256):
        raise Conflict
