"""The worker as most people would write it: one record after another, one client, one pattern per kind."""

from __future__ import annotations

import json
import os
import re
import time
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.exceptions import ClientError

from bench.accuracy.redactors import CAREFUL_EMAIL, CAREFUL_PHONE

_EMAIL, _PHONE = re.compile(CAREFUL_EMAIL), re.compile(CAREFUL_PHONE)

dynamodb = boto3.client("dynamodb")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Process one SQS batch."""
    failed = []
    for record in event["Records"]:
        try:
            _process(json.loads(record["body"]), record["messageId"])
        except (ClientError, KeyError, ValueError):
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _process(envelope: dict[str, Any], message_id: str) -> None:
    time.sleep(len(envelope["text"]) * float(os.environ["PROCESSING_SECONDS_PER_CHAR"]))
    redacted = _PHONE.sub("[REDACTED]", _EMAIL.sub("[REDACTED]", envelope["text"]))
    item = {
        "tenant_id": envelope["tenant_id"],
        "log_id": envelope["log_id"],
        "source": envelope["source"],
        "original_text": envelope["text"],
        "modified_data": redacted,
        "processed_at": datetime.now(UTC).isoformat(),
        "received_at": envelope["received_at"],
        "message_id": message_id,
    }
    dynamodb.put_item(
        TableName=os.environ["TABLE_NAME"],
        Item={name: {"S": value} for name, value in item.items()},
        ConditionExpression="attribute_not_exists(tenant_id)",
    )
