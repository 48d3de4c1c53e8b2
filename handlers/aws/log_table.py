"""The log table: records, tenant by tenant, each written once and under that tenant's credentials."""

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, ClientError

from handlers.aws.acting_credentials import acting_with
from handlers.aws.clients import tenant_scoped_client
from handlers.aws.failures import TableUnavailable, cause_of
from handlers.aws.tenant_credentials import TenantCredentials, tenant_credentials
from handlers.logs.envelope import Envelope, fingerprint
from handlers.logs.record import Record, sort_key

SECONDS_PER_DAY = 86_400


class Conflict(Exception):
    """The key already holds other content; nothing was overwritten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTable:
    """Opens the rows of one tenant at a time.

    Attributes:
        dynamodb: a tenant-scoped boto3 client.
        name: the table's name.
        tenants: where a tenant's credentials come from.
        keep_original_text: whether records hold what came in.
        retention_days: days until a record expires; 0 keeps it for good.
    """

    dynamodb: Any
    name: str
    tenants: TenantCredentials
    keep_original_text: bool
    retention_days: int

    def rows_of(self, tenant_id: str, *, lasting_seconds: float) -> "TenantRows":
        """Return the tenant's rows, within reach for so long at least.

        Raises:
            CredentialsUnavailable: STS did not hand out the tenant's credentials.
        """
        return TenantRows(self, self.tenants.of(tenant_id, lasting_seconds=lasting_seconds))


@dataclass(frozen=True, slots=True)
class TenantRows:
    """Reads and writes what one tenant's credentials reach."""

    table: LogTable
    credentials: ReadOnlyCredentials

    def hold(self, envelope: Envelope) -> bool:
        """Return whether the envelope's record is stored already, by one read.

        Raises:
            Conflict: its key holds other content.
            TableUnavailable: DynamoDB did not answer.
        """
        answer = self._call(
            "get_item",
            Key=_key(envelope.tenant_id, sort_key(envelope)),
            ProjectionExpression="content_sha256, whole_sha256",
            ConsistentRead=True,
        )
        if "Item" not in answer:
            return False
        _refuse_other_content(answer["Item"], fingerprint(envelope.text), envelope.whole_sha256)
        return True

    def put(self, record: Record, *, message_id: str) -> bool:
        """Write a record unless its key is taken; return False where the same content was stored already.

        Raises:
            Conflict: the key holds other content.
            TableUnavailable: DynamoDB did not say yes.
        """
        try:
            self._call(
                "put_item",
                Item=self._item(record, message_id),
                ConditionExpression="attribute_not_exists(tenant_id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self.table.dynamodb.exceptions.ConditionalCheckFailedException as error:
            _refuse_other_content(error.response["Item"], record.content_sha256, record.whole_sha256)
            return False
        return True

    def _item(self, record: Record, message_id: str) -> dict[str, Any]:
        item: dict[str, Any] = {
            **_key(record.tenant_id, record.sort_key),
            "source": {"S": record.source},
            "modified_data": {"S": record.modified_data},
            "processed_at": {"S": record.processed_at},
            "received_at": {"S": record.received_at},
            "message_id": {"S": message_id},
            "content_sha256": {"S": record.content_sha256},
            "redactions": {"M": {kind: {"N": str(count)} for kind, count in record.redactions.items()}},
        }
        if record.parts > 1:
            item |= {"part": {"N": str(record.part)}, "parts": {"N": str(record.parts)}}
        if record.whole_sha256 is not None:
            item["whole_sha256"] = {"S": record.whole_sha256}
        if self.table.keep_original_text:
            item["original_text"] = {"S": record.original_text}
        if self.table.retention_days:
            item["expires_at"] = {"N": str(int(time.time()) + self.table.retention_days * SECONDS_PER_DAY)}
        return item

    def _call(self, operation: str, **arguments: object) -> Any:
        try:
            with acting_with(self.credentials):
                return getattr(self.table.dynamodb, operation)(TableName=self.table.name, **arguments)
        except self.table.dynamodb.exceptions.ConditionalCheckFailedException:
            raise
        except (BotoCoreError, ClientError) as error:
            raise TableUnavailable(cause_of(error)) from error


@lru_cache
def log_table(name: str, *, tenant_role_arn: str, keep_original_text: bool, retention_days: int) -> LogTable:
    """Return this process's log table."""
    return LogTable(
        dynamodb=tenant_scoped_client("dynamodb"),
        name=name,
        tenants=tenant_credentials(tenant_role_arn),
        keep_original_text=keep_original_text,
        retention_days=retention_days,
    )


def _key(tenant_id: str, log_id: str) -> dict[str, Any]:
    return {"tenant_id": {"S": tenant_id}, "log_id": {"S": log_id}}


def _refuse_other_content(item: dict[str, Any], content_sha256: str, whole_sha256: str | None) -> None:
    # A part that two texts have in common belongs to the first one alone; with the other's parts it would be neither.
    stored = (item["content_sha256"]["S"], item.get("whole_sha256", {"S": None})["S"])
    if stored != (content_sha256, whole_sha256):
        raise Conflict
