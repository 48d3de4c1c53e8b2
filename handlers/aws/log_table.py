"""The log table: records, tenant by tenant, each written once."""

import time
from functools import lru_cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from handlers.aws.clients import client
from handlers.aws.failures import cause_of
from handlers.domain.envelope import Envelope
from handlers.domain.record import Record, fingerprint, sort_key

SECONDS_PER_DAY = 86_400


class TableUnavailable(Exception):  # noqa: N818 - reads as a sentence where it is caught
    """DynamoDB refused a call or could not be reached; the argument names its error."""


class Conflict(Exception):  # noqa: N818 - reads as a sentence where it is caught
    """The key already holds other content; nothing was overwritten."""


class LogTable:
    """Writes records to one DynamoDB table, each at most once.

    Args:
        dynamodb: a boto3 DynamoDB client.
        name: the table's name.
        keep_original_text: whether records hold what came in.
        retention_days: days until a record expires; 0 keeps it for good.
    """

    def __init__(
        self,
        dynamodb: Any,  # noqa: ANN401 - boto3 makes its classes at run time
        name: str,
        *,
        keep_original_text: bool,
        retention_days: int,
    ) -> None:
        self._dynamodb = dynamodb
        self._name = name
        self._keep_original_text = keep_original_text
        self._retention_days = retention_days

    def holds(self, envelope: Envelope) -> bool:
        """Return whether the envelope's record is stored already, by one read.

        Raises:
            Conflict: its key holds other content.
            TableUnavailable: DynamoDB did not answer.
        """
        answer = self._call(
            self._dynamodb.get_item,
            Key=_key(envelope.tenant_id, sort_key(envelope)),
            ProjectionExpression="content_sha256",
            ConsistentRead=True,
        )
        if "Item" not in answer:
            return False
        _refuse_other_content(answer["Item"], fingerprint(envelope.text))
        return True

    def put(self, record: Record, *, message_id: str) -> bool:
        """Write a record unless its key is taken; return False where the same content was stored already.

        Raises:
            Conflict: the key holds other content.
            TableUnavailable: DynamoDB did not say yes.
        """
        try:
            self._call(
                self._dynamodb.put_item,
                Item=self._item(record, message_id),
                ConditionExpression="attribute_not_exists(tenant_id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException as error:
            _refuse_other_content(error.response["Item"], record.content_sha256)
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
        if self._keep_original_text:
            item["original_text"] = {"S": record.original_text}
        if self._retention_days:
            item["expires_at"] = {"N": str(int(time.time()) + self._retention_days * SECONDS_PER_DAY)}
        return item

    def _call(self, operation: Any, **arguments: object) -> Any:  # noqa: ANN401 - as above
        try:
            return operation(TableName=self._name, **arguments)
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            raise
        except (BotoCoreError, ClientError) as error:
            raise TableUnavailable(cause_of(error)) from error


@lru_cache
def log_table(name: str, *, keep_original_text: bool, retention_days: int) -> LogTable:
    """Return this process's log table."""
    return LogTable(
        client("dynamodb"), name, keep_original_text=keep_original_text, retention_days=retention_days
    )


def _key(tenant_id: str, log_id: str) -> dict[str, Any]:
    return {"tenant_id": {"S": tenant_id}, "log_id": {"S": log_id}}


def _refuse_other_content(item: dict[str, Any], content_sha256: str) -> None:
    if item["content_sha256"]["S"] != content_sha256:
        raise Conflict
