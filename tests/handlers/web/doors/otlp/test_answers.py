"""The OTLP door: tenants, media types, and the answers that OTLP's clients obey."""

import gzip

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from handlers.ingest import handler
from tests.support.aws_fixtures import Context, event_of
from tests.support.fake_sqs import FakeSqs, client_error
from tests.support.otlp_client import (
    JSON,
    PROTOBUF,
    TENANT,
    as_json,
    export,
    in_both_encodings,
    request_of,
    said,
    success,
)


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
