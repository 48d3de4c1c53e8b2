"""Batches for the workers to compare, and what times them; DynamoDB and STS are stubbed just before the socket."""

from __future__ import annotations

import itertools
import json
import time
from typing import TYPE_CHECKING, Any

from bench.accuracy.log_lines import log_text
from bench.compare.ingest_handlers import Context, stub_http

if TYPE_CHECKING:
    from collections.abc import Callable

ROLE_ARN = "arn:aws:iam::123456789012:role/writer"
# Which texts the logs of a batch have: 20 to 60 characters, so 1 to 3 seconds of simulated work.
LENGTHS = tuple(20 + (7 * number) % 41 for number in range(100))
_STS_ANSWER = b"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
_numbers = itertools.count()


def lengths_of(size: int) -> tuple[int, ...]:
    """Return how long the texts of a batch are, in characters."""
    return LENGTHS[:size]


def batch_of(size: int) -> dict[str, Any]:
    """Return the event of a batch of so many logs, each of which no worker has seen."""
    logs = log_text(size=sum(lengths_of(size)), personal_share=1.0).replace("\n", " ")
    ends = list(itertools.accumulate(lengths_of(size)))
    texts = [logs[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return {"Records": [_record(text, next(_numbers)) for text in texts]}


def _record(text: str, number: int) -> dict[str, Any]:
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
        "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": envelope["tenant_id"]},
    }


def ours() -> Any:
    """Return our worker's handler, its clients stubbed."""
    from handlers.aws.clients import client, tenant_scoped_client
    from handlers.worker import handler

    stub_http(client("sts"), _STS_ANSWER)
    stub_http(tenant_scoped_client("dynamodb"), b"{}")
    return handler


def one_after_another() -> Any:
    """Return the alternative's handler, its client stubbed."""
    from bench.compare.alternatives import one_after_another as module

    stub_http(module.dynamodb, b"{}")
    return module.handler


HANDLERS = {"ours": ours, "one after another": one_after_another}


def batch_timer(*, name: str) -> Callable[..., dict[str, float]]:
    """Return what times one batch: seconds of wall and of CPU time, after a batch that warms up."""
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


def put_timer(*, acting: bool) -> Callable[..., float]:
    """Return what times a write, in µs of CPU: under the tenant's credentials, or under the function's own."""
    from handlers.aws.clients import client, tenant_scoped_client
    from handlers.aws.log_table import log_table
    from handlers.logs.envelope import Envelope
    from handlers.logs.record import record_of
    from handlers.redaction import redact

    table = log_table("logs", tenant_role_arn=ROLE_ARN, keep_original_text=True, retention_days=0)
    stub_http(client("sts"), _STS_ANSWER)
    own = client("dynamodb")
    for each in (tenant_scoped_client("dynamodb"), own):
        stub_http(each, b"{}")
    envelopes = [Envelope.from_message(record["body"]) for record in batch_of(100)["Records"]]
    records = [record_of(envelope, redact(envelope.text)) for envelope in envelopes]

    any_rows = table.rows_of("acme", lasting_seconds=30)

    def put(record: Any) -> None:
        if acting:
            table.rows_of(record.tenant_id, lasting_seconds=30).put(record, message_id="1")
            return
        own.put_item(
            TableName=table.name,
            Item=any_rows._item(record, "1"),  # noqa: SLF001 - the very same item
            ConditionExpression="attribute_not_exists(tenant_id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    def time_puts(*, calls: int) -> float:
        start = time.process_time()
        for record in itertools.islice(itertools.cycle(records), calls):
            put(record)
        return (time.process_time() - start) / calls * 1e6

    return time_puts
