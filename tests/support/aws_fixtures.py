"""Fixtures for handlers: queues and a table on moto, and the environment that a stack would set."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from hypothesis import settings
from moto import mock_aws
from moto.kms import models as moto_kms

from handlers import authorizer, submit, worker
from handlers.aws import fingerprint_keys, key_table, log_table, queues, tenant_credentials
from handlers.aws.clients import client
from handlers.environment import AuthorizerEnvironment, IngestEnvironment, QueryEnvironment, WorkerEnvironment
from handlers.logs.envelope import Envelope, Severity
from tests.support.checkout import EVENTS
from tests.support.fake_sqs import FakeSqs

# moto makes an RSA key with every KMS key, whatever the key is for, and that takes longer than most tests.
moto_kms.generate_private_key = cache(moto_kms.generate_private_key)

# How long an example takes says nothing on a machine that others use too.
settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")


def event_of(name: str) -> dict[str, Any]:
    """Return a real event payload by its file's name."""
    return json.loads((EVENTS / f"{name}.json").read_text())


def envelope_of(text: str, *, tenant_id: str = "acme", log_id: str = "123") -> Envelope:
    """Return an envelope as ingest makes it."""
    return Envelope(
        tenant_id=tenant_id,
        log_id=log_id,
        source="json_upload",
        text=text,
        received_at="2026-01-31T22:47:57.559836+00:00",
    )


def detailed_envelope_of(text: str, *, log_id: str = "123", **fields: Any) -> Envelope:
    """Return an envelope of version 2, which has a time, a severity and attributes unless `fields` say otherwise."""
    details = {
        "timestamp": "2026-01-31T22:47:57.123456789+00:00",
        "severity": Severity(number=17, text="ERROR"),
        "attributes": {"user": {"phone": 4155552671}, "bob@example.com": True},
    }
    changed = {"version": 2, "source": "otlp", **details, **fields}
    return envelope_of(text, log_id=log_id).model_copy(update=changed)


class Context:
    """An invocation that may still take so long."""

    def __init__(self, seconds: float = 30) -> None:
        self._milliseconds = int(seconds * 1000)

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


@dataclass
class Aws:
    """What a stack has in AWS, and questions about it."""

    sqs: Any
    dynamodb: Any
    queue_url: str
    dead_letter_queue_url: str
    table_name: str
    key_table_name: str
    key_usage_table_name: str
    fingerprint_key_arn: str

    def send(self, body: str, *, group: str = "acme") -> str:
        return self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=body, MessageGroupId=group)["MessageId"]

    def waiting(self) -> list[dict[str, Any]]:
        return self._receive(self.queue_url)

    def dead_letters(self) -> list[dict[str, Any]]:
        return self._receive(self.dead_letter_queue_url)

    def records(self) -> list[dict[str, Any]]:
        return self.dynamodb.scan(TableName=self.table_name)["Items"]

    def batch(self) -> dict[str, Any]:
        """Receive all that waits, as the event that Lambda would hand to the worker."""
        return {"Records": [event_record(message) for message in self.waiting()]}

    def _receive(self, url: str) -> list[dict[str, Any]]:
        answer = self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"]
        )
        return answer.get("Messages", [])


def event_record(message: dict[str, Any]) -> dict[str, Any]:
    """Return a received message as Lambda writes it into an event ("Using Lambda with Amazon SQS", example event)."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {
                "stringValue": value["StringValue"],
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": value["DataType"],
            }
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:ingest",
        "awsRegion": "us-east-1",
    }


# boto3's own session is kept: to make another one takes longer than most tests.
_MOTO: Any = {"core": {"reset_boto3_session": False}}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """Yield empty queues and an empty table, and an environment that names them."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws(config=_MOTO):
        stack = _stack()
        for name, value in _environment(stack).items():
            monkeypatch.setenv(name, value)
        forget_cached()
        yield stack
        forget_cached()


