"""A deployed stack on an emulator of its own, and questions to it."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from handlers.access.api_key import key_hash, new_key
from local.cloud import Cloud
from local.emulator import Emulator

# Quick to process and quick to come back, so that crashes can be waited out: six times five seconds.
FAST = {
    "processingSecondsPerChar": "0",
    "workerTimeoutSeconds": "5",
    "retryDelaySeconds": "0",
    "workerMaxConcurrency": "4",
}
PATIENCE_SECONDS = 60
Found = TypeVar("Found")


@dataclass
class Answer:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]


@dataclass
class Stack:
    """A deployed stack, and questions about it."""

    cloud: Cloud
    outputs: dict[str, Any]
    emulator: Emulator
    _dead: dict[str, dict[str, Any]] = field(default_factory=dict)

    def request(self, path: str, body: bytes | str | None = None, *, method: str = "POST", **headers: str) -> Answer:
        """Send a request; underscores in header names stand for dashes."""
        request = urllib.request.Request(
            self.outputs["api_gateway_url"] + path,
            data=body.encode() if isinstance(body, str) else body,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, answer.headers, json.loads(answer.read() or b"{}"))
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, refused.headers, json.loads(refused.read() or b"{}"))

    def post(self, text: str, *, tenant_id: str, log_id: str, **headers: str) -> Answer:
        body = json.dumps({"tenant_id": tenant_id, "log_id": log_id, "text": text})
        return self.request("/ingest", body, content_type="application/json", **headers)

    def record(self, tenant_id: str, log_id: str) -> dict[str, Any] | None:
        key = {"tenant_id": {"S": tenant_id}, "log_id": {"S": log_id}}
        table = self.outputs["table_name"]
        return self.cloud.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")

    def records_of(self, tenant_id: str) -> list[dict[str, Any]]:
        """Return every record of a tenant."""
        pages = self.cloud.client("dynamodb").get_paginator("query")
        found = pages.paginate(
            TableName=self.outputs["table_name"],
            KeyConditionExpression="tenant_id = :tenant_id",
            ExpressionAttributeValues={":tenant_id": {"S": tenant_id}},
            ConsistentRead=True,
        )
        return [record for page in found for record in page["Items"]]

    def texts_of(self, tenant_id: str) -> list[str]:
        """Return the redacted text of every record of a tenant."""
        return [record["modified_data"]["S"] for record in self.records_of(tenant_id)]

    def make_key(self, tenant_id: str, *, expires_in: timedelta | None = None, disabled: bool = False) -> str:
        """Make an API key of a tenant."""
        key = new_key()
        item: dict[str, Any] = {
            "key_hash": {"S": key_hash(key)},
            "tenant_id": {"S": tenant_id},
            "created_at": {"S": datetime.now(UTC).isoformat()},
            "disabled": {"BOOL": disabled},
        }
        if expires_in is not None:
            item["expires_at"] = {"S": (datetime.now(UTC) + expires_in).isoformat()}
        self.cloud.client("dynamodb").put_item(TableName=self.outputs["key_table_name"], Item=item)
        return key

    def dead_letter(self, message_id: str) -> dict[str, Any] | None:
        """Return the dead letter of the message that a 202 named."""
        answer = self.cloud.client("sqs").receive_message(
            QueueUrl=self.outputs["dead_letter_queue_url"],
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
            VisibilityTimeout=1,
        )
        for message in answer.get("Messages", []):
            attributes = message.get("MessageAttributes", {})
            original = attributes["message_id"]["StringValue"] if attributes else message["MessageId"]
            self._dead[original] = message
        return self._dead.get(message_id)

    def wait_for_record(self, tenant_id: str, log_id: str) -> dict[str, Any]:
        return wait_until(lambda: self.record(tenant_id, log_id))

    def wait_for_dead_letter(self, message_id: str) -> dict[str, Any]:
        return wait_until(lambda: self.dead_letter(message_id))

    def events(self, function: str) -> list[dict[str, Any]]:
        """Return a function's own event log."""
        lines = self.cloud.client("logs").filter_log_events(logGroupName=function)["events"]
        entries = [json.loads(line["message"]) for line in lines if line["message"].startswith("{")]
        return [entry for entry in entries if entry.get("logger") == "rdp"]


def wait_until(condition: Callable[[], Found | None], *, seconds: float = PATIENCE_SECONDS) -> Found:
    """Return what the condition finds, as soon as it finds something; fail where it does not in time."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
    return found
