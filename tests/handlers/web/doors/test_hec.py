"""The HEC door: events and raw lines as Splunk's clients send them, and answers that those clients obey."""

import base64
import gzip
import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from handlers.ingest import handler
from handlers.web.doors import MODULES
from handlers.web.doors.hec.answers import refuse
from handlers.web.refusals import Code, Refusal
from handlers.web.request import Request
from tests.support.aws_fixtures import Context, event_of
from tests.support.fake_sqs import FakeSqs, client_error

TIME = "1769899677.559836123"
TENANT = {"x-tenant-id": "acme"}
SUCCESS = {"text": "Success", "code": 0}
EVENT, RAW = "/services/collector/event", "/services/collector/raw"
PATHS = [path for path in MODULES if path.startswith("/services/collector")]
JSON = "application/json"
CPU_SECONDS = 2
Answer = dict[str, Any]


def send(
    body: str | bytes,
    path: str = EVENT,
    content_type: str | None = JSON,
    *,
    headers: Mapping[str, str] = TENANT,
    credential: str | None = None,
    method: str = "POST",
    **query: str,
) -> Answer:
    """Send a request; bytes as a gateway hands over what it does not take for text."""
    event = event_of("http_api_json") | {"rawPath": path, "body": body, "isBase64Encoded": False}
    if isinstance(body, bytes):
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    event["headers"] = ({} if content_type is None else {"content-type": content_type}) | dict(headers)
    event["queryStringParameters"] = query
    event["requestContext"]["http"]["method"] = method
    if credential is not None:
        event["requestContext"]["authorizer"] = {"lambda": {"tenant_id": credential}}
    return handler(event, Context())


def said(answer: Answer) -> tuple[int, int]:
    """Return status and code of an answer in HEC's form."""
    assert answer["headers"]["content-type"] == "application/json"
    body = json.loads(answer["body"])
    assert body.keys() <= {"text", "code", "detail", "invalid-event-number"}
    return answer["statusCode"], body["code"]


def one(ingest: FakeSqs) -> dict[str, Any]:
    [envelope] = ingest.envelopes()
    return envelope


def test_an_event_keeps_its_time_fields_and_level(ingest: FakeSqs) -> None:
    answer = send(
        f'{{"time": {TIME}, "host": "web1", "source": "app", "sourcetype": "_json", "index": "acme", "event": "hello",'
        ' "fields": {"level": "warn", "phone": 4155550199}, "own": [1.5], "empty": null}',
        headers={},
    )

    assert (answer["statusCode"], json.loads(answer["body"])) == (200, SUCCESS)
    envelope = one(ingest)
    assert {name: envelope[name] for name in ("version", "tenant_id", "source", "text", "timestamp", "severity")} == {
        "version": 2,
        "tenant_id": "acme",
        "source": "hec",
        "text": "hello",
        "timestamp": "2026-01-31T22:47:57.559836123+00:00",
        "severity": {"number": 13, "text": "warn"},
    }
    assert envelope["attributes"] == {
        "host": "web1",
        "source": "app",
        "sourcetype": "_json",
        "index": "acme",
        "own": [1.5],
        "fields": {"level": "warn", "phone": 4155550199},
    }


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ('"a \\u00e9"', "a é"),
        ('{"b": 1.50, "a": [1e400, 12345678901234567890.1]}', '{"b": 1.50, "a": [1e400, 12345678901234567890.1]}'),
        ("[ ]", "[ ]"),
        ("0", "0"),
        ("-1.0", "-1.0"),
        ("false", "false"),
        ('"0"', "0"),
        ("1" * 5000, "1" * 5000),
        ('{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
    ],
)
def test_an_event_that_is_no_text_is_kept_exactly_as_it_was_written(ingest: FakeSqs, event: str, text: str) -> None:
    assert said(send(f'{{"event" : {event} }}')) == (200, 0)

    assert "".join(ingest.texts_in_order()) == text


