"""Submitting: how much work one request may bring, and how much may wait."""

import gzip
import json
import time

import pytest

from handlers.environment import IngestEnvironment
from handlers.ingest import handler
from handlers.web.unpacking import MAX_UNPACKED_BYTES
from tests.support.aws_fixtures import Context, event_of
from tests.support.fake_sqs import FakeSqs, client_error
from tests.support.posting import body_of, lines, log, post


@pytest.fixture
def slow(ingest: FakeSqs, monkeypatch: pytest.MonkeyPatch) -> FakeSqs:
    """Return the queue of a stack that takes 0.05 s for a character, as by default."""
    monkeypatch.setenv("PROCESSING_SECONDS_PER_CHAR", "0.05")
    IngestEnvironment.read.cache_clear()
    return ingest


@pytest.fixture
def fast(ingest: FakeSqs, monkeypatch: pytest.MonkeyPatch) -> FakeSqs:
    """Return the queue of a stack without simulated work, whose messages carry as much as a record holds."""
    monkeypatch.setenv("MAX_TEXT_CHARS", "50688")
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


def test_as_much_work_as_the_refusal_names_is_accepted(slow: FakeSqs) -> None:
    response = post(gzip.compress(lines(*[log("x" * 1000)] * 6000).encode()), "application/gzip")

    assert (response["statusCode"], len(slow.sent)) == (202, 6000)


def test_without_simulated_work_a_text_of_five_megabytes_is_accepted(ingest: FakeSqs) -> None:
    text = "one line of a long text\n" * 210_000

    assert post(text, "text/plain", x_tenant_id="acme")["statusCode"] == 202
    assert "".join(ingest.texts_in_order()) == text


@pytest.mark.parametrize("body", ["one", lines(log(), log())])
def test_a_full_queue_refuses_logs_for_now(slow: FakeSqs, body: str) -> None:
    slow.depth = 3_000_000

    response = post(body, "text/plain" if body == "one" else "application/x-ndjson", x_tenant_id="acme")

    assert (response["statusCode"], body_of(response)["code"]) == (503, "overloaded")
    assert (response["headers"]["retry-after"], body_of(response)["retryable"]) == ("60", True)
    assert "84 hours" in body_of(response)["detail"]
    assert slow.sent == []


def test_many_small_logs_in_the_queue_do_not_refuse_others(slow: FakeSqs) -> None:
    slow.depth = 3_000_000

    statuses = [post("small", "text/plain", x_tenant_id="acme")["statusCode"] for _ in range(100)]

    assert statuses[-1] == 202
    assert slow.depth_calls == 1


def test_a_queue_with_unknown_depth_accepts_logs(slow: FakeSqs) -> None:
    slow.depth = client_error("AccessDenied")

    assert post("x", "text/plain", x_tenant_id="acme")["statusCode"] == 202
    assert len(slow.sent) == 1


def test_health_does_not_call_the_queue(slow: FakeSqs) -> None:
    event = event_of("http_api_json") | {"rawPath": "/health", "body": json.dumps({})}
    event["requestContext"]["http"]["method"] = "GET"

    assert handler(event, Context())["statusCode"] == 200
    assert slow.depth_calls == 0


DENSE_LINE = "2026-01-31 22:47:57 INFO bob@example.com called +1 (800) 555-0199 from 10.0.0.1 after 17 ms\n"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        pytest.param("a@a." * 1_000_000, 413, id="4 kB of gzip that are hard to cut"),
        pytest.param(DENSE_LINE * (MAX_UNPACKED_BYTES // len(DENSE_LINE)), 202, id="16 MiB of dense lines"),
        pytest.param(DENSE_LINE.replace("\n", " ") * 42_500, 202, id="4 MiB of the same in one line"),
        pytest.param("\x01" * MAX_UNPACKED_BYTES, 202, id="16 MiB that become 96 MiB of JSON"),
    ],
)
def test_one_text_takes_at_most_two_seconds_of_cpu(fast: FakeSqs, text: str, status: int) -> None:
    body = gzip.compress(text.encode(), compresslevel=1)
    started = time.process_time()

    response = post(body, "application/octet-stream", content_encoding="gzip", x_tenant_id="acme")

    assert time.process_time() - started < 2
    assert response["statusCode"] == status
    assert "".join(fast.texts_in_order()) == (text if status == 202 else "")


@pytest.mark.parametrize(("text", "status"), [("a@a." * 13_000, 413), ("a@a.", 202)], ids=["long", "short"])
def test_what_reading_a_request_took_is_missing_for_cutting(
    fast: FakeSqs, monkeypatch: pytest.MonkeyPatch, text: str, status: int
) -> None:
    monkeypatch.setattr("handlers.ingest.CPU_SECONDS", 0)

    assert post(text, "text/plain", x_tenant_id="acme")["statusCode"] == status
    assert len(fast.sent) == (status == 202)


def test_many_texts_of_one_request_share_the_time_for_cutting(fast: FakeSqs) -> None:
    body = gzip.compress(lines(*[log("a@a." * 13_000)] * 300).encode(), compresslevel=1)
    started = time.process_time()

    response = post(body, "application/gzip")

    assert time.process_time() - started < 2
    assert response["statusCode"] == 207
    assert {result.get("code") for result in body_of(response)["results"]} == {None, "payload_too_large"}
    assert 0 < len({envelope["log_id"] for envelope in fast.envelopes()}) < 300
