"""The OTLP door: bodies of which part or all can never be accepted, and what costs much to read."""

import gzip
import json

import pytest

from tests.support.fake_sqs import FakeSqs
from tests.support.otlp_client import (
    A_TEXT,
    JSON,
    TENANT,
    attribute_bytes,
    export,
    nested_lists,
    packed_field,
    record_bytes,
    request_bytes,
    request_of,
    said,
    success,
)

VALID = request_of("x").SerializeToString()
HOSTILE_PROTOBUF = {
    "no protobuf": b"\xff" * 100,
    "zeros": bytes(100),
    "breaks off": VALID[:-1],
    "more after its end": VALID + b"\xff",
    "no value": request_bytes(record_bytes(b"\xff")),
    "a million empty records": request_bytes(b"\x12\x00" * 1_000_000),
    "eight million empty records": request_bytes(b"\x12\x00" * 8_000_000),
    "eight million empty resources": b"\x0a\x00" * 8_000_000,
    "four million empty resources, written long": b"\x8a\x00\x80\x00" * 4_000_000,
    "half a million empty resources": b"\x0a\x00" * 500_000,
    "half a million empty scopes": packed_field(1, b"\x12\x00" * 500_000),
    "10,001 records": request_bytes(record_bytes(A_TEXT) * 10_001),
    "100,000 attributes": request_bytes(
        record_bytes(A_TEXT, *[attribute_bytes(b"%06d" % number, A_TEXT) for number in range(100_000)])
    ),
    "lists in lists, 100 deep": request_bytes(record_bytes(nested_lists(100))),
    "lists in lists, 100,000 deep": request_bytes(record_bytes(nested_lists(100_000))),
    "lists in lists of an attribute": request_bytes(record_bytes(A_TEXT, attribute_bytes(b"a", nested_lists(100)))),
    "a list of 2 MiB": request_bytes(
        record_bytes(packed_field(5, packed_field(1, packed_field(1, b"x" * 1000)) * 2100))
    ),
    "an attribute of 40 KB": request_bytes(record_bytes(A_TEXT, attribute_bytes(b"a", packed_field(1, b"x" * 40_000)))),
    "a name of 40 KB": request_bytes(record_bytes(A_TEXT, attribute_bytes(b"a" * 40_000, A_TEXT))),
    "a name that is no UTF-8": request_bytes(record_bytes(A_TEXT, attribute_bytes(b"\xff", A_TEXT))),
    "a name in a map that is no UTF-8": request_bytes(
        record_bytes(packed_field(6, packed_field(1, attribute_bytes(b"\xff", A_TEXT))))
    ),
    "a resource whose name is no UTF-8": packed_field(
        1, packed_field(1, packed_field(1, attribute_bytes(b"\xff", A_TEXT))) + packed_field(2, record_bytes(A_TEXT))
    ),
    "a scope whose name is no UTF-8": packed_field(
        1, packed_field(2, packed_field(1, packed_field(3, attribute_bytes(b"\xff", A_TEXT))) + record_bytes(A_TEXT))
    ),
    "a severity of 40 KB": request_bytes(packed_field(2, packed_field(5, A_TEXT) + packed_field(3, b"x" * 40_000))),
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
    rejected, message = success(export(request_bytes(record_bytes(b"\xff") + record_bytes(A_TEXT))))

    assert (rejected, message) == (
        1,
        "1 of 2 logs cannot be accepted, the others were. Number 0: A value is no AnyValue, or nests too deeply.",
    )
    assert ingest.texts() == ["x"]
