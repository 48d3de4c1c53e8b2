"""Stored logs: what one tenant's credentials let the read API see."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, ClientError

from handlers.aws.acting_credentials import acting_with
from handlers.aws.clients import tenant_scoped_client
from handlers.aws.failures import TableUnavailable, cause_of
from handlers.aws.tenant_credentials import TenantCredentials, tenant_credentials
from handlers.logs.stored_log import StoredRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLogs:
    """Opens the stored logs of one tenant at a time.

    Attributes:
        dynamodb: a tenant-scoped boto3 client.
        table_name: the table's name.
        tenants: where a tenant's credentials come from.
    """

    dynamodb: Any
    table_name: str
    tenants: TenantCredentials

    def of(self, tenant_id: str, *, lasting_seconds: float) -> "TenantLogs":
        """Return the tenant's stored logs, within reach for so long at least.

        Raises:
            CredentialsUnavailable: STS did not hand out the tenant's credentials.
        """
        return TenantLogs(self, tenant_id, self.tenants.of(tenant_id, lasting_seconds=lasting_seconds))


@dataclass(frozen=True, slots=True)
class TenantLogs:
    """Reads what one tenant's credentials reach."""

    logs: StoredLogs
    tenant_id: str
    credentials: ReadOnlyCredentials

    def records_of(self, log_id: str) -> list[StoredRecord]:
        """Return the records of one log in the order of its parts; none where it is not stored.

        Raises:
            TableUnavailable: DynamoDB did not answer.
        """
        key = {"tenant_id": {"S": self.tenant_id}, "log_id": {"S": log_id}}
        item = self._call("get_item", Key=key, ConsistentRead=True).get("Item")
        if item is not None:
            return [_record(item)]
        return list(self._parts_of(log_id))

    def page(self, *, prefix: str, limit: int, after_log_id: str | None) -> tuple[list[StoredRecord], str | None]:
        """Return up to `limit` records in the order of their keys, and the last key where more follow.

        Args:
            prefix: what their keys begin with.
            limit: most records, from 1; DynamoDB ends a page at 1 MiB in any case.
            after_log_id: the key after which the page begins; None for the first page.

        Raises:
            TableUnavailable: DynamoDB did not answer.
        """
        answer = self._query(prefix, limit=limit, after_log_id=after_log_id)
        last_key = answer.get("LastEvaluatedKey")
        return [_record(item) for item in answer["Items"]], last_key["log_id"]["S"] if last_key else None

    def _parts_of(self, log_id: str) -> Iterator[StoredRecord]:
        after_log_id = None
        while True:
            answer = self._query(f"{log_id}#", limit=None, after_log_id=after_log_id)
            yield from map(_record, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            after_log_id = answer["LastEvaluatedKey"]["log_id"]["S"]

    def _query(self, prefix: str, *, limit: int | None, after_log_id: str | None) -> Any:
        condition, values = "tenant_id = :tenant_id", {":tenant_id": {"S": self.tenant_id}}
        if prefix:
            condition += " AND begins_with(log_id, :prefix)"
            values[":prefix"] = {"S": prefix}
        start = {"tenant_id": {"S": self.tenant_id}, "log_id": {"S": after_log_id}} if after_log_id else None
        return self._call(
            "query",
            ConsistentRead=True,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            **({"Limit": limit} if limit else {}),
            **({"ExclusiveStartKey": start} if start else {}),
        )

    def _call(self, operation: str, **arguments: object) -> Any:
        try:
            with acting_with(self.credentials):
                return getattr(self.logs.dynamodb, operation)(TableName=self.logs.table_name, **arguments)
        except (BotoCoreError, ClientError) as error:
            raise TableUnavailable(cause_of(error)) from error


@lru_cache
def stored_logs(table_name: str, *, tenant_role_arn: str) -> StoredLogs:
    """Return this process's stored logs."""
    return StoredLogs(
        dynamodb=tenant_scoped_client("dynamodb"),
        table_name=table_name,
        tenants=tenant_credentials(tenant_role_arn),
    )


def _record(item: Mapping[str, Any]) -> StoredRecord:
    log_id, _, _part = item["log_id"]["S"].partition("#")
    texts = ("tenant_id", "source", "modified_data", "processed_at", "received_at", "message_id", "content_sha256")
    return StoredRecord(
        log_id=log_id,
        **{name: item[name]["S"] for name in texts},
        original_text=item["original_text"]["S"] if "original_text" in item else None,
        redactions={kind: int(count["N"]) for kind, count in item["redactions"]["M"].items()},
        part=int(item["part"]["N"]) if "part" in item else 1,
        parts=int(item["parts"]["N"]) if "parts" in item else 1,
        whole_sha256=item["whole_sha256"]["S"] if "whole_sha256" in item else None,
    )
