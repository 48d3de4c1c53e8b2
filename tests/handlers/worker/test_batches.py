"""The worker function: what happens to the messages of a batch."""

import json
import logging
import re
import time
from typing import Any

import pytest

from handlers.logs.envelope import Severity
from handlers.worker import handler
from tests.support.aws_fixtures import Aws, Context, detailed_envelope_of, envelope_of


def failures(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def counted(aws: Aws) -> dict[str, int]:
    """Return how many messages of the ingest queue wait for their delay, and how many were received and not deleted."""
    names = {"delayed": "ApproximateNumberOfMessagesDelayed", "received": "ApproximateNumberOfMessagesNotVisible"}
    answer = aws.sqs.get_queue_attributes(QueueUrl=aws.queue_url, AttributeNames=list(names.values()))
    return {short: int(answer["Attributes"][name]) for short, name in names.items()}


def test_a_log_is_stored_as_the_contract_says(aws: Aws) -> None:
    message_id = aws.send(envelope_of("User 555-0199...").to_message())

    answer = handler(aws.batch(), Context())

    [record] = aws.records()
    assert failures(answer) == []
    assert record.pop("processed_at")["S"].endswith("+00:00")
    assert re.fullmatch(r"[0-9a-f-]{36}:[0-9a-f]{64}", record.pop("fingerprint")["S"])
    assert record == {
        "tenant_id": {"S": "acme"},
        "log_id": {"S": "123"},
        "source": {"S": "json_upload"},
        "original_text": {"S": "User 555-0199..."},
        "modified_data": {"S": "User [REDACTED]..."},
        "received_at": {"S": "2026-01-31T22:47:57.559836+00:00"},
        "message_id": {"S": message_id},
        "redactions": {"M": {"email": {"N": "0"}, "phone": {"N": "1"}}},
    }


def test_a_log_with_details_is_stored_with_all_of_them_redacted(aws: Aws) -> None:
    aws.send(detailed_envelope_of("call 555-0199", severity=Severity(text="mail a@b.co")).to_message())

    assert failures(handler(aws.batch(), Context())) == []

    [record] = aws.records()
    assert record["timestamp"] == {"S": "2026-01-31T22:47:57.123456789+00:00"}
    assert json.loads(record["severity"]["S"]) == {"text": "mail [REDACTED]"}
    assert json.loads(record["attributes"]["S"]) == {"user": {"phone": "[REDACTED]"}, "[REDACTED]": True}
    assert json.loads(record["original_attributes"]["S"]) == {"user": {"phone": 4155552671}, "bob@example.com": True}
    assert record["redactions"] == {"M": {"email": {"N": "2"}, "phone": {"N": "2"}}}


def test_a_log_with_details_that_failed_before_is_stored_the_same(aws: Aws) -> None:
    aws.send(detailed_envelope_of("call 555-0199").to_message())
    batch = aws.batch()
    batch["Records"][0]["attributes"]["ApproximateReceiveCount"] = "2"

    handler(batch, Context())

    [record] = aws.records()
    assert json.loads(record["attributes"]["S"]) == {"user": {"phone": "[REDACTED]"}, "[REDACTED]": True}
    assert record["redactions"] == {"M": {"email": {"N": "1"}, "phone": {"N": "2"}}}


@pytest.mark.parametrize(
    "change", [{"timestamp": None}, {"severity": None}, {"attributes": {"a": 1}}, {"attributes": None}]
)
def test_the_same_text_with_other_details_is_another_log(aws: Aws, change: dict[str, object]) -> None:
    for envelope in (detailed_envelope_of("x"), detailed_envelope_of("x", **change)):
        aws.send(envelope.to_message())
        handler(aws.batch(), Context())

    assert len(aws.records()) == 1
    [dead] = aws.dead_letters()
    assert dead["MessageAttributes"]["reason"]["StringValue"] == "conflict"


def test_the_original_is_left_out_if_the_stack_says_so(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEP_ORIGINAL_TEXT", "false")
    aws.send(detailed_envelope_of("User 555-0199...").to_message())

    handler(aws.batch(), Context())

    [record] = aws.records()
    assert "attributes" in record
    assert not any(original in json.dumps(record) for original in ("555-0199", "4155552671", "bob@example.com"))
    assert "expires_at" not in record


def test_a_record_expires_if_the_stack_says_so(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECORD_RETENTION_DAYS", "2")
    aws.send(envelope_of("x").to_message())

    handler(aws.batch(), Context())

    [record] = aws.records()
    assert int(record["expires_at"]["N"]) == pytest.approx(time.time() + 2 * 86_400, abs=60)


def test_the_same_log_twice_is_stored_once(aws: Aws) -> None:
    first = aws.send(envelope_of("x").to_message())
    aws.send(envelope_of("x").to_message())

    answers = [handler({"Records": [record]}, Context()) for record in aws.batch()["Records"]]

    [record] = aws.records()
    assert [failures(answer) for answer in answers] == [[], []]
    assert record["message_id"]["S"] == first
    assert aws.dead_letters() == []


def test_the_same_log_id_with_another_text_becomes_a_dead_letter_and_overwrites_nothing(aws: Aws) -> None:
    aws.send(envelope_of("first").to_message())
    second = aws.send(envelope_of("second").to_message())

    answers = [handler({"Records": [record]}, Context()) for record in aws.batch()["Records"]]

    [record] = aws.records()
    [dead] = aws.dead_letters()
    assert [failures(answer) for answer in answers] == [[], []]
    assert record["original_text"]["S"] == "first"
    assert dead["MessageAttributes"]["reason"]["StringValue"] == "conflict"
    assert dead["MessageAttributes"]["message_id"]["StringValue"] == second
    assert json.loads(dead["Body"])["text"] == "second"


def test_two_tenants_may_use_the_same_log_id(aws: Aws) -> None:
    aws.send(envelope_of("of a", tenant_id="a").to_message(), group="a")
    aws.send(envelope_of("of b", tenant_id="b").to_message(), group="b")

    handler(aws.batch(), Context())

    assert {record["original_text"]["S"] for record in aws.records()} == {"of a", "of b"}


@pytest.mark.parametrize("body", ["not json", "{}", "[]", '{"version": 3}'])
def test_what_is_not_an_envelope_becomes_a_dead_letter_at_once(aws: Aws, body: str) -> None:
    aws.send(body)

    answer = handler(aws.batch(), Context())

    [dead] = aws.dead_letters()
    assert failures(answer) == []
    assert dead["Body"] == body
    assert dead["MessageAttributes"]["reason"]["StringValue"] == "not_an_envelope"
    assert aws.waiting() == []


def test_only_the_log_that_raises_is_retried(aws: Aws) -> None:
    bad = aws.send(envelope_of("chaos:raise", log_id="bad").to_message())
    aws.send(envelope_of("fine", log_id="good").to_message())

    answer = handler(aws.batch(), Context())

    assert failures(answer) == [bad]
    assert [record["log_id"]["S"] for record in aws.records()] == ["good"]
    assert aws.dead_letters() == []


def test_only_the_log_that_hangs_is_retried_before_the_invocation_times_out(aws: Aws) -> None:
    bad = aws.send(envelope_of("chaos:hang", log_id="bad").to_message())
    aws.send(envelope_of("fine", log_id="good").to_message())

    answer = handler(aws.batch(), Context(seconds=2))

    assert failures(answer) == [bad]
    assert [record["log_id"]["S"] for record in aws.records()] == ["good"]


def test_chaos_is_plain_text_unless_the_stack_turns_it_on(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAOS", "false")
    aws.send(envelope_of("chaos:raise").to_message())

    handler(aws.batch(), Context())

    assert [record["modified_data"]["S"] for record in aws.records()] == ["chaos:raise"]


def test_a_failed_message_waits_longer_each_time(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRY_DELAY_SECONDS", "20")
    aws.send(envelope_of("chaos:raise").to_message())
    batch = aws.batch()
    batch["Records"][0]["attributes"]["ApproximateReceiveCount"] = "2"

    handler(batch, Context())

    assert aws.waiting() == []
    attributes = aws.sqs.get_queue_attributes(
        QueueUrl=aws.queue_url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
    )
    assert attributes["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_ten_logs_of_a_batch_are_processed_concurrently(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSING_SECONDS_PER_CHAR", "0.05")
    for number in range(10):
        aws.send(envelope_of("0123456789", log_id=str(number)).to_message())
    batch = aws.batch()

    started = time.monotonic()
    handler(batch, Context())
    seconds = time.monotonic() - started

    assert len(aws.records()) == 10
    # One after another they would take five seconds; the bound leaves room for a slow machine.
    assert seconds < 3


def test_work_that_cannot_finish_in_time_is_not_started(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSING_SECONDS_PER_CHAR", "60")
    message_id = aws.send(envelope_of("x").to_message())

    answer = handler(aws.batch(), Context(seconds=30))

    assert failures(answer) == [message_id]
    assert aws.records() == []


def test_a_redelivered_log_that_is_stored_already_is_not_processed_again(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.send(envelope_of("x").to_message())
    batch = aws.batch()
    handler(batch, Context())
    batch["Records"][0]["attributes"]["ApproximateReceiveCount"] = "2"
    monkeypatch.setattr("handlers.processing.isolation.ProcessIsolation.process", pytest.fail)

    answer = handler(batch, Context())

    assert failures(answer) == []


def test_an_outage_of_the_table_postpones_the_message(aws: Aws, caplog: pytest.LogCaptureFixture) -> None:
    aws.send(envelope_of("x").to_message())
    batch = aws.batch()
    aws.dynamodb.delete_table(TableName=aws.table_name)

    with caplog.at_level(logging.INFO):
        answer = handler(batch, Context())

    event = caplog.records[-1]
    assert failures(answer) == []
    assert counted(aws) == {"delayed": 1, "received": 0}
    assert (event.message, event.code, event.cause) == ("postponed", "table_unavailable", "ResourceNotFoundException")


def test_a_message_is_retried_if_the_dead_letter_queue_refuses_it(aws: Aws) -> None:
    message_id = aws.send("not an envelope")
    batch = aws.batch()
    aws.sqs.delete_queue(QueueUrl=aws.dead_letter_queue_url)

    answer = handler(batch, Context())

    assert failures(answer) == [message_id]


def test_events_carry_ids_and_code_and_never_a_text(aws: Aws, caplog: pytest.LogCaptureFixture) -> None:
    stored = aws.send(envelope_of("call 555-0199", log_id="1").to_message())
    aws.send(envelope_of("chaos:raise call 555-0199", log_id="2").to_message())
    aws.send("555-0199")

    with caplog.at_level(logging.INFO):
        handler(aws.batch(), Context())

    events = {record.message: vars(record) for record in caplog.records if record.name == "rdp"}
    assert set(events) == {"stored", "retried", "dead_lettered"}
    assert (events["stored"]["tenant_id"], events["stored"]["log_id"]) == ("acme", "1")
    assert events["stored"]["message_id"] == stored
    assert (events["retried"]["code"], events["retried"]["cause"]) == ("processing_failed", "ChaosRaised")
    assert events["dead_lettered"]["code"] == "not_an_envelope"
    assert "555-0199" not in str(events)
