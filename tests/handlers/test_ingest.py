"""The ingest function: every answer and every code of the contract."""

import json
import logging
from typing import Any

import pulumi
import pytest

from handlers.ingest import handler
from infra.log_pipeline import LogPipeline, LogPipelineArgs
from infra.settings import Settings
from tests.support.aws_fixtures import Aws, Context, event_of
from tests.support.pulumi_recorder import Provision


def post(body: str, *, path: str = "/ingest", method: str = "POST", **headers: str) -> dict[str, Any]:
    event = event_of("http_api_json") | {"rawPath": path, "body": body}
    event["headers"] = {name.replace("_", "-"): value for name, value in headers.items()}
    event["requestContext"]["http"] |= {"method": method, "path": path}
    return handler(event, Context())


def post_json(content: object, **headers: str) -> dict[str, Any]:
    return post(json.dumps(content), content_type="application/json", **headers)


def body_of(response: dict[str, Any]) -> dict[str, Any]:
    return json.loads(response["body"])


def test_a_json_log_is_accepted_and_queued(aws: Aws) -> None:
    response = handler(event_of("http_api_json"), Context())

    [message] = aws.waiting()
    assert response["statusCode"] == 202
    assert body_of(response) == {
        "status": "accepted",
        "log_id": "123",
        "tenant_id": "acme",
        "message": "Processing queued successfully",
        "message_id": message["MessageId"],
    }
    envelope = json.loads(message["Body"])
    assert envelope.pop("received_at").endswith("+00:00")
    assert envelope == {
        "version": 1,
        "tenant_id": "acme",
        "log_id": "123",
        "source": "json_upload",
        "text": "User 555-0199...",
        "part": 1,
        "parts": 1,
    }


def test_a_text_log_takes_its_tenant_from_the_header_and_gets_a_time_ordered_id(aws: Aws) -> None:
    first = body_of(handler(event_of("http_api_text"), Context()))
    second = body_of(handler(event_of("http_api_text"), Context()))

    assert first["tenant_id"] == "beta_inc"
    assert first["log_id"] != second["log_id"]
    assert first["log_id"][14] == "7"
    assert first["log_id"][:13] <= second["log_id"][:13]
    assert {json.loads(message["Body"])["source"] for message in aws.waiting()} == {"text_upload"}


def test_a_base64_body_and_headers_in_any_case_are_read(aws: Aws) -> None:
    response = handler(event_of("function_url_text_base64"), Context())

    [message] = aws.waiting()
    assert response["statusCode"] == 202
    assert json.loads(message["Body"])["text"] == "Grüße 😀 von admin@company.com"
    assert json.loads(message["Body"])["log_id"] == "from-a-function-url"