@pytest.mark.parametrize(
    ("written", "timestamp"),
    [
        (TIME, "2026-01-31T22:47:57.559836123+00:00"),
        (f'"{TIME}"', "2026-01-31T22:47:57.559836123+00:00"),
        ("1769899677", "2026-01-31T22:47:57.000000000+00:00"),
        ('"1769899677.5"', "2026-01-31T22:47:57.500000000+00:00"),
        ("1.769899677559E9", "2026-01-31T22:47:57.559000000+00:00"),
        (f"{TIME}999", "2026-01-31T22:47:57.559836123+00:00"),
        ("0", "1970-01-01T00:00:00.000000000+00:00"),
        ("-1", None),
        ("99999999999999", None),
        ("null", None),
        ('""', None),
    ],
)
def test_a_time_is_seconds_in_digits_and_keeps_its_nanoseconds(
    ingest: FakeSqs, written: str, timestamp: str | None
) -> None:
    assert said(send(f'{{"event": "x", "time": {written}}}')) == (200, 0)

    assert one(ingest).get("timestamp") == timestamp


@pytest.mark.parametrize("path", PATHS)
def test_every_path_takes_logs_with_and_without_a_version(ingest: FakeSqs, path: str) -> None:
    assert said(send('{"event": "x"}', path)) == (200, 0)

    assert ingest.texts() == (['{"event": "x"}'] if "raw" in path else ["x"])


@pytest.mark.parametrize(
    "body",
    [
        '{"event": "a"}{"event": "b"}',
        ' {"event":"a"} \r\n\t{"event":"b"}\n',
        '[{"event": "a"}, {"event": "b"}]',
        ' [ {"event": "a"},{"event": "b"} ] ',
    ],
)
@pytest.mark.parametrize("content_type", [JSON, "text/plain", "application/x-www-form-urlencoded", None])
def test_events_follow_each_other_or_are_an_array_under_any_content_type(
    ingest: FakeSqs, body: str, content_type: str | None
) -> None:
    is_text = content_type in {JSON, "text/plain"}

    assert said(send(body if is_text else body.encode(), content_type=content_type)) == (200, 0)

    assert sorted(ingest.texts()) == ["a", "b"]


def test_raw_lines_are_one_log_each_and_the_query_describes_them(ingest: FakeSqs) -> None:
    body = "first\r\n\n   \n\tindented\nlast \u00e9"

    answer = send(body, RAW, "text/plain", host="web1", sourcetype="access", channel="c-1", time=TIME)

    assert said(answer) == (200, 0)
    assert sorted(ingest.texts()) == ["\tindented", "first", "last \u00e9"]
    for envelope in ingest.envelopes():
        assert envelope["attributes"] == {"host": "web1", "sourcetype": "access"}
        assert envelope["timestamp"] == "2026-01-31T22:47:57.559836123+00:00"


def test_the_query_says_what_an_event_does_not_say_itself(ingest: FakeSqs) -> None:
    send('{"event": "x", "host": "web2"}', host="web1", source="app")

    assert one(ingest)["attributes"] == {"host": "web2", "source": "app"}


@pytest.mark.parametrize(
    ("query", "code"),
    [({"token": "x"}, 16), ({"colour": "x"}, 6), ({"time": "soon"}, 6)],
)
@pytest.mark.parametrize("path", [EVENT, RAW])
def test_a_query_that_cannot_be_taken_is_refused(ingest: FakeSqs, path: str, query: dict[str, str], code: int) -> None:
    assert said(send('{"event": "x"}', path, **query)) == (400, code)
    assert ingest.sent == []


def test_a_body_that_is_no_utf_8_is_kept_as_far_as_it_can_be(ingest: FakeSqs) -> None:
    assert said(send(b"caf\xe9 555-0199", RAW, None)) == (200, 0)
    assert said(send(b'{"event": "caf\xe9"}', content_type=None)) == (200, 0)

    assert ingest.texts() == ["caf\ufffd 555-0199", "caf\ufffd"]


@pytest.mark.parametrize("path", [EVENT, RAW])
def test_gzip_arrives_whole_without_a_content_type(ingest: FakeSqs, path: str) -> None:
    headers = TENANT | {"content-encoding": "gzip"}

    assert said(send(gzip.compress(b'{"event": "x"}'), path, None, headers=headers)) == (200, 0)

    assert len(ingest.sent) == 1


@pytest.mark.parametrize("path", [EVENT, RAW])
def test_gzip_that_the_gateway_destroys_is_refused_with_the_setting_that_helps(ingest: FakeSqs, path: str) -> None:
    destroyed = gzip.compress(b'{"event": "x"}').decode(errors="replace")

    answer = send(destroyed, path, headers=TENANT | {"content-encoding": "gzip"})

    assert said(answer) == (400, 6)
    for setting in ('compression = "none"', "gzip_compression false", "disable_compression: true", "`compress gzip`"):
        assert setting in json.loads(answer["body"])["detail"]
    assert ingest.sent == []


