"""The OTLP door: log records in protobuf and JSON keep all they say, and answers that OTLP's clients obey.

The requests are made, and the answers read, with OpenTelemetry's own messages.
"""

import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from google._upb._message import SetAllowOversizeProtos
from google.protobuf.json_format import MessageToDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from handlers.ingest import handler
from handlers.web.doors.otlp.messages import ExportRequest, Status
from tests.support.aws_fixtures import Context, event_of
from tests.support.fake_sqs import FakeSqs, client_error

NOW_NS = 1_769_899_677_559_836_123
JSON, PROTOBUF = "application/json", "application/x-protobuf"
TENANT = {"x-tenant-id": "acme"}
Answer = dict[str, Any]

in_both_encodings = pytest.mark.parametrize("media_type", [JSON, PROTOBUF])


@pytest.fixture(autouse=True)
def _protobuf_as_in_lambda() -> None:
    # Pulumi, which other tests import, lifts the limit of a hundred messages in messages for its whole process.
    SetAllowOversizeProtos(False)  # noqa: FBT003 - protobuf takes no keyword


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


@in_both_encodings
def test_a_record_keeps_all_that_it_its_scope_and_its_resource_say(ingest: FakeSqs, media_type: str) -> None:
    assert success(export(full_request(), media_type)) == (0, "")

    [envelope] = ingest.envelopes()
    assert {name: envelope[name] for name in ("version", "tenant_id", "source", "text", "timestamp", "severity")} == {
        "version": 2,
        "tenant_id": "acme",
        "source": "otlp",
        "text": "call 555-0199",
        "timestamp": "2026-01-31T22:47:57.559836123+00:00",
        "severity": {"number": 14, "text": "WARNING"},
    }
    assert envelope["attributes"] == {
        "resource": {"service.name": "checkout"},
        "resource_schema_url": "https://example.com/resource/1",
        "resource_dropped_attributes_count": 1,
        "scope": {
            "name": "cart",
            "version": "1.2",
            "attributes": {"kind": "library"},
            "schema_url": "https://example.com/scope/1",
            "dropped_attributes_count": 2,
        },
        "attributes": {"user": "bob@example.com"},
        "dropped_attributes_count": 3,
        "observed_time_unix_nano": NOW_NS + 1,
        "trace_id": "000102030405060708090a0b0c0d0e0f",
        "span_id": "0001020304050607",
        "flags": 1,
        "event_name": "user.called",
    }


VALUES = {
    "text": (AnyValue(string_value="x"), "x"),
    "no text": (AnyValue(string_value=""), ""),
    "127 bytes": (AnyValue(string_value="x" * 127), "x" * 127),
    "128 bytes": (AnyValue(string_value="x" * 128), "x" * 128),
    "20,000 bytes": (AnyValue(string_value="é" * 10_000), "é" * 10_000),
    "true": (AnyValue(bool_value=True), True),
    "false": (AnyValue(bool_value=False), False),
    "zero": (AnyValue(int_value=0), 0),
    "the largest integer": (AnyValue(int_value=2**63 - 1), 2**63 - 1),
    "the smallest integer": (AnyValue(int_value=-(2**63)), -(2**63)),
    "a double": (AnyValue(double_value=-1.5), -1.5),
    "a whole double": (AnyValue(double_value=1e22), 1e22),
    "no number": (AnyValue(double_value=float("nan")), "NaN"),
    "infinity": (AnyValue(double_value=float("inf")), "Infinity"),
    "minus infinity": (AnyValue(double_value=float("-inf")), "-Infinity"),
    "bytes": (AnyValue(bytes_value=b"\x00\xff"), "AP8="),
    "nothing": (AnyValue(), None),
    "an empty list": (AnyValue(array_value={}), []),
    "an empty map": (AnyValue(kvlist_value={}), {}),
    "a list": (
        AnyValue(array_value={"values": [AnyValue(int_value=1), AnyValue(), {"string_value": "x"}]}),
        [1, None, "x"],
    ),
    "a map": (
        AnyValue(kvlist_value={"values": [{"key": "a", "value": {"array_value": {"values": [{"bool_value": True}]}}}]}),
        {"a": [True]},
    ),
}


@in_both_encodings
@pytest.mark.parametrize(("value", "expected"), VALUES.values(), ids=VALUES)
def test_each_kind_of_value_is_kept_as_json_can_say_it(
    ingest: FakeSqs, media_type: str, value: AnyValue, expected: object
) -> None:
    request = request_of("x")
    request.resource_logs[0].scope_logs[0].log_records[0].attributes.add(key="it", value=value)

    assert success(export(request, media_type)) == (0, "")

    [envelope] = ingest.envelopes()
    kept = envelope["attributes"]["attributes"]["it"]
    assert (kept, type(kept)) == (expected, type(expected))