def test_the_tenant_is_the_message_group(aws: Aws) -> None:
    handler(event_of("http_api_text"), Context())

    [message] = aws.waiting()
    assert message["Attributes"]["MessageGroupId"] == "beta_inc"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        ("{", {}, 400, "invalid_json"),
        ("", {}, 400, "invalid_json"),
        ('{"tenant_id": "acme", "text": "\\ud800"}', {}, 400, "invalid_json"),
        ("[1]", {}, 400, "invalid_request"),
        ('"text"', {}, 400, "invalid_request"),
        ('{"tenant_id": "acme"}', {}, 400, "invalid_request"),
        ('{"tenant_id": "acme", "text": ""}', {}, 400, "invalid_request"),
        ('{"tenant_id": "acme", "text": 5}', {}, 400, "invalid_request"),
        ('{"tenant_id": "acme", "text": null}', {}, 400, "invalid_request"),
        ('{"tenant_id": "a b", "text": "x"}', {}, 400, "invalid_request"),
        ('{"tenant_id": "acme\\n", "text": "x"}', {}, 400, "invalid_request"),
        ('{"tenant_id": "-acme", "text": "x"}', {}, 400, "invalid_request"),
        ('{"tenant_id": 5, "text": "x"}', {}, 400, "invalid_request"),
        ('{"tenant_id": "acme", "text": "x", "log_id": "a#b"}', {}, 400, "invalid_request"),
        ('{"tenant_id": "acme", "text": "x", "log_id": "a/b"}', {}, 400, "invalid_request"),
        ('{"tenant_id": "acme", "text": "x", "log_id": "a b"}', {}, 400, "invalid_request"),
        ('{"tenant_id": "acme", "text": "x", "log_id": ""}', {}, 400, "invalid_request"),
        ('{"tenant_id": "acme", "text": "x", "level": "info"}', {}, 400, "invalid_request"),
        ('{"tenant_id": "acme", "text": "x", "log_id": "1"}', {"x_log_id": "2"}, 400, "invalid_request"),
        ('{"tenant_id": "acme", "text": "x"}', {"x_tenant_id": "a b"}, 400, "invalid_request"),
        ('{"text": "x"}', {}, 400, "missing_tenant"),
        ('{"text": "x", "tenant_id": null}', {}, 400, "missing_tenant"),
        ('{"tenant_id": "acme", "text": "x"}', {"x_tenant_id": "beta"}, 400, "tenant_mismatch"),
        (json.dumps({"tenant_id": "acme", "text": "x" * 6_000_000}), {}, 413, "payload_too_large"),
    ],
)
def test_a_json_body_that_breaks_a_rule_is_refused_with_its_code(
    aws: Aws, body: str, headers: dict[str, str], status: int, code: str
) -> None:
    response = post(body, content_type="application/json", **headers)

    assert (response["statusCode"], body_of(response)["code"]) == (status, code)
    assert response["headers"]["content-type"] == "application/problem+json"
    assert body_of(response)["status"] == status
    assert body_of(response)["detail"]
    assert aws.waiting() == []


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        ("x", {"content_type": "text/plain"}, 400, "missing_tenant"),
        ("x", {"content_type": "text/plain", "x_tenant_id": " "}, 400, "missing_tenant"),
        ("", {"content_type": "text/plain", "x_tenant_id": "acme"}, 400, "invalid_request"),
        ("x", {"content_type": "text/plain", "x_tenant_id": "acme", "x_log_id": "é"}, 400, "invalid_request"),
        ("\ud800", {"content_type": "text/plain", "x_tenant_id": "acme"}, 400, "invalid_request"),
        ("x" * 6_000_001, {"content_type": "text/plain", "x_tenant_id": "acme"}, 413, "payload_too_large"),
        ("x", {"x_tenant_id": "acme"}, 415, "unsupported_media_type"),
        ("x", {"content_type": "text/html", "x_tenant_id": "acme"}, 415, "unsupported_media_type"),
        ("x", {"content_type": "text/plain; charset=latin-1"}, 415, "unsupported_media_type"),
    ],
)
def test_a_text_body_that_breaks_a_rule_is_refused_with_its_code(
    aws: Aws, body: str, headers: dict[str, str], status: int, code: str
) -> None:
    response = post(body, **headers)

    assert (response["statusCode"], body_of(response)["code"]) == (status, code)
    assert aws.waiting() == []


@pytest.mark.parametrize("media_type", ["Application/JSON", "application/json; charset=UTF-8", " application/json "])
def test_a_content_type_is_read_in_any_form(aws: Aws, media_type: str) -> None:
    response = post('{"tenant_id": "acme", "text": "x"}', content_type=media_type)

    assert response["statusCode"] == 202
    assert len(aws.waiting()) == 1


def test_a_json_log_may_take_its_tenant_and_its_id_from_the_headers(aws: Aws) -> None:
    response = post_json({"text": "x"}, x_tenant_id="acme", x_log_id="77")

    assert body_of(response)["tenant_id"] == "acme"
    assert body_of(response)["log_id"] == "77"
    assert len(aws.waiting()) == 1


def test_bytes_that_are_not_utf_8_are_refused_with_their_position(aws: Aws) -> None:
    event = event_of("function_url_text_base64") | {"body": "YWL/"}

    response = handler(event, Context())

    assert response["statusCode"] == 400
    assert "byte 2" in body_of(response)["detail"]
    assert aws.waiting() == []


def test_a_body_with_invalid_base64_is_refused(aws: Aws) -> None:
    response = handler(event_of("function_url_text_base64") | {"body": "%"}, Context())

    assert (response["statusCode"], body_of(response)["code"]) == (400, "invalid_request")
    assert aws.waiting() == []


def test_health_answers_without_any_call() -> None:
    response = post("", path="/health", method="GET")

    assert (response["statusCode"], body_of(response)) == (200, {"status": "healthy"})


def routes_of(provision: Provision) -> list[dict[str, Any]]:
    args = LogPipelineArgs(settings=Settings(auth="api-key"), code=pulumi.FileArchive("package.zip"))
    return provision(lambda: LogPipeline("logs", args)).all("aws:apigatewayv2/route:Route")