@pytest.mark.parametrize("body", ["", " \n", "[]", " [ ] "])
@pytest.mark.parametrize("is_text", [True, False])
def test_an_empty_body_has_no_data(ingest: FakeSqs, body: str, *, is_text: bool) -> None:
    assert said(send(body if is_text else body.encode(), content_type=JSON if is_text else None)) == (400, 5)
    assert ingest.sent == []


ALONE = {
    "{}": 12,
    '{"event": null}': 12,
    '{"event": ""}': 13,
    '{"event": "\\ud800"}': 6,
    '{"event": NaN}': 6,
    '{"event": "x", "fields": {"a": -Infinity}}': 6,
    '{"event": "x", "fields": {"a": 1e999}}': 6,
    '{"event": "x", "fields": {"a": ' + "1" * 5000 + "}}": 6,
    '{"event": "x", "host": ' + "1" * 5000 + "}": 6,
    '{"event": "x", "fields": 1}': 15,
    '{"event": "x", "fields": []}': 15,
    '{"event": "x", "fields": "x"}': 15,
    '{"event": "x", "fields": {"a": ' + "[" * 70 + "]" * 70 + "}}": 6,
    '{"event": "x", "fields": {"a": "' + "b" * 40_000 + '"}}': 6,
    '{"event": "x", "time": "soon"}': 6,
    '{"event": "x", "time": true}': 6,
    '{"event": "x", "time": [1]}': 6,
    '{"event": "x", "time": 1e999}': 6,
    '{"event": "x", "time": ' + "1" * 5000 + "}": 6,
    '{"event": "x", "index": "beta"}': 7,
    '{"event": "x", "index": 7}': 7,
    '{"event": "x", "index": ["acme"]}': 7,
    "1": 6,
    '"x"': 6,
    "null": 6,
    "NaN": 6,
}


@pytest.mark.parametrize("event", ALONE, ids=range(len(ALONE)))
@pytest.mark.parametrize("is_array", [True, False])
def test_an_event_that_can_never_be_accepted_is_named_and_the_others_are_kept(
    ingest: FakeSqs, event: str, *, is_array: bool
) -> None:
    events = ['{"event": "before"}', event, '{"event": "after"}']

    answer = send(f"[{','.join(events)}]" if is_array else " ".join(events))

    assert said(answer) == (400, ALONE[event])
    body = json.loads(answer["body"])
    assert body["invalid-event-number"] == 1
    assert "1 of 3 logs cannot be accepted, the others were. Number 1: " in body["detail"]
    assert sorted(ingest.texts()) == ["after", "before"]


DEEP = "[" * 100_000 + "]" * 100_000
MALFORMED = [
    "x",
    "{",
    '{"event"',
    '{"event": "x"',
    '{"event": "x",',
    '{"event": "x",}',
    '{"event" "x"}',
    '{"a\tb": 1, "event": "x"}',
    '{"a\\xb": 1, "event": "x"}',
    '{event: "x"}',
    '{"event": "x"}}',
    '{"event": "x"},{"event": "y"}',
    '{"event": x}',
    '{"event": 01}',
    '["x"',
    '[{"event": "x"},]',
    '[{"event": "x"}',
    '[{"event": "x"}]{"event": "x"}',
    '[{"event": "x"} {"event": "x"}]',
    "[,]",
    "[" * 100_000,
    f'{{"event": {DEEP}}}',
    f'{{"event": "x", "fields": {DEEP}}}',
]


@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
def test_of_a_body_that_cannot_be_read_to_its_end_nothing_is_accepted(ingest: FakeSqs, body: str) -> None:
    for whole in [body] if body.startswith("[") else [body, '{"event": "x"}' + body]:
        answer = send(whole)

        assert said(answer) == (400, 6)
        assert "invalid-event-number" not in json.loads(answer["body"])
    assert ingest.sent == []


MANY_MEMBERS = ",".join(['"a":1'] * 990_000)
TOO_MUCH = {
    "a million empty objects": "{}" * 1_000_000,
    "a million empty objects in an array": f"[{','.join(['{}'] * 1_000_000)}]",
    "16 million characters of empty objects": "{}" * 8_000_000,
    "a million members": f'{{"event": "x", {MANY_MEMBERS}}}',
    "millions of values": '{"event": [' + "[]," * 2_000_000 + "0]}",
    "fields of 5 MB": ('{"event": "x", "fields": {"a": "' + "b" * 30_000 + '"}}') * 600,
}


