"""On its way to the queue a log keeps its id, is cut when it is long, and is reported as refused when it is."""

import json
import logging
from typing import Any

import pytest

from handlers.aws import batch_sender
from handlers.ingest import handler
from tests.support.aws_fixtures import Context, event_of
from tests.support.fake_sqs import Entry, FakeSqs, client_error
from tests.support.posting import body_of, lines, log, post


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_sender, "SECONDS_BETWEEN_TRIES", 0.001)


def test_a_repeated_request_gives_every_log_its_id_again(ingest: FakeSqs) -> None:
    body = lines({"text": "a"}, "", {"text": "a"}, {"text": "b", "log_id": "mine"})

    first, second = (post(body, x_tenant_id="acme", idempotency_key="batch 1") for _ in range(2))

    ids = [result["log_id"] for result in body_of(first)["results"]]
    assert ids == [result["log_id"] for result in body_of(second)["results"]]
    assert ids[2] == "mine"
    assert len(set(ids)) == 3
    assert [e["text"] for e in ingest.envelopes()[:3]] == [e["text"] for e in ingest.envelopes()[3:]]


def test_another_idempotency_key_tenant_or_position_gives_another_id(ingest: FakeSqs) -> None:
    made = [
        body_of(post("x", "text/plain", x_tenant_id=tenant_id, idempotency_key=key))["log_id"]
        for tenant_id, key in [("a", "k"), ("b", "k"), ("a", "l"), ("a", "k")]
    ]

    assert len(set(made)) == 3
    assert made[0] == made[3]
    assert len(ingest.sent) == 4


def test_a_long_text_sent_again_after_some_parts_were_lost_has_the_same_parts(ingest: FakeSqs) -> None:
    text = "one line of words 555-0199\n" * 1000
    ingest.refuse = lambda entry, _tries: "InternalError" if '"part":3,' in entry["MessageBody"] else None
    first = post(text, "text/plain", x_tenant_id="acme", idempotency_key="k")
    half = ingest.envelopes()
    ingest.sent.clear()
    ingest.refuse = lambda _entry, _tries: None

    second = post(text, "text/plain", x_tenant_id="acme", idempotency_key="k")

    assert (first["statusCode"], second["statusCode"]) == (500, 202)
    whole = {envelope["part"]: envelope for envelope in ingest.envelopes()}
    assert sorted(whole) == list(range(1, 11))
    assert "".join(whole[part]["text"] for part in sorted(whole)) == text
    assert {part["part"] for part in half} == set(whole) - {3}
    same = ("log_id", "part", "parts", "text")
    assert all(part[name] == whole[part["part"]][name] for part in half for name in same)


@pytest.mark.parametrize("key", ["é", "x" * 256, "a\x00b", "a\nb"])
def test_an_idempotency_key_that_breaks_its_rule_is_refused(ingest: FakeSqs, key: str) -> None:
    response = post(lines(log()), idempotency_key=key)

    assert (response["statusCode"], body_of(response)["code"]) == (400, "invalid_request")
    assert "Idempotency-Key" in body_of(response)["detail"]
    assert ingest.calls == []


def test_a_long_text_is_sent_in_parts_and_is_one_log_to_the_client(ingest: FakeSqs) -> None:
    text = "a line with 555-0199 and a@example.com\n" * 500

    response = post(json.dumps(log(text, log_id="long")), "application/json")

    parts = ingest.envelopes()
    assert response["statusCode"] == 202
    assert (body_of(response)["log_id"], body_of(response)["parts"]) == ("long", len(parts))
    assert "".join(part["text"] for part in sorted(parts, key=lambda part: part["part"])) == text
    assert all(len(part["text"]) <= 2800 for part in parts)


def test_a_long_line_is_sent_in_parts_among_others(ingest: FakeSqs) -> None:
    response = post(lines(log("short", log_id="1"), log("long " * 1000, log_id="2"), log("last", log_id="3")))

    assert [result.get("parts") for result in body_of(response)["results"]] == [None, 2, None]
    assert [result["log_id"] for result in body_of(response)["results"]] == ["1", "2", "3"]
    assert len(ingest.sent) == 4


def refuse_log(log_id: str) -> Any:
    def refuse(entry: Entry, _tries: int) -> str | None:
        return "InternalError" if json.loads(entry["MessageBody"])["log_id"] == log_id else None

    return refuse


def test_a_line_that_sqs_refuses_is_reported_as_retryable(ingest: FakeSqs, caplog: pytest.LogCaptureFixture) -> None:
    ingest.refuse = refuse_log("2")

    with caplog.at_level(logging.INFO):
        response = post(lines(log(log_id="1"), log(log_id="2"), "{"))

    results = body_of(response)["results"]
    assert response["statusCode"] == 207
    assert (results[1]["code"], results[1]["log_id"], results[1]["retryable"]) == ("queue_unavailable", "2", True)
    assert "retryable" not in results[2]
    assert "secret message" not in response["body"] + str([vars(record) for record in caplog.records])


def test_lines_are_retryable_as_a_whole_if_one_may_succeed_later(ingest: FakeSqs) -> None:
    ingest.refuse = refuse_log("2")

    response = post(lines("{", log(log_id="2")))

    assert (response["statusCode"], body_of(response)["code"]) == (500, "queue_unavailable")
    assert body_of(response)["retryable"] is True
    assert int(response["headers"]["retry-after"]) > 0


def test_a_missing_queue_is_reported_for_every_line(ingest: FakeSqs) -> None:
    ingest.fail = lambda _call: client_error("ServiceUnavailable")

    response = post(lines(*[log()] * 25))

    assert response["statusCode"] == 500
    assert [result["code"] for result in body_of(response)["results"]] == ["queue_unavailable"] * 25


def test_an_invocation_with_too_little_time_starts_no_batch(ingest: FakeSqs) -> None:
    event = event_of("http_api_ndjson_gzip")

    response = handler(event, Context(seconds=7))

    assert (response["statusCode"], body_of(response)["code"]) == (503, "overloaded")
    assert ingest.calls == []