def _stack() -> Aws:
    # The clients are those of the handlers and are made once: to make them takes longer than most tests.
    sqs, dynamodb = client("sqs"), client("dynamodb")
    dynamodb.create_table(
        TableName="logs",
        KeySchema=[
            {"AttributeName": "tenant_id", "KeyType": "HASH"},
            {"AttributeName": "log_id", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "tenant_id", "AttributeType": "S"},
            {"AttributeName": "log_id", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for table_name in ("keys", "key-usage"):
        dynamodb.create_table(
            TableName=table_name,
            KeySchema=[{"AttributeName": "key_hash", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "key_hash", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    key = client("kms").create_key(KeyUsage="GENERATE_VERIFY_MAC", KeySpec="HMAC_256")["KeyMetadata"]
    return Aws(
        sqs=sqs,
        dynamodb=dynamodb,
        queue_url=sqs.create_queue(QueueName="ingest")["QueueUrl"],
        dead_letter_queue_url=sqs.create_queue(QueueName="ingest-dead-letters")["QueueUrl"],
        table_name="logs",
        key_table_name="keys",
        key_usage_table_name="key-usage",
        fingerprint_key_arn=key["Arn"],
    )


# As a stack with the default settings says, but without simulated work.
_CAPACITY = {
    "MAX_TEXT_CHARS": "2800",
    "PROCESSING_SECONDS_PER_CHAR": "0",
    "MAX_PROCESSING_SECONDS_PER_REQUEST": "300000",
    "MAX_BACKLOG_SECONDS": "302400",
    "DRAIN_CONCURRENCY": "1000",
}


def _environment(stack: Aws) -> dict[str, str]:
    return {
        "INGEST_QUEUE_URL": stack.queue_url,
        **_CAPACITY,
        "DEAD_LETTER_QUEUE_URL": stack.dead_letter_queue_url,
        "TABLE_NAME": stack.table_name,
        "FINGERPRINT_KEY_IDS": json.dumps([stack.fingerprint_key_arn]),
        "BATCH_SIZE": "10",
        "RETRY_DELAY_SECONDS": "0",
        "KEEP_ORIGINAL_TEXT": "true",
        "RECORD_RETENTION_DAYS": "0",
        "CHAOS": "true",
        "PROCESSOR": "",
        "REDACT": "email,phone",
        "TENANT_ROLE_ARN": "arn:aws:iam::123456789012:role/tenant-writer",
        "AUTH": "none",
        "TENANT_CLAIM": "tenant",
        "SCOPE_CLAIM": "",
        "KEY_TABLE_NAME": stack.key_table_name,
        "KEY_USAGE_TABLE_NAME": stack.key_usage_table_name,
    }


@pytest.fixture
def ingest(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSqs]:
    """Yield the queue that the ingest function sends to, in memory, and an environment that names it."""
    sqs = FakeSqs()
    for name, value in {
        "INGEST_QUEUE_URL": "https://sqs.example.com/ingest",
        **_CAPACITY,
        "REDACT": "email,phone",
        "AUTH": "none",
        "TENANT_CLAIM": "tenant",
        "SCOPE_CLAIM": "",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("handlers.submit.ingest_queue", lambda url: queues.IngestQueue(sqs, url))
    forget_cached()
    yield sqs
    forget_cached()


def forget_cached() -> None:
    """Be as a function that has just started."""
    for environment in (IngestEnvironment, WorkerEnvironment, AuthorizerEnvironment, QueryEnvironment):
        environment.read.cache_clear()
    for factory in (
        tenant_credentials.tenant_credentials,
        queues.ingest_queue,
        queues.dead_letter_queue,
        log_table.log_table,
        fingerprint_keys.fingerprint_keys,
        key_table.key_table,
        key_table.key_usage,
        authorizer._record_use,
        worker.worker,
        submit.backlog,
    ):
        factory.cache_clear()
