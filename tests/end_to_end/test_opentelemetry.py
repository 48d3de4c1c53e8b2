"""OpenTelemetry's Python SDK against the embedded cloud: what was answered with success is stored, once."""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.chaos.processes import FunctionProcesses
from tests.end_to_end.test_shippers import wait_for_texts
from tests.support.opentelemetry_client import Exporter, emit, logger_of
from tests.support.stack import Stack, wait_until

FUNCTIONS = ("logs-ingest", "logs-worker")


@pytest.fixture
def exporter(stack: Stack) -> Exporter:
    """Return an exporter as it is set up by default, for a tenant of its own."""
    tenant_id = f"otlp-{uuid.uuid4().hex}"
    return Exporter(endpoint=f"{stack.outputs['api_gateway_url']}/v1/logs", headers={"X-Tenant-ID": tenant_id})


def tenant_of(exporter: Exporter) -> str:
    return str(exporter._client._headers["x-tenant-id"])


def test_records_are_stored_redacted_with_their_attributes(stack: Stack, exporter: Exporter) -> None:
    tenant_id, time_ns = tenant_of(exporter), time.time_ns()

    with logger_of(exporter) as logger:
        emit(logger, ["call 555-0199"], time_ns=time_ns, user="bob@example.com", phone=4155552671, attempt=3)

    assert wait_for_texts(stack, tenant_id, 1) == ["call [REDACTED]"]
    [listed] = stack.cloud.client("dynamodb").query(
        TableName=stack.outputs["table_name"],
        KeyConditionExpression="tenant_id = :tenant_id",
        ExpressionAttributeValues={":tenant_id": {"S": tenant_id}},
    )["Items"]
    assert listed["source"] == {"S": "otlp"}
    assert int(listed["timestamp"]["S"][20:29]) == time_ns % 10**9
    for kept in ('"attempt": 3', '"service.name": "checkout"', '"user": "[REDACTED]"', '"phone": "[REDACTED]"'):
        assert kept.replace(" ", "") in listed["attributes"]["S"].replace(" ", "")


@contextmanager
def functions_killed(stack: Stack, *, every_seconds: float) -> Iterator[list[int]]:
    """Kill a running execution environment again and again; yield the process ids of those that were killed."""
    processes = FunctionProcesses(stack.emulator.port)
    killed: list[int] = []
    ended = threading.Event()

    def kill() -> None:
        while not ended.wait(every_seconds):
            function = FUNCTIONS[len(killed) % len(FUNCTIONS)]
            running = processes.of(function, connected_to=stack.emulator.port)
            killed.extend(process_id for process_id in running[:1] if processes.kill(process_id))

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        ended.set()
        thread.join()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_while_functions_are_killed_what_was_acknowledged_is_stored_once(stack: Stack, exporter: Exporter) -> None:
    tenant_id = tenant_of(exporter)

    with functions_killed(stack, every_seconds=0.4) as killed, logger_of(exporter, max_export_batch_size=20) as logger:
        for number in range(15):
            emit(logger, [f"log {number}-{line}" for line in range(20)], time_ns=time.time_ns())
            time.sleep(0.2)

    assert len(killed) > 2
    assert exporter.acknowledged
    acknowledged = set(exporter.acknowledged)
    wait_until(lambda: acknowledged <= set(stack.texts_of(tenant_id)), seconds=120)
    assert set(Counter(stack.texts_of(tenant_id)).values()) == {1}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_five_megabytes_in_requests_of_the_default_size_are_stored_once(stack: Stack, exporter: Exporter) -> None:
    texts = [f"{number:05d} {'x' * 1000}" for number in range(5200)]
    tenant_id = tenant_of(exporter)

    with logger_of(exporter, max_queue_size=len(texts)) as logger:
        emit(logger, texts, time_ns=time.time_ns())

    assert (len(exporter.acknowledged), exporter.given_up) == (len(texts), [])
    assert exporter.requests < 20
    wait_until(lambda: len(all_texts(stack, tenant_id)) >= len(texts), seconds=200)
    assert sorted(all_texts(stack, tenant_id)) == texts


def all_texts(stack: Stack, tenant_id: str) -> list[str]:
    pages = (
        stack.cloud.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=stack.outputs["table_name"],
            KeyConditionExpression="tenant_id = :tenant_id",
            ExpressionAttributeValues={":tenant_id": {"S": tenant_id}},
            ProjectionExpression="modified_data",
            ConsistentRead=True,
        )
    )
    return [item["modified_data"]["S"] for page in pages for item in page["Items"]]