@in_both_encodings
@pytest.mark.parametrize(
    ("body", "text"),
    [
        (AnyValue(int_value=7), "7"),
        (AnyValue(bool_value=False), "false"),
        (VALUES["a map"][0], '{"a": [true]}'),
        (AnyValue(array_value={"values": [{"string_value": "é"}]}), '["é"]'),
        (AnyValue(bytes_value=b"\x00\xff"), "AP8="),
    ],
)
def test_a_body_that_is_no_text_is_kept_as_json(ingest: FakeSqs, media_type: str, body: AnyValue, text: str) -> None:
    request = ExportLogsServiceRequest()
    request.resource_logs.add().scope_logs.add().log_records.add(body=body)

    assert success(export(request, media_type)) == (0, "")

    assert ingest.texts() == [text]


@in_both_encodings
def test_without_a_body_the_event_is_the_text_else_the_attributes_are(ingest: FakeSqs, media_type: str) -> None:
    request = request_of("", "", "")
    event, attributes_only, _nothing = request.resource_logs[0].scope_logs[0].log_records
    event.event_name = "user.called"
    for record in (event, attributes_only):
        record.attributes.add(key="n").value.int_value = 1

    rejected, message = success(export(request, media_type))

    assert (rejected, message.partition(":")[0]) == (1, "1 of 3 logs cannot be accepted, the others were. Number 2")
    assert sorted(ingest.texts()) == ["user.called", '{"n": 1}']


@in_both_encodings
def test_the_time_is_the_events_else_the_observers(ingest: FakeSqs, media_type: str) -> None:
    request = request_of("both", "observed", "none")
    both, observed, none = request.resource_logs[0].scope_logs[0].log_records
    observed.time_unix_nano = none.time_unix_nano = 0
    both.observed_time_unix_nano = observed.observed_time_unix_nano = NOW_NS

    export(request, media_type)

    times = {envelope["text"]: envelope.get("timestamp") for envelope in ingest.envelopes()}
    now = "2026-01-31T22:47:57.559836123+00:00"
    assert times == {"both": now, "observed": now, "none": None}
    assert all("attributes" not in envelope for envelope in ingest.envelopes())


@in_both_encodings
def test_a_repeated_request_has_the_same_ids(ingest: FakeSqs, media_type: str) -> None:
    for _ in range(2):
        export(request_of("a", "a"), media_type)

    ids = [envelope["log_id"] for envelope in ingest.envelopes()]
    assert sorted(ids[:2]) == sorted(ids[2:])
    assert len(set(ids)) == 2


def test_equal_records_a_minute_apart_are_two_logs(ingest: FakeSqs) -> None:
    for time_ns in (NOW_NS, NOW_NS + 60 * 10**9):
        export(request_of("a", time_ns=time_ns))

    assert len({envelope["log_id"] for envelope in ingest.envelopes()}) == 2


@in_both_encodings
def test_an_empty_request_is_a_success_with_an_empty_answer(ingest: FakeSqs, media_type: str) -> None:
    answer = export(ExportLogsServiceRequest(), media_type)

    assert (answer["statusCode"], answer["body"]) == (200, "{}" if media_type == JSON else "")
    assert ingest.sent == []


@in_both_encodings
def test_when_the_queue_refuses_one_record_all_are_to_be_sent_again(ingest: FakeSqs, media_type: str) -> None:
    ingest.refuse = lambda entry, _tries: "InternalError" if '"text":"b"' in entry["MessageBody"] else None
    request = request_of("a", "b", "")

    refused = export(request, media_type)
    ingest.refuse = lambda _entry, _tries: None
    again = export(request, media_type)

    assert said(refused)[0] == 503
    assert refused["headers"]["retry-after"] == "2"
    assert success(again)[0] == 1  # the empty one, which can never be accepted
    ids: dict[str, set[str]] = {"a": set(), "b": set()}
    for envelope in ingest.envelopes():
        ids[envelope["text"]].add(envelope["log_id"])
    assert [len(ids["a"]), len(ids["b"])] == [1, 1]


