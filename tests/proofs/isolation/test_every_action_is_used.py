"""No role may do more than the pipeline does: each action that it is allowed is recorded on some path of the code."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from botocore.client import BaseClient

from handlers import authorizer, ingest, query, worker
from handlers.access.api_key import key_hash
from proofs.isolation.declared import declared
from proofs.isolation.request import statements_of
from tests.support.aws_fixtures import Aws, Context, envelope_of, event_of, forget_cached
from tests.support.fake_sqs import client_error

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "rdp_" + "A" * 43  # that of the event for the authorizer
# Lambda does these by the function's role ("Using Lambda with Amazon SQS", "Sending Lambda function logs", "X-Ray").
BY_LAMBDA = {
    "logs-worker": {
        ("sqs:ReceiveMessage", "logs-ingest"),
        ("sqs:DeleteMessage", "logs-ingest"),
        ("sqs:GetQueueAttributes", "logs-ingest"),
    }
}
OF_LAMBDA_ITSELF = ("logs:", "xray:")
BATCHED = {"SendMessageBatch": "SendMessage", "ChangeMessageVisibilityBatch": "ChangeMessageVisibility"}
NAMED = {"ingest": "logs-ingest", "ingest-dead-letters": "logs-ingest-dead-letters", "logs": "logs-records"}
NAMED |= {"keys": "logs-keys", "key-usage": "logs-keys-usage", "tenant-writer": "logs-tenant-writer"}
TENANT_ROLES = {"logs-worker": "logs-tenant-writer", "logs-query": "logs-tenant-reader"}

Calls = dict[str, set[tuple[str, str]]]


class Recorder:
    """Notes which function makes which call, by the role whose credentials it uses."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: Calls = defaultdict(set)
        self.away: str | None = None
        self._role: str | None = None
        original = BaseClient._make_api_call
        recorder = self

        def noted(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
            service = client.meta.service_model.service_name
            if recorder._role:
                recorder.note(service, operation, arguments)
                if recorder.away == service:
                    raise client_error("ThrottlingException", operation)
            return original(client, operation, arguments)

        monkeypatch.setattr(BaseClient, "_make_api_call", noted)

    @contextmanager
    def function(self, role: str, *, without: str | None = None) -> Iterator[None]:
        """Record what a function calls within the block, while a service is away or none is."""
        forget_cached()
        self._role, self.away = role, without
        try:
            yield
        finally:
            self._role = self.away = None

    def note(self, service: str, operation: str, arguments: dict[str, Any]) -> None:
        assert self._role
        resource = self._resource(arguments)
        role = TENANT_ROLES[self._role] if resource == "logs-records" else self._role
        self.calls[role].add((f"{service}:{BATCHED.get(operation, operation)}", resource))
        if operation == "AssumeRole" and arguments.get("Tags"):
            self.calls[role].add(("sts:TagSession", resource))

    def _resource(self, arguments: dict[str, Any]) -> str:
        if "KeyId" in arguments:
            return "logs-fingerprint-key"
        if self._role == "logs-query" and "RoleArn" in arguments:
            return "logs-tenant-reader"
        named = next(arguments[key] for key in ("QueueUrl", "TableName", "RoleArn") if key in arguments)
        return NAMED[named.rpartition("/")[2]]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return Recorder(monkeypatch)


@cache
def granted() -> Calls:
    """Return what each role is allowed, without what Lambda does with it."""
    return {
        role.name: {
            (action, statement["Resource"].rpartition(":")[2].rpartition("/")[2])
            for policy in role.policies
            for statement in statements_of(policy)
            for action in statement["Action"]
            if not action.startswith(OF_LAMBDA_ITSELF)
        }
        - BY_LAMBDA.get(role.name, set())
        for role in declared("api-key").roles
    }


def take_every_path(aws: Aws, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send, store, repeat, fail, give up, meet an outage, read back, and look up a key."""
    monkeypatch.setenv("AUTH", "api-key")
    with recorder.function("logs-ingest"):
        event = event_of("http_api_json")
        event["requestContext"]["authorizer"] = {"lambda": {"tenant_id": "acme", "scopes": "write", "key_id": "0a1b"}}
        ingest.handler(event, Context())
    for text in ("stored", "stored", "chaos:raise"):
        aws.send(envelope_of(text).to_message())
    aws.send("no envelope")
    work(aws, recorder)
    aws.send(envelope_of("later", log_id="later").to_message())
    work(aws, recorder, without="dynamodb")
    with recorder.function("logs-query"):
        query.handler(event_of("http_api_read_log"), Context())
        query.handler(event_of("http_api_read_page"), Context())
    item = {"key_hash": {"S": key_hash(KEY)}, "tenant_id": {"S": "acme"}}
    aws.dynamodb.put_item(TableName=aws.key_table_name, Item=item)
    with recorder.function("logs-authorizer"):
        authorizer.handler(event_of("http_api_authorizer"), Context())


def work(aws: Aws, recorder: Recorder, *, without: str | None = None) -> None:
    batch = aws.batch()
    with recorder.function("logs-worker", without=without):
        worker.handler(batch, Context())


def test_every_allowed_action_is_used_and_no_other(
    aws: Aws, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_every_path(aws, recorder, monkeypatch)

    recorded = {role: calls - BY_LAMBDA.get(role, set()) for role, calls in recorder.calls.items()}
    assert recorded == granted()


def test_what_lambda_does_is_allowed_too() -> None:
    worker_role = declared("api-key").role("logs-worker")
    allowed = {action for policy in worker_role.policies for one in statements_of(policy) for action in one["Action"]}

    assert {action for action, _ in BY_LAMBDA["logs-worker"]} <= allowed
