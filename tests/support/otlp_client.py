"""A client of the OTLP door: sends requests to ingest in both encodings, and reads its answers.

The requests are made, and the answers read, with OpenTelemetry's own messages.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from handlers.ingest import handler
from handlers.web.doors.otlp.messages import Status
from tests.support.aws_fixtures import Context, event_of

NOW_NS = 1_769_899_677_559_836_123
JSON, PROTOBUF = "application/json", "application/x-protobuf"
TENANT = {"x-tenant-id": "acme"}
Answer = dict[str, Any]

in_both_encodings = pytest.mark.parametrize("media_type", [JSON, PROTOBUF])


def export(
    body: str | bytes | ExportLogsServiceRequest,
    media_type: str = PROTOBUF,
    headers: Mapping[str, str] = TENANT,
    credential: str | None = None,
) -> Answer:
    if isinstance(body, ExportLogsServiceRequest):
        body = body.SerializeToString() if media_type == PROTOBUF else as_json(body)
    event = event_of("http_api_json") | {"rawPath": "/v1/logs", "body": body, "isBase64Encoded": False}
    if isinstance(body, bytes):
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    event["headers"] = {"content-type": media_type, **headers}
    if credential is not None:
        event["requestContext"]["authorizer"] = {"lambda": {"tenant_id": credential}}
    answer = handler(event, Context())
    expected = media_type if media_type in {JSON, PROTOBUF} else JSON
    assert answer["headers"]["content-type"] == expected
    assert answer.get("isBase64Encoded", False) == (expected == PROTOBUF)
    return answer


def as_json(request: ExportLogsServiceRequest) -> str:
    """Return a request as OTLP writes it in JSON: as protobuf does, but with ids in hex and enums as numbers."""
    written = MessageToDict(request, use_integers_for_enums=True)
    for resource_logs in written.get("resourceLogs", []):
        for scope_logs in resource_logs.get("scopeLogs", []):
            for record in scope_logs.get("logRecords", []):
                for name in {"traceId", "spanId"} & set(record):
                    record[name] = base64.b64decode(record[name]).hex().upper()
    return json.dumps(written)


def said(answer: Answer) -> tuple[int, str]:
    """Return an error's status and the message of its Status."""
    if answer["headers"]["content-type"] == JSON:
        return answer["statusCode"], json.loads(answer["body"])["message"]
    return answer["statusCode"], Status.FromString(base64.b64decode(answer["body"])).message.decode()


def success(answer: Answer) -> tuple[int, str]:
    """Return how many log records were rejected, and why."""
    assert answer["statusCode"] == 200
    if answer["headers"]["content-type"] == JSON:
        partial = json.loads(answer["body"]).get("partialSuccess", {"rejectedLogRecords": "0", "errorMessage": ""})
        return int(partial["rejectedLogRecords"]), partial["errorMessage"]
    response = ExportLogsServiceResponse.FromString(base64.b64decode(answer["body"]))
    return response.partial_success.rejected_log_records, response.partial_success.error_message


def request_of(*texts: str, time_ns: int = NOW_NS) -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    scope_logs = request.resource_logs.add().scope_logs.add()
    for text in texts:
        scope_logs.log_records.add(time_unix_nano=time_ns, body=AnyValue(string_value=text))
    return request


def full_request() -> ExportLogsServiceRequest:
    request = request_of("call 555-0199")
    [resource_logs] = request.resource_logs
    resource_logs.schema_url = "https://example.com/resource/1"
    resource_logs.resource.dropped_attributes_count = 1
    resource_logs.resource.attributes.add(key="service.name").value.string_value = "checkout"
    [scope_logs] = resource_logs.scope_logs
    scope_logs.schema_url = "https://example.com/scope/1"
    scope_logs.scope.name, scope_logs.scope.version = "cart", "1.2"
    scope_logs.scope.dropped_attributes_count = 2
    scope_logs.scope.attributes.add(key="kind").value.string_value = "library"
    [record] = scope_logs.log_records
    record.observed_time_unix_nano = NOW_NS + 1
    record.severity_number, record.severity_text = 14, "WARNING"
    record.trace_id, record.span_id, record.flags = bytes(range(16)), bytes(range(8)), 1
    record.event_name, record.dropped_attributes_count = "user.called", 3
    record.attributes.add(key="user").value.string_value = "bob@example.com"
    return request


def packed_field(number: int, content: bytes) -> bytes:
    """Return a field of protobuf that holds bytes."""
    return field_start(number, len(content)) + content


def field_start(number: int, size: int) -> bytes:
    """Return what comes before the bytes of a field: its number, and their length."""
    length = bytearray()
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([number << 3 | 2, *length, size])


def request_bytes(content: bytes) -> bytes:
    """Return a request with these log records, each already a field."""
    return packed_field(1, packed_field(2, content))


def record_bytes(value: bytes, *attributes: bytes) -> bytes:
    """Return the field of a log record with this body."""
    return packed_field(2, packed_field(5, value) + b"".join(packed_field(6, attribute) for attribute in attributes))


def attribute_bytes(name: bytes, value: bytes) -> bytes:
    return packed_field(1, name) + packed_field(2, value)


def nested_lists(levels: int) -> bytes:
    """Return a value that is a list of one list, and so on: as many levels as asked, without recursion."""
    written, size = [], len(A_TEXT)
    for _ in range(levels):
        for number in (1, 5):
            written.append(field_start(number, size))
            size += len(written[-1])
    return b"".join(reversed(written)) + A_TEXT


A_TEXT = packed_field(1, b"x")
