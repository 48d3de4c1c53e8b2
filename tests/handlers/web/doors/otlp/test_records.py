"""The OTLP door: log records in protobuf and JSON keep all they say, under ids that a repeat has again."""

import json
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from tests.support.fake_sqs import FakeSqs
from tests.support.otlp_client import (
    A_TEXT,
    JSON,
    NOW_NS,
    attribute_bytes,
    export,
    full_request,
    in_both_encodings,
    packed_field,
    record_bytes,
    request_bytes,
    request_of,
    success,
)


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
        # Sorted, because protobuf forgets the order, and a repeated log must say the same.
        (
            AnyValue(kvlist_value={"values": [{"key": name, "value": {"int_value": 0}} for name in "fbdcae"]}),
            '{"a": 0, "b": 0, "c": 0, "d": 0, "e": 0, "f": 0}',
        ),
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


def test_what_json_may_say_in_several_ways_is_understood_in_each(ingest: FakeSqs) -> None:
    records: list[dict[str, Any]] = [
        {"timeUnixNano": NOW_NS, "severityNumber": 9},
        {"timeUnixNano": str(NOW_NS), "severityNumber": "SEVERITY_NUMBER_INFO", "unknown": {"x": [1]}},
        {"time_unix_nano": float(NOW_NS), "severity_number": 9.0, "flags": None},
    ]
    values = [{"intValue": "7"}, {"intValue": 7, "unknown": 1}, {"int_value": 7.0, "boolValue": None}]
    for record, value in zip(records, values, strict=True):
        record |= {"body": {"stringValue": "x"}, "attributes": [{"key": "n", "value": value}]}
    body = {"unknown": 1, "resource_logs": [{"scope_logs": [{"log_records": records[:1]}]}, {"scopeLogs": []}]}
    body["resource_logs"] += [{"scopeLogs": [{"logRecords": records[1:]}]}]

    assert success(export(json.dumps(body), JSON)) == (0, "")

    assert [envelope["attributes"] for envelope in ingest.envelopes()] == [{"attributes": {"n": 7}}] * 3
    assert [envelope["severity"] for envelope in ingest.envelopes()] == [{"number": 9}] * 3
    assert [envelope["timestamp"][:26] for envelope in ingest.envelopes()] == ["2026-01-31T22:47:57.559836"] * 3


def test_texts_that_are_no_utf_8_are_kept_as_far_as_they_can_be(ingest: FakeSqs) -> None:
    body = record_bytes(packed_field(1, b"caf\xe9"), attribute_bytes(b"a", packed_field(1, b"\xff" * 200)))

    assert success(export(request_bytes(body))) == (0, "")

    [envelope] = ingest.envelopes()
    assert (envelope["text"], envelope["attributes"]) == ("caf\ufffd", {"attributes": {"a": "\ufffd" * 200}})


def test_the_last_of_several_values_of_a_name_counts(ingest: FakeSqs) -> None:
    values = [attribute_bytes(b"a", packed_field(1, text)) for text in (b"first", b"last")]

    assert success(export(request_bytes(record_bytes(A_TEXT, *values)))) == (0, "")

    assert ingest.envelopes()[0]["attributes"] == {"attributes": {"a": "last"}}
