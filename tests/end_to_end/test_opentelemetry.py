"""OpenTelemetry's Python SDK against the embedded cloud: a record keeps its structure."""

import time
import uuid

from tests.support.opentelemetry_client import Exporter, emit, logger_of
from tests.support.stack import Stack, wait_until


def test_records_are_stored_redacted_with_their_attributes(stack: Stack) -> None:
    tenant_id, time_ns = f"otlp-{uuid.uuid4().hex}", time.time_ns()
    exporter = Exporter(endpoint=f"{stack.outputs['api_gateway_url']}/v1/logs", headers={"X-Tenant-ID": tenant_id})

    with logger_of(exporter) as logger:
        emit(logger, ["call 555-0199"], time_ns=time_ns, user="bob@example.com", phone=4155552671, attempt=3)

    [stored] = wait_until(lambda: stack.records_of(tenant_id))
    assert stored["modified_data"] == {"S": "call [REDACTED]"}
    assert stored["source"] == {"S": "otlp"}
    assert int(stored["timestamp"]["S"][20:29]) == time_ns % 10**9
    for kept in ('"attempt": 3', '"service.name": "checkout"', '"user": "[REDACTED]"', '"phone": "[REDACTED]"'):
        assert kept.replace(" ", "") in stored["attributes"]["S"].replace(" ", "")
