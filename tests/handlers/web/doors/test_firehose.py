"""The Firehose door: records and CloudWatch's events become logs, and answers are those that Firehose obeys."""

import base64
import gzip
import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from handlers.ingest import handler
from tests.support.aws_fixtures import Context, event_of
from tests.support.fake_sqs import FakeSqs, client_error

REQUEST_ID = "ed4acda5-034f-9f42-bba1-f29aea6d7d8f"
EVENT_ID = "37214854129034709823409857234098572340985723409857234098"
NOW_MS = 1_769_899_677_559
NO_ID = ""
Answer = dict[str, Any]


def common(**attributes: object) -> dict[str, str]:
    return {"x-amz-firehose-common-attributes": json.dumps({"commonAttributes": attributes})}


ACME = common(tenant_id="acme")


def deliver(
    body: str,
    headers: Mapping[str, str] = ACME,
    *,
    request_id: str = REQUEST_ID,
    credential: str | None = None,
    content_type: str = "application/json",
) -> Answer:
    event = event_of("http_api_json") | {"rawPath": "/firehose", "body": body, "isBase64Encoded": False}
    event["headers"] = {"content-type": content_type, "x-amz-firehose-request-id": request_id, **headers}
    if credential is not None:
        event["requestContext"]["authorizer"] = {"lambda": {"tenant_id": credential}}
    return handler(event, Context())


def records(*contents: bytes | str, request_id: str = REQUEST_ID) -> str:
    data = [content.encode() if isinstance(content, str) else content for content in contents]
    encoded = [{"data": base64.b64encode(content).decode()} for content in data]
    return json.dumps({"requestId": request_id, "timestamp": NOW_MS, "records": encoded})


def packed(content: bytes) -> bytes:
    # Without a time, so that a test has the same name in every process.
    return gzip.compress(content, mtime=0)


def message(*events: object, kind: str = "DATA_MESSAGE", **fields: object) -> bytes:
    named = {"owner": "123456789012", "logGroup": "/aws/lambda/pay", "logStream": "2026/01/31/[1]0f"}
    written = json.dumps({"messageType": kind, **named, "subscriptionFilters": ["all"], "logEvents": events, **fields})
    return packed(written.encode())


def log_event(text: object = "call 555-0199", event_id: object = EVENT_ID, at: object = NOW_MS) -> dict[str, object]:
    return {"id": event_id, "timestamp": at, "message": text}


def said(answer: Answer) -> dict[str, Any]:
    assert answer["headers"]["content-type"] == "application/json"
    return json.loads(answer["body"])


def test_a_record_is_one_log_with_the_common_attributes(ingest: FakeSqs) -> None:
    answer = deliver(records('{"level": "info"}\n', "two\nlines\r\n"), common(tenant_id="acme", stage="live"))

    assert answer["statusCode"] == 200
    assert said(answer).keys() == {"requestId", "timestamp"}
    assert said(answer)["requestId"] == REQUEST_ID
    assert abs(said(answer)["timestamp"] - time.time() * 1000) < 60_000
    first, second = ingest.envelopes()
    assert {name: first[name] for name in ("version", "tenant_id", "source", "text", "attributes")} == {
        "version": 2,
        "tenant_id": "acme",
        "source": "firehose",
        "text": '{"level": "info"}',
        "attributes": {"commonAttributes": {"stage": "live"}},
    }
    assert second["text"] == "two\nlines"


@pytest.mark.parametrize("is_packed", [True, False])
def test_the_events_of_cloudwatch_are_logs_under_their_own_ids_and_times(ingest: FakeSqs, *, is_packed: bool) -> None:
    content = message(log_event(), log_event("second", EVENT_ID[:-1] + "9", NOW_MS + 1))

    answer = deliver(
        records(content if is_packed else gzip.decompress(content)), common(tenant_id="acme", stage="live")
    )

    assert answer["statusCode"] == 200
    first, second = ingest.envelopes()
    assert {name: first[name] for name in ("log_id", "text", "timestamp", "attributes")} == {
        "log_id": EVENT_ID,
        "text": "call 555-0199",
        "timestamp": "2026-01-31T22:47:57.559000000+00:00",
        "attributes": {
            "commonAttributes": {"stage": "live"},
            "owner": "123456789012",
            "logGroup": "/aws/lambda/pay",
            "logStream": "2026/01/31/[1]0f",
        },
    }
    assert (second["log_id"], second["text"]) == (EVENT_ID[:-1] + "9", "second")