@in_both_encodings
def test_a_queue_that_is_away_is_503_and_a_backlog_says_how_long_to_wait(
    ingest: FakeSqs, monkeypatch: pytest.MonkeyPatch, media_type: str
) -> None:
    ingest.fail = lambda _call: client_error("AccessDenied")
    away = export(request_of("x"), media_type)
    ingest.fail = lambda _call: None
    monkeypatch.setattr("handlers.aws.backlog.Backlog.seconds", lambda _self: 10**9)
    crowded = export(request_of("x"), media_type)

    assert (said(away)[0], away["headers"]["retry-after"]) == (503, "2")
    assert (said(crowded)[0], crowded["headers"]["retry-after"]) == (503, "60")
    assert "secret" not in said(away)[1]


@pytest.mark.parametrize(
    ("tenant", "credential", "expected"),
    [
        (None, None, (400, "missing_tenant")),
        ("acme|beta", None, (400, "invalid_request")),
        ("beta", "acme", (403, "wrong_tenant")),
        ("acme", "", (401, "unauthenticated")),
    ],
)
def test_a_request_of_nobody_or_of_another_tenant_is_refused(
    ingest: FakeSqs,
    monkeypatch: pytest.MonkeyPatch,
    tenant: str | None,
    credential: str | None,
    expected: tuple[int, str],
) -> None:
    if credential is not None:
        monkeypatch.setenv("AUTH", "api-key")
    headers = {"x-tenant-id": tenant} if tenant else {}

    refused = [export(request_of("x"), media_type, headers, credential) for media_type in (JSON, PROTOBUF)]

    assert [(status, message.partition(":")[0]) for status, message in map(said, refused)] == [expected] * 2
    assert ingest.sent == []


