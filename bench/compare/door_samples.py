"""What each door is measured with: requests of as many logs as asked for, and their plain decoding."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_JSON, _PROTOBUF = "application/json", "application/x-protobuf"
ATTRIBUTES = 8


class Sample(NamedTuple):
    """What a door is measured with.

    Attributes:
        path: where the requests go.
        content_type: what they say that they are.
        body: returns the body of a request with that many logs.
        decode: decodes a body with the same library, and no more.
        headers: what else the door needs.
    """

    path: str
    content_type: str
    body: Callable[[int], bytes | str]
    decode: Callable[[Any], object]
    headers: dict[str, str] = {}  # noqa: RUF012 - a default of a named tuple, which nobody changes

    def event(self, logs: int) -> dict[str, Any]:
        """Return the event of an HTTP API with that many logs."""
        from bench.compare.ingest_handlers import json_event

        body = self.body(logs)
        event = json_event() | {"rawPath": self.path, "body": body, "isBase64Encoded": isinstance(body, bytes)}
        if isinstance(body, bytes):
            event["body"] = base64.b64encode(body).decode()
        event["headers"] = {"content-type": self.content_type, "x-tenant-id": "acme"} | self.headers
        return event


def _text(number: int) -> str:
    return f"User {number:05d} logged in from 203.0.113.7 and looked at the cart"


def _fields(number: int, count: int = ATTRIBUTES) -> dict[str, str | int]:
    """Return what a log says beyond its text: every fourth field is a number."""
    return {
        f"attribute.name.{field}": number + field if field % 4 == 0 else f"value {number} {field}"
        for field in range(1, count + 1)
    }


def _lines(logs: int) -> bytes:
    return b"\n".join(json.dumps({"text": _text(number)}).encode() for number in range(logs))


def otlp(logs: int, attributes: int = ATTRIBUTES) -> bytes:
    """Return a request of OTLP, made with OpenTelemetry's own messages."""
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

    request = ExportLogsServiceRequest()
    resource_logs = request.resource_logs.add()
    for name in ("service.name", "host.name", "deployment.environment.name"):
        resource_logs.resource.attributes.add(key=name).value.string_value = "checkout"
    scope_logs = resource_logs.scope_logs.add()
    scope_logs.scope.name = "cart"
    now = time.time_ns()
    for number in range(logs):
        record = scope_logs.log_records.add(
            time_unix_nano=now + number,
            observed_time_unix_nano=now + number,
            severity_number=9,
            severity_text="INFO",
            trace_id=number.to_bytes(16, "big"),
            span_id=number.to_bytes(8, "big"),
            flags=1,
        )
        record.body.string_value = _text(number)
        for name, value in _fields(number, attributes).items():
            kept = record.attributes.add(key=name).value
            if isinstance(value, int):
                kept.int_value = value
            else:
                kept.string_value = value
    return request.SerializeToString()


def otlp_parsed(body: bytes) -> object:
    """Parse a request with OpenTelemetry's own messages."""
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

    return ExportLogsServiceRequest.FromString(body)


def _otlp_json(logs: int) -> str:
    now = time.time_ns()
    records = [
        {
            "timeUnixNano": str(now + number),
            "severityNumber": 9,
            "severityText": "INFO",
            "body": {"stringValue": _text(number)},
            "attributes": [
                {"key": name, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
                for name, value in _fields(number).items()
            ],
            "traceId": f"{number:032x}",
            "spanId": f"{number:016x}",
            "flags": 1,
        }
        for number in range(logs)
    ]
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"scope": {"name": "cart"}, "logRecords": records}]}]})


def _loki(logs: int) -> bytes:
    import cramjam

    from handlers.web.doors.loki.messages import PushRequest

    request = PushRequest()
    stream = request.streams.add(labels=b'{job="cart", env="live"}')
    seconds = int(time.time())
    for number in range(logs):
        entry = stream.entries.add(line=_text(number).encode())
        entry.timestamp.seconds, entry.timestamp.nanos = seconds, number
        for name, value in _fields(number).items():
            entry.metadata.add(name=name.encode(), value=str(value).encode())
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))


def _loki_parsed(body: bytes) -> object:
    import cramjam

    from handlers.web.doors.loki.messages import PushRequest

    return PushRequest.FromString(bytes(cramjam.snappy.decompress_raw(body)))


def _loki_json(logs: int) -> str:
    now = time.time_ns()
    values = [[str(now + number), _text(number), _fields(number)] for number in range(logs)]
    return json.dumps({"streams": [{"stream": {"job": "cart", "env": "live"}, "values": values}]})


def _hec(logs: int) -> str:
    now = time.time()
    return "".join(
        json.dumps({"time": now, "host": "web1", "event": _text(number), "fields": _fields(number)})
        for number in range(logs)
    )


def _hec_parsed(body: str) -> object:
    decode, end, found = json.JSONDecoder().raw_decode, 0, []
    while end < len(body):
        event, end = decode(body, end)
        found.append(event)
    return found


def _firehose(logs: int) -> str:
    records = [{"data": base64.b64encode(_text(number).encode()).decode()} for number in range(logs)]
    return json.dumps({"requestId": "1", "timestamp": int(time.time() * 1000), "records": records})


def _firehose_parsed(body: str) -> object:
    return [base64.b64decode(record["data"]) for record in json.loads(body)["records"]]


SAMPLES = {
    "ours, NDJSON": Sample(
        "/ingest", "application/x-ndjson", _lines, lambda body: [json.loads(line) for line in body.split(b"\n")]
    ),
    "OTLP, protobuf": Sample("/v1/logs", _PROTOBUF, otlp, otlp_parsed),
    "OTLP, JSON": Sample("/v1/logs", _JSON, _otlp_json, json.loads),
    "Loki, protobuf": Sample("/loki/api/v1/push", _PROTOBUF, _loki, _loki_parsed),
    "Loki, JSON": Sample("/loki/api/v1/push", _JSON, _loki_json, json.loads),
    "HEC, events": Sample("/services/collector/event", _JSON, _hec, _hec_parsed),
    "HEC, raw lines": Sample(
        "/services/collector/raw",
        "text/plain",
        lambda logs: "\n".join(_text(number) for number in range(logs)),
        str.splitlines,
    ),
    "Firehose": Sample(
        "/firehose",
        _JSON,
        _firehose,
        _firehose_parsed,
        {
            "x-amz-firehose-request-id": "1",
            "x-amz-firehose-common-attributes": json.dumps({"commonAttributes": {"tenant_id": "acme"}}),
        },
    ),
}
"""A new door needs one entry, or one for each of its encodings."""