@pytest.mark.parametrize(
    "content",
    [
        message(log_event("CWL CONTROL MESSAGE: Checking health of destination."), kind="CONTROL_MESSAGE"),
        message(),
        message(log_event("")),
        "",
        "\n",
        "\r\n",
        packed(b""),
    ],
)
def test_what_holds_no_log_is_taken_and_nothing_is_stored(ingest: FakeSqs, content: bytes | str) -> None:
    assert deliver(records(content))["statusCode"] == 200
    assert deliver(records(content, "x"))["statusCode"] == 200

    assert ingest.texts() == ["x"]


@pytest.mark.parametrize(
    "content",
    [
        '{"messageType": "DATA_MESSAGE", "logEvents": {}}',
        '{"messageType": ["DATA_MESSAGE"], "logEvents": []}',
        '{"messageType": "OTHER", "logEvents": []}',
        '{"messageType": "DATA_MESSAGE", "logEvents": [',
        '{"messageType": "DATA_MESSAGE", "logEvents": [], "n": NaN}',
        f'{{"messageType": "DATA_MESSAGE", "logEvents": [{"1" * 5000}]}}',
        f'{{"messageType": "DATA_MESSAGE", "logEvents": {"[" * 100_000}{"]" * 100_000}}}',
        '[{"messageType": "DATA_MESSAGE", "logEvents": []}]',
    ],
)
def test_what_only_looks_like_cloudwatchs_is_a_log_as_it_stands(ingest: FakeSqs, content: str) -> None:
    assert deliver(records(content))["statusCode"] == 200

    parts = sorted(ingest.envelopes(), key=lambda envelope: envelope["part"])
    assert "".join(part["text"] for part in parts) == content


def test_a_packed_record_of_anybody_else_is_unpacked(ingest: FakeSqs) -> None:
    assert deliver(records(packed(b"call 555-0199\n")))["statusCode"] == 200

    assert ingest.texts() == ["call 555-0199"]


@pytest.mark.parametrize("event_id", [None, 7, "", "a b", "x" * 300, "."])
def test_an_event_without_a_usable_id_gets_one_of_the_request(ingest: FakeSqs, event_id: object) -> None:
    for _ in range(2):
        assert deliver(records(message(log_event(event_id=event_id))))["statusCode"] == 200

    first, second = ingest.envelopes()
    assert first["log_id"] == second["log_id"] != event_id


@pytest.mark.parametrize("at", [None, "x", 1.5, True, -1, 10**18, 10**30, [], {}])
def test_an_event_without_a_usable_time_has_none(ingest: FakeSqs, at: object) -> None:
    assert deliver(records(message(log_event(at=at))))["statusCode"] == 200

    assert "timestamp" not in ingest.envelopes()[0]


def test_what_is_no_unicode_is_replaced_and_the_rest_is_kept(ingest: FakeSqs) -> None:
    body = records(b"caf\xe9 555-0199", message(log_event("half \ud83d"), logGroup="g\udc00"))

    assert deliver(body)["statusCode"] == 200

    first, second = ingest.envelopes()
    assert (first["text"], second["text"]) == ("caf\ufffd 555-0199", "half \ufffd")
    assert second["attributes"]["logGroup"] == "g\ufffd"


def test_a_repeated_request_has_the_same_ids(ingest: FakeSqs) -> None:
    for _ in range(2):
        deliver(records("a", "a", message(log_event())))

    ids = [envelope["log_id"] for envelope in ingest.envelopes()]
    assert sorted(ids[:3]) == sorted(ids[3:])
    assert len(set(ids)) == 3


def test_equal_records_of_two_requests_are_two_logs(ingest: FakeSqs) -> None:
    for request_id in ("first", "second"):
        deliver(records("a", request_id=request_id), request_id=request_id)

    assert len({envelope["log_id"] for envelope in ingest.envelopes()}) == 2