def test_the_tenant_is_the_credentials(ingest: FakeSqs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH", "api-key")

    assert success(export(request_of("x"), headers={}, credential="acme")) == (0, "")

    assert [envelope["tenant_id"] for envelope in ingest.envelopes()] == ["acme"]


def test_gzip_is_unpacked_for_protobuf_and_refused_with_the_setting_that_helps_for_json(ingest: FakeSqs) -> None:
    headers = TENANT | {"content-encoding": "gzip"}
    destroyed = gzip.compress(as_json(request_of("x")).encode()).decode(errors="replace")

    taken = export(gzip.compress(request_of("x").SerializeToString()), headers=headers)
    refused = export(destroyed, JSON, headers=headers)

    assert success(taken) == (0, "")
    assert said(refused)[0] == 415
    assert "OTEL_EXPORTER_OTLP_COMPRESSION=none" in said(refused)[1]
    assert len(ingest.sent) == 1


@pytest.mark.parametrize(
    "media_type", ["", "text/plain", "application/x-protobuf; charset=latin-1", "application/grpc"]
)
def test_other_content_types_are_refused_for_good(ingest: FakeSqs, media_type: str) -> None:
    event = event_of("http_api_json") | {"rawPath": "/v1/logs", "body": "e30="}
    event["headers"] = {"content-type": media_type, **TENANT}

    assert handler(event, Context())["statusCode"] == 415
    assert ingest.sent == []


def test_other_methods_are_refused_in_the_protocols_form() -> None:
    event = event_of("http_api_json") | {"rawPath": "/v1/logs"}
    event["requestContext"]["http"]["method"] = "GET"

    answer = handler(event, Context())

    assert (said(answer)[0], answer["headers"]["allow"]) == (405, "POST")


def test_what_json_may_say_in_several_ways_is_understood_in_each(ingest: FakeSqs) -> None:
    records: list[dict[str, Any]] = [
        {"timeUnixNano": NOW_NS, "severityNumber": 9},
        {"timeUnixNano": str(NOW_NS), "severityNumber": "SEVERITY_NUMBER_INFO", "unknown": {"x": [1]}},
        {"time_unix_nano": float(NOW_NS), "severity_number": 9.0, "flags": None},
    ]
    values: Iterator[dict[str, Any]] = iter(
        [{"intValue": "7"}, {"intValue": 7, "unknown": 1}, {"int_value": 7.0, "boolValue": None}]
    )
    for record in records:
        record |= {"body": {"stringValue": "x"}, "attributes": [{"key": "n", "value": next(values)}]}
    body = {"unknown": 1, "resource_logs": [{"scope_logs": [{"log_records": records[:1]}]}, {"scopeLogs": []}]}
    body["resource_logs"] += [{"scopeLogs": [{"logRecords": records[1:]}]}]

    assert success(export(json.dumps(body), JSON)) == (0, "")

    assert [envelope["attributes"] for envelope in ingest.envelopes()] == [{"attributes": {"n": 7}}] * 3
    assert [envelope["severity"] for envelope in ingest.envelopes()] == [{"number": 9}] * 3
    assert [envelope["timestamp"][:26] for envelope in ingest.envelopes()] == ["2026-01-31T22:47:57.559836"] * 3


def packed_field(number: int, content: bytes) -> bytes:
    """Return a field of protobuf that holds bytes."""
    return field_start(number, len(content)) + content


def field_start(number: int, size: int) -> bytes:
    length = bytearray()
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([number << 3 | 2, *length, size])


def records(content: bytes) -> bytes:
    """Return a request with these log records, each already a field."""
    return packed_field(1, packed_field(2, content))


def record(value: bytes, *attributes: bytes) -> bytes:
    return packed_field(2, packed_field(5, value) + b"".join(packed_field(6, attribute) for attribute in attributes))


def attribute(name: bytes, value: bytes) -> bytes:
    return packed_field(1, name) + packed_field(2, value)


def nested_lists(levels: int) -> bytes:
    written, size = [], len(A_TEXT)
    for _ in range(levels):
        for number in (1, 5):
            written.append(field_start(number, size))
            size += len(written[-1])
    return b"".join(reversed(written)) + A_TEXT


A_TEXT = packed_field(1, b"x")
VALID = request_of("x").SerializeToString()
HOSTILE_PROTOBUF = {
    "no protobuf": b"\xff" * 100,
    "zeros": bytes(100),
    "breaks off": VALID[:-1],
    "more after its end": VALID + b"\xff",
    "no value": records(record(b"\xff")),
    "a million empty records": records(b"\x12\x00" * 1_000_000),
    "eight million empty records": records(b"\x12\x00" * 8_000_000),
    "eight million empty resources": b"\x0a\x00" * 8_000_000,
    "four million empty resources, written long": b"\x8a\x00\x80\x00" * 4_000_000,
    "half a million empty resources": b"\x0a\x00" * 500_000,
    "half a million empty scopes": packed_field(1, b"\x12\x00" * 500_000),
    "10,001 records": records(record(A_TEXT) * 10_001),
    "100,000 attributes": records(record(A_TEXT, *[attribute(b"%06d" % number, A_TEXT) for number in range(100_000)])),
    "lists in lists, 100 deep": records(record(nested_lists(100))),
    "lists in lists, 100,000 deep": records(record(nested_lists(100_000))),
    "lists in lists of an attribute": records(record(A_TEXT, attribute(b"a", nested_lists(100)))),
    "a list of 2 MiB": records(record(packed_field(5, packed_field(1, packed_field(1, b"x" * 1000)) * 2100))),
    "an attribute of 40 KB": records(record(A_TEXT, attribute(b"a", packed_field(1, b"x" * 40_000)))),
    "a name of 40 KB": records(record(A_TEXT, attribute(b"a" * 40_000, A_TEXT))),
    "a name that is no UTF-8": records(record(A_TEXT, attribute(b"\xff", A_TEXT))),
    "a name in a map that is no UTF-8": records(record(packed_field(6, packed_field(1, attribute(b"\xff", A_TEXT))))),
    "a resource whose name is no UTF-8": packed_field(
        1, packed_field(1, packed_field(1, attribute(b"\xff", A_TEXT))) + packed_field(2, record(A_TEXT))
    ),
    "a scope whose name is no UTF-8": packed_field(
        1, packed_field(2, packed_field(1, packed_field(3, attribute(b"\xff", A_TEXT))) + record(A_TEXT))
    ),
    "a severity of 40 KB": records(packed_field(2, packed_field(5, A_TEXT) + packed_field(3, b"x" * 40_000))),
}


@pytest.mark.parametrize("body", HOSTILE_PROTOBUF.values(), ids=HOSTILE_PROTOBUF)
def test_protobuf_that_can_never_be_accepted_is_refused_and_nothing_of_it_is_sent(ingest: FakeSqs, body: bytes) -> None:
    answer = export(gzip.compress(body, 1), headers=TENANT | {"content-encoding": "gzip"})

    assert said(answer)[0] in {400, 413}
    assert ingest.sent == []


def json_record(**fields: object) -> str:
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "x"}} | fields]}]}]})


def json_value(value: object) -> str:
    return json_record(body=value)


