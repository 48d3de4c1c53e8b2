"""Submitting: how much work one request may bring, and how much may wait."""

import gzip
import json
import time

import pytest

from handlers.environment import IngestEnvironment
from handlers.ingest import handler
from tests.support.aws_fixtures import Context, event_of
from tests.support.fake_sqs import FakeSqs, client_error
from tests.support.posting import body_of, lines, log, post


@pytest.fixture
def slow(ingest: FakeSqs, monkeypatch: pytest.MonkeyPatch) -> FakeSqs:
    """Return the queue of a stack that takes 0.05 s for a character, as by default."""
    monkeypatch.setenv("PROCESSING_SECONDS_PER_CHAR", "0.05")
    IngestEnvironment.read.cache_clear()
    return ingest


def test_a_request_that_brings_too_much_work_is_refused_with_the_numbers(slow: FakeSqs) -> None:
    response = post(gzip.compress(lines(*[log("x" * 1000)] * 6001).encode()), "application/gzip")

    assert (response["statusCode"], body_of(response)["code"]) == (413, "payload_too_large")
    assert body_of(response)["detail"] == (
        "Processing 6,001,000 characters takes 300,050 s at 0.05 s each, and one request may take 300,000 s: send at"
        " most 6,000,000 characters in a request."
    )
    assert slow.sent == []


def test_as_much_work_as_the_refusal_names_is_taken(slow: FakeSqs) -> None:
    response = post(gzip.compress(lines(*[log("x" * 1000)] * 6000).encode()), "application/gzip")

    assert (response["statusCode"], len(slow.sent)) == (202, 6000)


def test_without_simulated_work_a_text_of_five_megabytes_is_taken(ingest: FakeSqs) -> None:
    text = "one line of a long text\n" * 210_000

    assert post(text, "text/plain", x_tenant_id="acme")["statusCode"] == 202
    assert "".join(ingest.texts_in_order()) == text


@pytest.mark.parametrize("body", ["one", lines(log(), log())])
def test_a_queue_that_holds_too_much_takes_no_more_for_now(slow: FakeSqs, body: str) -> None:
    slow.depth = 3_000_000

    response = post(body, "text/plain" if body == "one" else "application/x-ndjson", x_tenant_id="acme")

    assert (response["statusCode"], body_of(response)["code"]) == (503, "overloaded")
    assert (response["headers"]["retry-after"], body_of(response)["retryable"]) == ("60", True)
    assert "84 hours" in body_of(response)["detail"]
    assert slow.sent == []


def test_many_small_logs_that_wait_keep_nobody_out(slow: FakeSqs) -> None:
    slow.depth = 3_000_000

    statuses = [post("small", "text/plain", x_tenant_id="acme")["statusCode"] for _ in range(100)]

    assert statuses[-1] == 202
    assert slow.depth_calls == 1


def test_a_queue_that_does_not_tell_its_depth_takes_logs(slow: FakeSqs) -> None:
    slow.depth = client_error("AccessDenied")

    assert post("x", "text/plain", x_tenant_id="acme")["statusCode"] == 202
    assert len(slow.sent) == 1


def test_health_does_not_ask_the_queue(slow: FakeSqs) -> None:
    event = event_of("http_api_json") | {"rawPath": "/health", "body": json.dumps({})}
    event["requestContext"]["http"]["method"] = "GET"

    assert handler(event, Context())["statusCode"] == 200
    assert slow.depth_calls == 0


def test_a_small_request_that_unpacks_to_a_text_hard_to_cut_takes_little_of_the_processor(ingest: FakeSqs) -> None:
    body = gzip.compress(b"a@a." * 1_000_000)
    started = time.process_time()

    response = post(body, "application/octet-stream", content_encoding="gzip", x_tenant_id="acme")

    # The budget for cutting ends it after one second; the whole text would take ten or more.
    assert time.process_time() - started < 3
    assert (response["statusCode"], body_of(response)["code"]) == (413, "payload_too_large")
    assert ingest.sent == []