def test_when_the_queue_refuses_one_log_the_whole_is_to_be_sent_again(ingest: FakeSqs) -> None:
    ingest.refuse = lambda entry, _tries: "InternalError" if '"text":"b"' in entry["MessageBody"] else None
    refused = deliver(records("a", "b"))
    ingest.refuse = lambda _entry, _tries: None
    again = deliver(records("a", "b"))

    assert (refused["statusCode"], refused["headers"]["retry-after"]) == (503, "5")
    assert said(refused)["requestId"] == REQUEST_ID
    assert said(refused)["errorMessage"].startswith("queue_unavailable: ")
    assert again["statusCode"] == 200
    assert len({(envelope["text"], envelope["log_id"]) for envelope in ingest.envelopes()}) == 2


def test_a_queue_that_is_away_and_a_backlog_are_503(ingest: FakeSqs, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest.fail = lambda _call: client_error("AccessDenied")
    away = deliver(records("x"))
    ingest.fail = lambda _call: None
    monkeypatch.setattr("handlers.aws.backlog.Backlog.seconds", lambda _self: 10**9)
    crowded = deliver(records("x"))

    assert (away["statusCode"], crowded["statusCode"]) == (503, 503)
    assert "secret" not in away["body"]


def test_a_log_that_can_never_be_accepted_is_refused_and_the_others_are_kept(ingest: FakeSqs) -> None:
    answer = deliver(records("good", packed(b"x" * 99)[:-9], message({"message": 5}, log_event("event"))))

    assert answer["statusCode"] == 400
    assert said(answer)["errorMessage"].startswith(
        "invalid_request: 2 of 4 logs cannot be accepted, the others were. Number 1: The record begins like gzip"
    )
    assert sorted(ingest.texts()) == ["event", "good"]


@pytest.mark.parametrize(
    ("headers", "credential", "expected"),
    [
        ({}, None, (400, "missing_tenant")),
        (common(stage="live"), None, (400, "missing_tenant")),
        (common(tenant_id=""), None, (400, "missing_tenant")),
        ({"x-tenant-id": "acme"}, None, (200, None)),
        (common(tenant_id="acme") | {"x-tenant-id": "acme"}, None, (200, None)),
        (common(tenant_id="acme") | {"x-tenant-id": "beta"}, None, (400, "tenant_mismatch")),
        (common(tenant_id="a b"), None, (400, "invalid_request")),
        ({}, "acme", (200, None)),
        (common(tenant_id="acme"), "acme", (200, None)),
        (common(tenant_id="beta"), "acme", (403, "wrong_tenant")),
        (common(tenant_id="acme"), "", (401, "unauthenticated")),
    ],
)
def test_the_tenant_is_the_keys_or_named_by_a_common_attribute(
    ingest: FakeSqs,
    monkeypatch: pytest.MonkeyPatch,
    headers: dict[str, str],
    credential: str | None,
    expected: tuple[int, str | None],
) -> None:
    if credential is not None:
        monkeypatch.setenv("AUTH", "api-key")

    answer = deliver(records("x"), headers, credential=credential)

    code = said(answer).get("errorMessage", "").partition(":")[0] or None
    assert (answer["statusCode"], code) == expected
    assert len(ingest.sent) == (1 if expected[0] == 200 else 0)


@pytest.mark.parametrize("auth", ["api-key", "jwt"])
def test_whoever_has_no_api_key_is_told_that_it_takes_one(
    ingest: FakeSqs, monkeypatch: pytest.MonkeyPatch, auth: str
) -> None:
    monkeypatch.setenv("AUTH", auth)

    answer = deliver(records("x"))

    assert answer["statusCode"] == 401
    assert "must be an API key (rdp_...) of this stack; that takes auth: api-key" in said(answer)["errorMessage"]
    assert ingest.sent == []


DEEP = "[" * 100_000 + "]" * 100_000
BODIES = {
    "empty": "",
    "text": "x",
    "null": "null",
    "array": "[]",
    "no records": json.dumps({"requestId": REQUEST_ID}),
    "records of another type": json.dumps({"requestId": REQUEST_ID, "records": {}}),
    "a record of another type": json.dumps({"requestId": REQUEST_ID, "records": ["x"]}),
    "a record without data": json.dumps({"requestId": REQUEST_ID, "records": [{}]}),
    "data of another type": json.dumps({"requestId": REQUEST_ID, "records": [{"data": 5}]}),
    "data that is null": json.dumps({"requestId": REQUEST_ID, "records": [{"data": None}]}),
    "false base64": json.dumps({"requestId": REQUEST_ID, "records": [{"data": "eA="}]}),
    "base64 with a line end": json.dumps({"requestId": REQUEST_ID, "records": [{"data": "eA==\n"}]}),
    "base64 that is no ASCII": json.dumps({"requestId": REQUEST_ID, "records": [{"data": "é"}]}),
    "another id": records("x", request_id="another"),
    "an id of another type": records("x").replace(f'"{REQUEST_ID}"', "5"),
    "nesting of 100,000": f'{{"requestId": "{REQUEST_ID}", "records": {DEEP}}}',
    "nesting of 100,000 beside the records": records("x")[:-1] + f', "x": {DEEP}}}',
    "an integer of 5,000 digits": records("x").replace(str(NOW_MS), "1" * 5000),
    "NaN": records("x").replace(str(NOW_MS), "NaN"),
    "10,001 records": records(*["x"] * 10_001),
    "10,001 events": records(message(*[log_event()] * 10_001)),
    "350,000 empty records": json.dumps({"requestId": REQUEST_ID, "records": [{"data": ""}] * 350_000}),
    "a million empty events": records(packed(b'{"messageType": "DATA_MESSAGE", "logEvents": [' + b"{}," * 10**6)),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_request_that_can_never_be_accepted_is_400_and_nothing_of_it_is_sent(ingest: FakeSqs, body: str) -> None:
    answer = deliver(body)

    # Never 413: it is the one status at which Firehose does not write the request to the stream's bucket.
    assert answer["statusCode"] == 400
    assert said(answer).keys() == {"requestId", "timestamp", "errorMessage"}
    assert said(answer)["requestId"] == REQUEST_ID
    assert ingest.sent == []


MIB = 1024 * 1024


@pytest.mark.parametrize(
    "contents", [[packed(b"x" * 17 * MIB)], [packed(b"x" * MIB)] * 17, [packed(b"x" * 16 * MIB), b"x"]]
)
def test_the_records_of_a_request_unpack_to_16_mib_in_all(ingest: FakeSqs, contents: list[bytes]) -> None:
    answer = deliver(records(*contents))

    assert answer["statusCode"] == 400
    assert "unpack to at most 16,777,216 bytes; give the stream a smaller buffer" in said(answer)["errorMessage"]
    assert ingest.sent == []


def test_too_much_work_is_400_with_what_is_allowed(ingest: FakeSqs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSING_SECONDS_PER_CHAR", "0.05")
    monkeypatch.setenv("MAX_PROCESSING_SECONDS_PER_REQUEST", "300")

    answer = deliver(records("x" * 3001, "x" * 3000))

    assert answer["statusCode"] == 400
    assert "send at most 6,000 characters in a request" in said(answer)["errorMessage"]
    assert ingest.sent == []


@pytest.mark.parametrize("request_id", ["", " ", "x" * 256, "é"])
def test_a_request_without_a_usable_id_is_refused(ingest: FakeSqs, request_id: str) -> None:
    assert deliver(records("x", request_id=request_id), request_id=request_id)["statusCode"] == 400
    assert ingest.sent == []


@pytest.mark.parametrize(
    "header",
    [
        "x",
        "[]",
        "{" * 5000,
        '{"commonAttributes": []}',
        '{"commonAttributes": {"a": 5}}',
        '{"commonAttributes": {"tenant_id": ["acme"]}}',
        '{"commonAttributes": {"a": "\\ud800"}}',
        json.dumps({"commonAttributes": {"a": "b" * 40_000}}),
    ],
)
def test_common_attributes_that_cannot_be_kept_are_400(ingest: FakeSqs, header: str) -> None:
    headers = {"x-amz-firehose-common-attributes": header, "x-tenant-id": "acme"}

    assert deliver(records("x"), headers)["statusCode"] == 400
    assert ingest.sent == []


def test_gzip_that_the_gateway_destroys_is_refused_with_the_setting_that_helps(ingest: FakeSqs) -> None:
    destroyed = packed(records("x").encode()).decode(errors="replace")

    answer = deliver(destroyed, ACME | {"content-encoding": "gzip"})

    assert answer["statusCode"] == 415
    assert "set the content encoding of the Firehose stream to disabled" in said(answer)["errorMessage"]
    assert ingest.sent == []


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-ndjson", "application/json; charset=latin-1"]
)
def test_other_content_types_are_refused(ingest: FakeSqs, content_type: str) -> None:
    assert deliver(records("x"), content_type=content_type)["statusCode"] == 415
    assert ingest.sent == []