DEEP = "[" * 100_000 + "]" * 100_000
HOSTILE_JSON = [
    "",
    "x",
    "[]",
    "null",
    '{"resourceLogs": {}}',
    '{"resourceLogs": [1]}',
    '{"resourceLogs": [{"resource": []}]}',
    '{"resourceLogs": [{"scopeLogs": [{"scope": 1}]}]}',
    '{"resourceLogs": [{"scopeLogs": [{"logRecords": [1]}]}]}',
    f'{{"resourceLogs": {DEEP}}}',
    json_record(timeUnixNano=0).replace('": 0', '": ' + "1" * 5000),
    json_record(timeUnixNano="1" * 5000),
    json_record(timeUnixNano=2**64),
    json_record(timeUnixNano=-1),
    json_record(timeUnixNano="x"),
    json_record(timeUnixNano=1.5),
    json_record(timeUnixNano=float("nan")),
    json_record(severityNumber="INFO"),
    json_record(severityText=1),
    json_record(severityText="\ud800"),
    json_record(flags=2**32),
    json_record(flags=True),
    json_record(traceId=1),
    json_record(attributes={}),
    json_record(attributes=[{"key": 1}]),
    json_record(attributes=[{"key": "\ud800"}]),
    json_record(attributes=[{"key": "a", "value": {"stringValue": "b" * 40_000}}]),
    json_value("x"),
    json_value({"stringValue": 1}),
    json_value({"stringValue": "\ud800"}),
    json_value({"boolValue": 0}),
    json_value({"intValue": "x"}),
    json_value({"intValue": 2**63}),
    json_value({"doubleValue": "x"}),
    json_value({"doubleValue": []}),
    json_value({"arrayValue": []}),
    json_value({"kvlistValue": {"values": {}}}),
    json_value(None).replace("null", '{"arrayValue": {"values": [' * 70 + "]}}" * 70),
    json_value({}),
    json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "x"}}] * 10_001}]}]}),
    '{"resourceLogs": [{"scopeLogs": [{"logRecords": [' + "{}," * 1_000_000 + "{}]}]}]}",
]


@pytest.mark.parametrize("body", HOSTILE_JSON, ids=range(len(HOSTILE_JSON)))
def test_json_that_can_never_be_accepted_is_refused_and_nothing_of_it_is_sent(ingest: FakeSqs, body: str) -> None:
    answer = export(body, JSON)

    assert said(answer)[0] in {400, 413}
    assert ingest.sent == []


def test_a_malformed_record_is_rejected_alone(ingest: FakeSqs) -> None:
    rejected, message = success(export(records(record(b"\xff") + record(A_TEXT))))

    assert (rejected, message) == (
        1,
        "1 of 2 logs cannot be accepted, the others were. Number 0: A value is no AnyValue, or nests too deeply.",
    )
    assert ingest.texts() == ["x"]


def test_texts_that_are_no_utf_8_are_kept_as_far_as_they_can_be(ingest: FakeSqs) -> None:
    body = record(packed_field(1, b"caf\xe9"), attribute(b"a", packed_field(1, b"\xff" * 200)))

    assert success(export(records(body))) == (0, "")

    [envelope] = ingest.envelopes()
    assert (envelope["text"], envelope["attributes"]) == ("caf\ufffd", {"attributes": {"a": "\ufffd" * 200}})


def test_the_last_of_several_values_of_a_name_counts(ingest: FakeSqs) -> None:
    values = [attribute(b"a", packed_field(1, text)) for text in (b"first", b"last")]

    assert success(export(records(record(A_TEXT, *values)))) == (0, "")

    assert ingest.envelopes()[0]["attributes"] == {"attributes": {"a": "last"}}


def assert_nothing_is_acknowledged_but_what_is_sent(ingest: FakeSqs, body: bytes | str, media_type: str) -> None:
    before = len(ingest.sent)

    answer = export(body, media_type)

    assert answer["statusCode"] in {200, 400, 413}
    if answer["statusCode"] != 200:
        assert len(ingest.sent) == before
    elif media_type == PROTOBUF:
        request = ExportRequest.FromString(body)
        logs = sum(len(scope.log_records) for resource in request.resource_logs for scope in resource.scope_logs)
        assert len(ingest.sent) - before == logs - success(answer)[0]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
def test_any_bytes_get_a_clear_answer(ingest: FakeSqs, body: bytes) -> None:
    assert_nothing_is_acknowledged_but_what_is_sent(ingest, body, PROTOBUF)


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3), st.binary(max_size=3)), min_size=1, max_size=4))
@pytest.mark.parametrize("media_type", [JSON, PROTOBUF])
def test_a_damaged_request_gets_a_clear_answer(
    ingest: FakeSqs, media_type: str, cuts: list[tuple[int, int, bytes]]
) -> None:
    request = full_request()
    body = as_json(request).encode() if media_type == JSON else request.SerializeToString()
    for position, removed, added in cuts:
        body = body[:position] + added + body[position + removed :]

    damaged = body.decode(errors="replace") if media_type == JSON else body
    assert_nothing_is_acknowledged_but_what_is_sent(ingest, damaged, media_type)