@pytest.mark.parametrize("body", TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_would_take_too_long_is_refused_in_time(ingest: FakeSqs, body: str) -> None:
    packed = gzip.compress(body.encode(), 1)
    started = time.process_time()

    answer = send(packed, content_type=None, headers=TENANT | {"content-encoding": "gzip"})

    assert said(answer) == (413, 6)
    assert time.process_time() - started < CPU_SECONDS
    assert ingest.sent == []


def test_millions_of_blank_lines_are_skipped_in_time(ingest: FakeSqs) -> None:
    packed = gzip.compress(b"\n" * 16_000_000 + b"x")
    started = time.process_time()

    answer = send(packed, RAW, None, headers=TENANT | {"content-encoding": "gzip"})

    assert said(answer) == (200, 0)
    assert time.process_time() - started < CPU_SECONDS
    assert ingest.texts() == ["x"]


@pytest.mark.parametrize("is_packed", [True, False])
def test_what_dockers_driver_sends_is_taken_packed_or_not(ingest: FakeSqs, *, is_packed: bool) -> None:
    """Its shape is that of moby's sources: no content type, times with six digits, objects without separators."""
    line = '{"event":{"line":"%s","source":"stdout","tag":"4f5e"},"time":"1769899677.559836","host":"node1"}'
    body = (line % "call 555-0199" + line % "").encode()
    headers = {"authorization": "Splunk key", **({"content-encoding": "gzip"} if is_packed else {})} | TENANT

    answer = send(gzip.compress(body) if is_packed else body, f"{EVENT}/1.0", None, headers=headers)

    assert said(answer) == (200, 0)
    assert sorted(ingest.texts()) == [
        '{"line":"","source":"stdout","tag":"4f5e"}',
        '{"line":"call 555-0199","source":"stdout","tag":"4f5e"}',
    ]
    assert {envelope["timestamp"] for envelope in ingest.envelopes()} == {"2026-01-31T22:47:57.559836000+00:00"}


@pytest.mark.parametrize("name", [r"\u0065vent", r"ev\u0065nt", "event"])
def test_a_name_may_be_written_with_escapes(ingest: FakeSqs, name: str) -> None:
    assert said(send(f'{{"{name}": "x", "a\\"b": 1}}')) == (200, 0)

    assert one(ingest)["text"] == "x"
    assert one(ingest)["attributes"] == {'a"b': 1}


def test_each_event_of_a_large_batch_is_a_log(ingest: FakeSqs) -> None:
    assert said(send('{"event": "x"}' * 10_000)) == (200, 0)

    assert len({envelope["log_id"] for envelope in ingest.envelopes()}) == 10_000


@pytest.mark.parametrize("body", ['{"event": "x"}' * 10_001, "x\n" * 10_001])
def test_more_events_than_a_request_may_carry_are_too_large(ingest: FakeSqs, body: str) -> None:
    path = RAW if body.startswith("x") else EVENT

    assert said(send(body, path)) == (413, 6)
    assert ingest.sent == []


@pytest.mark.parametrize("headers", [TENANT, TENANT | {"idempotency-key": "k"}])
@pytest.mark.parametrize(
    ("path", "query", "body"),
    [
        (EVENT, {}, f'{{"event": "a", "time": {TIME}}}{{"event": "a", "time": {TIME}}}'),
        (RAW, {"time": TIME}, "a\na"),
    ],
)
def test_a_repeated_request_has_the_same_ids(
    ingest: FakeSqs, path: str, query: dict[str, str], body: str, headers: dict[str, str]
) -> None:
    send(body, path, headers=headers, **query)
    send(body, path, headers=headers, **query, channel="another")

    ids = [envelope["log_id"] for envelope in ingest.envelopes()]
    assert sorted(ids[:2]) == sorted(ids[2:])
    assert len(set(ids)) == 2


def test_equal_lines_with_another_source_or_time_are_other_logs(ingest: FakeSqs) -> None:
    send("x", RAW, time="1769899677", source="a")
    send("x", RAW, time="1769899677", source="b")
    send("x", RAW, time="1769899737", source="b")
    send("x", RAW)
    send("x", RAW)

    assert len({envelope["log_id"] for envelope in ingest.envelopes()}) == 5


def test_when_the_queue_refuses_one_event_all_are_to_be_sent_again_under_the_same_ids(ingest: FakeSqs) -> None:
    ingest.refuse = lambda entry, _tries: "InternalError" if '"text":"b"' in entry["MessageBody"] else None
    body = f'{{"event": "a", "time": {TIME}}}{{"event": "b", "time": {TIME}}}{{"event": ""}}'

    refused = send(body)
    ingest.refuse = lambda _entry, _tries: None
    again = send(body)

    assert said(refused) == (503, 9)
    assert refused["headers"]["retry-after"] == "5"
    assert said(again) == (400, 13)  # the empty event, which can never be accepted
    assert len({(envelope["text"], envelope["log_id"]) for envelope in ingest.envelopes()}) == 2


def test_a_queue_that_is_away_is_busy_and_a_backlog_says_how_long_to_wait(
    ingest: FakeSqs, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest.fail = lambda _call: client_error("AccessDenied")
    away = send('{"event": "x"}')
    ingest.fail = lambda _call: None
    monkeypatch.setattr("handlers.aws.backlog.Backlog.seconds", lambda _self: 10**9)
    crowded = send('{"event": "x"}')

    assert (said(away), away["headers"]["retry-after"]) == ((503, 9), "5")
    assert (said(crowded), crowded["headers"]["retry-after"]) == ((503, 9), "60")
    assert "secret" not in away["body"]


@pytest.mark.parametrize(
    "case",
    [
        ({}, None, None, (400, 7)),
        ({}, "acme", None, (200, 0)),
        ({}, "a b", None, (400, 7)),
        ({"x-tenant-id": "acme"}, None, None, (200, 0)),
        ({"x-tenant-id": "acme"}, "acme", None, (200, 0)),
        ({"x-tenant-id": "beta"}, "acme", None, (400, 7)),
        ({}, None, "acme", (200, 0)),
        ({}, "main index", "acme", (200, 0)),
        ({"x-tenant-id": "acme"}, "beta", "acme", (200, 0)),
        ({"x-tenant-id": "beta"}, None, "acme", (403, 4)),
        ({"authorization": "Splunk abc"}, None, "", (403, 4)),
        ({"authorization": "Basic abc"}, None, "", (403, 4)),
        ({"authorization": "Splunk"}, None, "", (401, 3)),
        ({"authorization": "Digest abc"}, None, "", (401, 3)),
        ({}, None, "", (401, 2)),
    ],
)
@pytest.mark.parametrize("path", [EVENT, RAW])
def test_the_tenant_is_the_credentials_or_named_by_index_or_header(
    ingest: FakeSqs, monkeypatch: pytest.MonkeyPatch, path: str, case: Any
) -> None:
    headers, index, credential, expected = case
    if credential is not None:
        monkeypatch.setenv("AUTH", "api-key")
    query = {"index": index} if index and path == RAW else {}
    body = json.dumps({"event": "x"} | ({"index": index} if index and path == EVENT else {}))

    answer = send(body, path, headers=headers, credential=credential, **query)

    assert said(answer) == expected
    assert [(envelope["tenant_id"], envelope.get("attributes")) for envelope in ingest.envelopes()] == (
        [("acme", {"index": index} if index else None)] if expected == (200, 0) else []
    )


@pytest.mark.parametrize("path", ["/services/collector/health", "/services/collector/health/1.0"])
def test_the_health_needs_no_credential(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv("AUTH", "api-key")

    answer = send("", path, headers={}, method="GET")

    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"text": "HEC is healthy", "code": 17})

    refused = send("", path, headers={}, method="PUT")
    assert (refused["statusCode"], refused["headers"]["allow"]) == (405, "GET")


@pytest.mark.parametrize("path", PATHS)
def test_options_is_answered_without_a_credential_as_dockers_driver_needs_it(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("AUTH", "api-key")

    assert send("", path, None, headers={}, method="OPTIONS")["statusCode"] == 200


@pytest.mark.usefixtures("ingest")
def test_another_method_is_refused_in_the_same_form() -> None:
    answer = send("", method="PUT")

    assert said(answer) == (405, 6)
    assert answer["headers"]["allow"] == "POST"


@pytest.mark.parametrize("code", Code)
def test_every_refusal_of_ours_has_a_number_of_theirs(code: Code) -> None:
    answer = refuse(Request.from_event(event_of("http_api_json")), Refusal(code, "x"))

    assert said(answer)[1] in {2, 4, 6, 7, 8, 9}
    assert (answer["statusCode"] == 503) == code.retryable == ("retry-after" in answer["headers"])
