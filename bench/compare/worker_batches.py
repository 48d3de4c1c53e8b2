"""Batches for the workers to compare, and their timer; DynamoDB and STS are stubbed just before the socket."""

from __future__ import annotations

import itertools
import json
import time
from typing import TYPE_CHECKING, Any

from bench.accuracy.log_lines import log_text
from bench.compare.ingest_handlers import AWS_ENVIRONMENT, Context, stub_http

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ENVIRONMENT = {
    **AWS_ENVIRONMENT,
    "INGEST_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/ingest",
    "DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/dead",
    "TABLE_NAME": "logs",
    "TENANT_ROLE_ARN": "arn:aws:iam::123456789012:role/writer",
    "FINGERPRINT_KEY_IDS": '["arn:aws:kms:us-east-1:123456789012:key/fingerprint"]',
    "PROCESSING_SECONDS_PER_CHAR": "0",
    "BATCH_SIZE": "10",
    "RETRY_DELAY_SECONDS": "0",
    "KEEP_ORIGINAL_TEXT": "true",
    "RECORD_RETENTION_DAYS": "0",
    "REDACT": "email,phone",
    "CHAOS": "false",
    "PROCESSOR": "",
}
_LENGTHS = tuple(20 + (7 * number) % 41 for number in range(100))
_STS_ANSWER = b"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
_numbers = itertools.count()


def text_lengths(size: int) -> tuple[int, ...]:
    """Return the lengths of the texts of a batch: 20 to 60 characters, so 1 to 3 seconds of simulated processing."""
    return _LENGTHS[:size]


def batch_of(size: int) -> dict[str, Any]:
    """Return the event of a batch of new logs."""
    logs = log_text(size=sum(text_lengths(size)), personal_share=1.0).replace("\n", " ")
    ends = list(itertools.accumulate(text_lengths(size)))
    return event_of([logs[start:end] for start, end in zip([0, *ends], ends, strict=False)])


def event_of(texts: Sequence[str], *, receives: int = 1) -> dict[str, Any]:
    """Return the event of a batch of new logs with these texts, each received `receives` times so far."""
    return {"Records": [_record(text, next(_numbers), receives) for text in texts]}


def _record(text: str, number: int, receives: int) -> dict[str, Any]:
    envelope = {
        "version": 1,
        "tenant_id": f"tenant-{number % 10}",
        "log_id": str(number),
        "source": "json_upload",
        "text": text,
        "received_at": "2026-01-31T22:47:57.559836+00:00",
        "part": 1,
        "parts": 1,
    }
    return {
        "messageId": f"message-{number}",
        "receiptHandle": "receipt",
        "body": json.dumps(envelope),
        "attributes": {"ApproximateReceiveCount": str(receives), "MessageGroupId": envelope["tenant_id"]},
    }


def _ours() -> Any:
    from handlers.aws.clients import client, tenant_scoped_client
    from handlers.worker import handler

    stub_http(client("sts"), _STS_ANSWER)
    stub_http(client("kms"), b'{"Mac": "c2VjcmV0"}')
    stub_http(tenant_scoped_client("dynamodb"), b"{}")
    return handler


def _sequential() -> Any:
    from bench.compare.alternatives import sequential

    stub_http(sequential.dynamodb, b"{}")
    return sequential.handler


HANDLERS = {"ours": _ours, "sequential": _sequential}


def batch_timer(*, name: str) -> Callable[..., dict[str, float]]:
    """Return a function that times one batch, in seconds of wall and CPU time, after one batch to warm up."""
    handler = HANDLERS[name]()

    def time_batch(*, size: int) -> dict[str, float]:
        event = batch_of(size)
        wall, cpu = time.perf_counter(), time.process_time()
        answer = handler(event, Context())
        taken = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        if answer["batchItemFailures"]:
            raise RuntimeError(f"every record must be stored, got {answer}")
        return taken

    time_batch(size=1)
    return time_batch
