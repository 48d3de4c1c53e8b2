"""The Loki door: lines with labels and metadata in JSON and protobuf, and answers that Loki's clients obey."""

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

import cramjam
import pytest

from handlers.ingest import handler
from handlers.web.doors.loki.messages import PushRequest
from tests.support.aws_fixtures import Context, event_of
from tests.support.fake_sqs import FakeSqs, client_error

NOW_NS = 1_769_899_677_559_836_123
ORGANISATION = {"x-scope-orgid": "acme"}
PROTOBUF = "application/x-protobuf"
Answer = dict[str, Any]


def push(
    body: str | bytes,
    content_type: str = "application/json",
    headers: Mapping[str, str] = ORGANISATION,
    credential: str | None = None,
) -> Answer:
    event = event_of("http_api_json") | {"rawPath": "/loki/api/v1/push", "body": body, "isBase64Encoded": False}
    if isinstance(body, bytes):
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    event["headers"] = {"content-type": content_type, **headers}
    if credential is not None:
        event["requestContext"]["authorizer"] = {"lambda": {"tenant_id": credential}}
    return handler(event, Context())


def streams(*values: object, labels: object = None) -> str:
    return json.dumps({"streams": [{"stream": labels or {"job": "web"}, "values": list(values)}]})


def value(line: str, time_ns: int = NOW_NS, **metadata: str) -> list[object]:
    return [str(time_ns), line, metadata] if metadata else [str(time_ns), line]


def block(labels: str = '{job="web"}', *lines: bytes, metadata: Mapping[str, str] | None = None) -> bytes:
    request = PushRequest()
    stream = request.streams.add(labels=labels.encode())
    for line in lines:
        entry = stream.entries.add(line=line)
        entry.timestamp.seconds, entry.timestamp.nanos = divmod(NOW_NS, 10**9)
        for name, content in (metadata or {}).items():
            entry.metadata.add(name=name.encode(), value=content.encode())
    return packed(request.SerializeToString())


def packed(content: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(content))


def test_a_line_keeps_its_time_labels_metadata_and_level(ingest: FakeSqs) -> None:
    answer = push(streams(value("call 555-0199", trace_id="ab"), labels={"job": "web", "level": "WARN"}))

    assert (answer["statusCode"], answer["body"]) == (204, "")
    [envelope] = ingest.envelopes()
    assert {name: envelope[name] for name in ("version", "tenant_id", "source", "text", "timestamp")} == {
        "version": 2,
        "tenant_id": "acme",
        "source": "loki",
        "text": "call 555-0199",
        "timestamp": "2026-01-31T22:47:57.559836123+00:00",
    }
    assert envelope["severity"] == {"number": 13, "text": "WARN"}
    assert envelope["attributes"] == {"labels": {"job": "web", "level": "WARN"}, "metadata": {"trace_id": "ab"}}


def test_protobuf_says_the_same_as_json(ingest: FakeSqs) -> None:
    headers = ORGANISATION | {"content-encoding": "snappy"}

    push(streams(value("hello", detected_level="error")))
    push(block('{job="web"}', b"hello", metadata={"detected_level": "error"}), PROTOBUF)
    push(block('{job="web"}', b"hello", metadata={"detected_level": "error"}), PROTOBUF, headers)

    said = [
        {name: envelope[name] for name in ("text", "timestamp", "severity", "attributes")}
        for envelope in ingest.envelopes()
    ]
    assert said[0] == said[1] == said[2]
    assert said[0]["severity"] == {"number": 17, "text": "error"}


@pytest.mark.parametrize(
    ("level", "severity"),
    [({"level": "trace"}, 1), ({"severity": "Critical"}, 21), ({"level": "unknown"}, None), ({"level": "7"}, None)],
)
def test_only_a_plain_level_is_a_severity(ingest: FakeSqs, level: dict[str, str], severity: int | None) -> None:
    push(streams(value("x"), labels=level))

    assert ingest.envelopes()[0].get("severity", {}).get("number") == severity


@pytest.mark.parametrize(
    ("written", "labels"),
    [
        (r'{a="x", b="say \"hi\"",c="C:\\dir\n"}', {"a": "x", "b": 'say "hi"', "c": "C:\\dir\n"}),
        (r'{a="\u00e9\x07\U0001f600",}', {"a": "é\x07😀"}),
        (r'{"a.b"=`c\d`}', {"a.b": "c\\d"}),
        (r'{a="\xff"}', {"a": "\ufffd"}),
        ("{}", None),
    ],
)
def test_labels_are_read_as_loki_writes_them(ingest: FakeSqs, written: str, labels: dict[str, str] | None) -> None:
    assert push(block(written, b"x"), PROTOBUF)["statusCode"] == 204

    assert ingest.envelopes()[0].get("attributes", {}).get("labels") == labels