def test_an_unknown_path_is_answered_with_all_routes(provision: Provision) -> None:
    response = post("", path="/", method="GET")

    assert (response["statusCode"], body_of(response)["code"]) == (404, "not_found")
    routes = [route["routeKey"] for route in routes_of(provision)]
    assert [route for route in routes if route not in body_of(response)["detail"]] == ["$default"]


@pytest.mark.parametrize(("path", "method", "allow"), [("/ingest", "GET", "POST"), ("/health", "POST", "GET, HEAD")])
def test_a_wrong_method_is_answered_with_the_right_one(path: str, method: str, allow: str) -> None:
    response = post("", path=path, method=method)

    assert (response["statusCode"], body_of(response)["code"]) == (405, "method_not_allowed")
    assert response["headers"]["allow"] == allow


@pytest.mark.parametrize("event", [{}, {"requestContext": None, "headers": None, "body": None}])
def test_an_event_that_is_not_a_request_is_refused(event: dict[str, Any]) -> None:
    assert handler(event, Context())["statusCode"] == 404


def test_a_refusal_of_the_queue_is_reported_as_retryable_and_nothing_is_accepted(
    aws: Aws, caplog: pytest.LogCaptureFixture
) -> None:
    aws.sqs.delete_queue(QueueUrl=aws.queue_url)

    with caplog.at_level(logging.INFO):
        response = handler(event_of("http_api_json"), Context())

    assert response["statusCode"] == 500
    assert int(response["headers"]["retry-after"]) > 0
    assert body_of(response) == {
        "title": "The queue cannot be reached",
        "status": 500,
        "detail": "The queue did not confirm the log; send it again.",
        "code": "queue_unavailable",
        "retryable": True,
        "log_id": "123",
    }
    assert caplog.records[-1].code == "queue_unavailable"
    assert "NonExistentQueue" in caplog.records[-1].cause


@pytest.mark.parametrize("text", ["\x00\x1b[31m\x7f\x85", "\ufffe\uffff", "😀" * 700, "שלום עולם", "a" * 2800])
def test_any_unicode_text_reaches_the_queue_unchanged(aws: Aws, text: str) -> None:
    response = post_json({"tenant_id": "acme", "text": text})

    [message] = aws.waiting()
    assert response["statusCode"] == 202
    assert json.loads(message["Body"])["text"] == text


def test_events_carry_ids_and_code_and_never_a_text(aws: Aws, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        handler(event_of("http_api_json"), Context())
        post_json({"tenant_id": "acme", "text": "s3cret", "surplus": "s3cret"})

    accepted, refused = (record for record in caplog.records if record.name == "rdp")
    [message] = aws.waiting()
    assert (accepted.message, accepted.code, accepted.tenant_id, accepted.log_id, accepted.message_id) == (
        "accepted",
        "accepted",
        "acme",
        "123",
        message["MessageId"],
    )
    assert (refused.message, refused.code) == ("refused", "invalid_request")
    assert "s3cret" not in str([vars(record) for record in caplog.records])
    assert "555-0199" not in str([vars(record) for record in caplog.records])


@pytest.mark.parametrize("chars", [10, 10_000])
def test_a_log_without_enough_time_is_retryable_and_none_of_it_is_sent(aws: Aws, chars: int) -> None:
    event = event_of("http_api_json") | {"body": json.dumps({"tenant_id": "acme", "text": "x" * chars})}

    response = handler(event, Context(seconds=1))

    assert (response["statusCode"], body_of(response)["code"]) == (503, "overloaded")
    assert body_of(response)["retryable"] is True
    assert int(response["headers"]["retry-after"]) > 0
    assert aws.waiting() == []


@pytest.mark.parametrize(("path", "method"), [("/ingest", "POST"), ("/health", "GET")])
def test_unknown_query_parameters_are_refused(aws: Aws, path: str, method: str) -> None:
    event = event_of("http_api_json") | {"rawPath": path, "queryStringParameters": {"tenant": "acme"}}
    event["requestContext"]["http"]["method"] = method

    response = handler(event, Context())

    assert (response["statusCode"], body_of(response)["code"]) == (400, "invalid_request")
    assert "query" in body_of(response)["detail"]
    assert aws.waiting() == []
