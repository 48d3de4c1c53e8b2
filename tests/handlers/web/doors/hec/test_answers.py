"""The HEC door: ids of repeated requests, tenants, and the answers that clients obey."""

import json
from typing import Any

import pytest

from handlers.web.doors.hec.answers import refuse
from handlers.web.refusals import Code, Refusal
from handlers.web.request import Request
from tests.support.aws_fixtures import event_of
from tests.support.fake_sqs import FakeSqs, client_error
from tests.support.hec_client import EVENT, PATHS, RAW, TENANT, TIME, said, send


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