@pytest.mark.parametrize("written", ["", "{", "}", "a=b", "{a=b}", '{a="b"', '{a="b"}}', '{a="b" c="d"}', '{="b"}'])
def test_a_stream_without_readable_labels_is_refused_and_others_are_kept(ingest: FakeSqs, written: str) -> None:
    request = PushRequest()
    for labels in (written, '{job="web"}'):
        request.streams.add(labels=labels.encode()).entries.add(line=b"x")

    answer = push(packed(request.SerializeToString()), PROTOBUF)

    assert answer["statusCode"] == 400
    assert "1 of 2 logs cannot be accepted, the others were. Number 0: The labels" in answer["body"]
    assert len(ingest.sent) == 1


def test_a_line_that_is_no_utf_8_is_kept_as_far_as_it_can_be(ingest: FakeSqs) -> None:
    assert push(block("{}", b"caf\xe9 555-0199"), PROTOBUF)["statusCode"] == 204

    assert ingest.texts() == ["caf\ufffd 555-0199"]


@pytest.mark.parametrize("body", [streams(value("a"), value("b")), block("{}", b"a", b"b")])
def test_a_repeated_request_has_the_same_ids(ingest: FakeSqs, body: str | bytes) -> None:
    for _ in range(2):
        push(body, "application/json" if isinstance(body, str) else PROTOBUF)

    ids = [envelope["log_id"] for envelope in ingest.envelopes()]
    assert sorted(ids[:2]) == sorted(ids[2:])
    assert len(set(ids)) == 2


def test_equal_lines_at_different_times_are_different_logs(ingest: FakeSqs) -> None:
    push(streams(value("x"), value("x", NOW_NS + 60 * 10**9)))

    assert len({envelope["log_id"] for envelope in ingest.envelopes()}) == 2


@pytest.mark.parametrize("body", ['{"streams": []}', streams()])
def test_an_empty_push_is_no_mistake(ingest: FakeSqs, body: str) -> None:
    assert push(body)["statusCode"] == 204
    assert push(packed(b""), PROTOBUF)["statusCode"] == 204
    assert ingest.sent == []


def test_when_the_queue_refuses_one_log_all_are_to_be_sent_again(ingest: FakeSqs) -> None:
    ingest.refuse = lambda entry, _tries: "InternalError" if '"text":"b"' in entry["MessageBody"] else None
    body = streams(value("a"), value("b"), value(""))

    refused = push(body)
    ingest.refuse = lambda _entry, _tries: None
    again = push(body)

    assert (refused["statusCode"], refused["headers"]["retry-after"]) == (503, "5")
    assert refused["headers"]["content-type"] == "text/plain; charset=utf-8"
    assert again["statusCode"] == 400  # the empty line, which can never be accepted
    ids = {envelope["text"]: set() for envelope in ingest.envelopes()}
    for envelope in ingest.envelopes():
        ids[envelope["text"]].add(envelope["log_id"])
    assert [len(ids["a"]), len(ids["b"])] == [1, 1]


