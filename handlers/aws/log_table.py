"""The log table: reads and writes records, tenant by tenant, under credentials that reach that tenant's rows only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from botocore.credentials import ReadOnlyCredentials

from handlers.aws.acting_credentials import acting_with
from handlers.aws.clients import tenant_scoped_client
from handlers.aws.failures import AWS_ERRORS, TableUnavailable
from handlers.aws.items import (
    FINGERPRINTS,
    LOG_ID,
    TENANT_ID,
    DamagedRow,
    Item,
    Row,
    fingerprint_in,
    is_claim,
    item_of,
    key_of,
    pieces_in,
    record_in,
)
from handlers.aws.tenant_credentials import TenantCredentials, tenant_credentials
from handlers.logs.fingerprint import StoredFingerprint
from handlers.logs.record import Record
from handlers.logs.selection import Selection

# How much one page may read, where most of it is left out: this many queries of this many rows, and DynamoDB ends each
# query at 1 MiB.
MOST_QUERIES_PER_PAGE = 10
ROWS_PER_FILTERED_QUERY = 250

_CONDITION_FAILED = "ConditionalCheckFailed"


class Page(NamedTuple):
    """Records in the order of their keys, or in the reverse order.

    Attributes:
        records: what was found.
        damaged: the keys of rows among them that are not what this program stores.
        last_key: the key after which the next page begins; None where nothing follows.
    """

    records: list[Record]
    damaged: list[str]
    last_key: str | None

    @property
    def rows(self) -> int:
        """How many rows it shows or names."""
        return len(self.records) + len(self.damaged)


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

    def fingerprint_at(self, key: str) -> StoredFingerprint | None:
        """Return the fingerprint in the row with that key; None if there is no such row."""
        item = self._get(key, attributes=FINGERPRINTS)
        return None if item is None else fingerprint_in(item)

    def put(self, row: Row) -> StoredFingerprint | None:
        """Write a row unless its key is taken; return the fingerprint that is there, or None if it was written."""
        try:
            self._call("put_item", **self._new(row))
        except self.table.dynamodb.exceptions.ConditionalCheckFailedException as error:
            return fingerprint_in(error.response["Item"])
        return None

    def put_together(self, rows: Sequence[Row]) -> dict[int, StoredFingerprint]:
        """Write all rows, or none if the key of one is taken.

        Args:
            rows: at most a hundred, each with a key of its own.

        Returns:
            The fingerprints that are there, by the position of their rows; empty if the rows were written.
        """
        try:
            self._call("transact_write_items", TransactItems=[{"Put": self._new(row)} for row in rows])
        except self.table.dynamodb.exceptions.TransactionCanceledException as error:
            return _taken(error)
        return {}

    def records_of(self, log_id: str) -> list[Record]:
        """Return the records of one log in the order of its parts; none where it is not stored.

        Raises:
            DamagedRow: one of its rows is not what this program stores.
        """
        item = self._get(log_id)
        return list(self._parts_of(log_id)) if item is None or is_claim(item) else [record_in(item)]

    def pieces_of(self, log_id: str) -> int | None:
        """Return into how many records a processor split a log, 0 if it dropped it; None if it did neither."""
        item = self._get(log_id)
        return None if item is None else pieces_in(item)

    def page(self, selection: Selection, *, limit: int, after: str | None) -> Page:
        """Return up to `limit` records; fewer, even none, may be followed by more.

        It reads at most ten times 250 rows; without a least severity, only as many as it shows, and those that no page
        shows.

        Args:
            selection: which records, in which order.
            limit: most records, from 1; DynamoDB ends a page at 1 MiB in any case.
            after: the key after which the page begins; None for the first page.
        """
        page = Page([], [], after)
        for _ in range(MOST_QUERIES_PER_PAGE):
            rows = ROWS_PER_FILTERED_QUERY if selection.least_severity else limit
            items, last_key = self._query(selection, limit=rows, after=page.last_key)
            page = _extended(page, items, selection, limit=limit, last_key=last_key)
            if page.last_key is None or page.rows == limit or (page.rows and not selection.least_severity):
                break
        return page

    def _parts_of(self, log_id: str) -> Iterator[Record]:
        selection, after = Selection(prefix=f"{log_id}#"), None
        while True:
            items, after = self._query(selection, limit=None, after=after)
            yield from map(record_in, items)
            if after is None:
                return

    def _query(self, selection: Selection, *, limit: int | None, after: str | None) -> tuple[list[Item], str | None]:
        condition, values = _key_condition(selection)
        answer = self._call(
            "query",
            TableName=self.table.name,
            ConsistentRead=True,
            KeyConditionExpression=f"{TENANT_ID} = :tenant_id{condition}",
            ExpressionAttributeValues={":tenant_id": {"S": self.tenant_id}} | values,
            ScanIndexForward=not selection.newest_first,
            **({"Limit": limit} if limit else {}),
            **({"ExclusiveStartKey": key_of(self.tenant_id, after)} if after else {}),
        )
        last_key = answer.get("LastEvaluatedKey")
        return answer["Items"], last_key[LOG_ID]["S"] if last_key else None

    def _new(self, row: Row) -> dict[str, Any]:
        return {
            "TableName": self.table.name,
            "Item": item_of(row),
            "ConditionExpression": f"attribute_not_exists({TENANT_ID})",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _get(self, key: str, *, attributes: str | None = None) -> Item | None:
        item: Item | None = self._call(
            "get_item",
            TableName=self.table.name,
            Key=key_of(self.tenant_id, key),
            ConsistentRead=True,
            **({"ProjectionExpression": attributes} if attributes else {}),
        ).get("Item")
        return item

    def _call(self, operation: str, **arguments: object) -> Any:
        try:
            with acting_with(self.credentials):
                return getattr(self.table.dynamodb, operation)(**arguments)
        except _not_written(self.table.dynamodb):
            raise
        except AWS_ERRORS as error:
            raise TableUnavailable.of(error) from error


def _not_written(dynamodb: Any) -> tuple[type[Exception], ...]:
    return dynamodb.exceptions.ConditionalCheckFailedException, dynamodb.exceptions.TransactionCanceledException


def _taken(cancelled: Any) -> dict[int, StoredFingerprint]:
    """Return the fingerprints in the rows whose keys were taken.

    Raises:
        TableUnavailable: the transaction was cancelled for another reason.
    """
    reasons = dict(enumerate(cancelled.response["CancellationReasons"]))
    taken = {n: fingerprint_in(reason["Item"]) for n, reason in reasons.items() if reason["Code"] == _CONDITION_FAILED}
    if taken:
        return taken
    codes = [reason["Code"] for reason in reasons.values() if reason["Code"] != "None"]
    raise TableUnavailable(codes[0], is_outage="ValidationError" not in codes) from cancelled


@lru_cache
def log_table(name: str, *, tenant_role_arn: str) -> LogTable:
    """Return this process's log table."""
    return LogTable(dynamodb=tenant_scoped_client("dynamodb"), name=name, tenants=tenant_credentials(tenant_role_arn))


def _key_condition(selection: Selection) -> tuple[str, Item]:
    if times := selection.times:
        return f" AND {LOG_ID} BETWEEN :first AND :last", {
            ":first": {"S": times.first_key},
            ":last": {"S": times.last_key},
        }
    if selection.prefix:
        return f" AND begins_with({LOG_ID}, :prefix)", {":prefix": {"S": selection.prefix}}
    return "", {}


def _extended(page: Page, items: Sequence[Item], selection: Selection, *, limit: int, last_key: str | None) -> Page:
    """Return a page with what further items add to it, which ends where its limit is reached or at `last_key`."""
    for item in items:
        if page.rows == limit:
            return page
        page = page._replace(last_key=item[LOG_ID]["S"])
        _add(item, page, selection)
    return page._replace(last_key=last_key)


def _add(item: Item, page: Page, selection: Selection) -> None:
    if is_claim(item) or not selection.holds_key(item[LOG_ID]["S"]):
        return
    try:
        record = record_in(item)
    except DamagedRow as row:
        page.damaged.append(str(row))
        return
    if selection.holds(record):
        page.records.append(record)
