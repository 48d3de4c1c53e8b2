"""The Firehose door: tenants, media types, and the answers that Firehose obeys."""

import pytest

from tests.support.fake_sqs import FakeSqs, client_error
from tests.support.firehose_client import ACME, REQUEST_ID, common, deliver, log_event, message, packed, records, said


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