def test_a_queue_that_is_away_is_503_and_a_backlog_says_how_long_to_wait(
    ingest: FakeSqs, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest.fail = lambda _call: client_error("AccessDenied")
    away = push(streams(value("x")))
    ingest.fail = lambda _call: None
    monkeypatch.setattr("handlers.aws.backlog.Backlog.seconds", lambda _self: 10**9)
    crowded = push(streams(value("x")))

    assert (away["statusCode"], away["headers"]["retry-after"]) == (503, "5")
    assert (crowded["statusCode"], crowded["headers"]["retry-after"]) == (503, "60")
    assert "secret" not in away["body"]


@pytest.mark.parametrize(
    ("headers", "credential", "expected"),
    [
        ({}, None, (400, "missing_tenant")),
        ({"x-tenant-id": "acme"}, None, (204, "")),
        ({"x-scope-orgid": "acme", "x-tenant-id": "acme"}, None, (204, "")),
        ({"x-scope-orgid": "acme", "x-tenant-id": "beta"}, None, (400, "tenant_mismatch")),
        ({"x-scope-orgid": "acme|beta"}, None, (400, "invalid_request")),
        ({}, "acme", (204, "")),
        ({"x-scope-orgid": "acme"}, "acme", (204, "")),
        ({"x-scope-orgid": "beta"}, "acme", (403, "wrong_tenant")),
        ({"x-scope-orgid": "acme"}, "", (401, "unauthenticated")),
    ],
)
def test_the_tenant_is_the_credentials_or_named_by_a_header(
    ingest: FakeSqs,
    monkeypatch: pytest.MonkeyPatch,
    headers: dict[str, str],
    credential: str | None,
    expected: tuple[int, str],
) -> None:
    if credential is not None:
        monkeypatch.setenv("AUTH", "api-key")

    answer = push(streams(value("x")), headers=headers, credential=credential)

    assert (answer["statusCode"], answer["body"].partition(":")[0]) == expected
    assert len(ingest.sent) == (1 if expected[0] == 204 else 0)


DEEP = "[" * 100_000 + "]" * 100_000
SAID = [
    "",
    "x",
    "[]",
    "{}",
    "null",
    '{"streams": {}}',
    '{"streams": [1]}',
    '{"streams": [{"stream": {}}]}',
    '{"streams": [{"stream": [], "values": []}]}',
    f'{{"streams": {DEEP}}}',
    streams(value("x")).replace(str(NOW_NS), "1" * 5000),
    streams(value("x")).replace(f'"{NOW_NS}"', "1" * 5000),
    streams(value("x")).replace(f'"{NOW_NS}"', "NaN"),
    streams(["x", "x"]),
    streams([True, "x"]),
    streams([1.5, "x"]),
    streams(["1"]),
    streams(["1", 2]),
    streams(["1", "x", []]),
    streams(["1", "x", {}, {}]),
    streams(value("")),
    streams(value("\ud800")),
    streams(value("x"), labels={"a": "\ud800"}),
    streams(value("x", a="b" * 40_000)),
    streams(value("x"), labels={"a": 0}).replace("0}", "1e999}"),
    streams(value("x"), labels={"a": 0}).replace("0}", f"{DEEP}}}"),
    streams(value("x"), labels={"a": 0}).replace("0}", f"{'[' * 70}{']' * 70}}}"),
    streams(*[value("x")] * 10_001),
]


@pytest.mark.parametrize("body", SAID, ids=range(len(SAID)))
def test_json_that_can_never_be_accepted_is_400_and_nothing_of_it_is_sent(ingest: FakeSqs, body: str) -> None:
    answer = push(body)

    assert answer["statusCode"] == 400
    assert answer["headers"]["content-type"] == "text/plain; charset=utf-8"
    assert ingest.sent == []


A_PUSH = block("{}", b"x" * 100)
PACKED = {
    "empty": b"",
    "no snappy": b"\xff" * 20,
    "claims more than it holds": b"\xff\xff\x7f" + A_PUSH[1:],
    "claims less than it holds": b"\x01" + A_PUSH[1:],
    "claims four gigabytes": b"\xff\xff\xff\xff\x0f" + A_PUSH[1:],
    "claims a length beyond 64 bits": b"\xff" * 9 + b"\x7f" + A_PUSH,
    "breaks off": A_PUSH[:-1],
    "is gzip": gzip.compress(b"x"),
    "is no protobuf": packed(b"\xff" * 100),
    "17 MiB of nothing": packed(bytes(17 * 1024 * 1024)),
    "a million empty entries": packed(b"\x0a\xc0\x84\x3d" + b"\x12\x00" * 500_000 + b"\x12\x00" * 500_000),
    "eight million empty streams": packed(b"\x0a\x00" * 8_000_000),
    "four million empty streams, written long": packed(b"\x8a\x00\x80\x00" * 4_000_000),
    "10,001 lines": block("{}", *[b"x"] * 10_001),
    "100,000 pairs of metadata": block("{}", b"x", metadata={str(number): "x" for number in range(100_000)}),
    "labels of 40 KB": block('{a="' + "x" * 40_000 + '"}', b"x"),
}


@pytest.mark.parametrize("body", PACKED.values(), ids=PACKED)
def test_protobuf_that_can_never_be_accepted_is_400_and_nothing_of_it_is_sent(ingest: FakeSqs, body: bytes) -> None:
    answer = push(body, PROTOBUF)

    assert answer["statusCode"] == 400
    assert ingest.sent == []


def test_gzip_that_the_gateway_destroys_is_refused_with_the_setting_that_helps(ingest: FakeSqs) -> None:
    destroyed = gzip.compress(streams(value("x")).encode()).decode(errors="replace")

    answer = push(destroyed, headers=ORGANISATION | {"content-encoding": "gzip"})

    assert answer["statusCode"] == 400
    assert "`compress gzip` in Fluent Bit" in answer["body"]
    assert ingest.sent == []


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-ndjson", "application/json; charset=latin-1"]
)
def test_other_content_types_are_refused_for_good(ingest: FakeSqs, content_type: str) -> None:
    assert push(streams(value("x")), content_type)["statusCode"] == 400
    assert ingest.sent == []


def test_the_labels_that_a_hundred_streams_share_are_counted_for_each_of_their_logs(ingest: FakeSqs) -> None:
    body = streams(*[value("x")] * 1000, labels={"a": "b" * 30_000})

    answer = push(body)

    assert answer["statusCode"] == 400
    assert answer["body"].startswith("payload_too_large: The attributes of all logs together")
    assert ingest.sent == []
