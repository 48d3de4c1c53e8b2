"""Recovery: a log that crashes its process fails alone; the others of its batch are stored exactly once."""

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from handlers.environment import environment_without_credentials
from handlers.logs.identifiers import dead_letter_id
from handlers.worker import handler
from tests.support.aws_fixtures import Aws, Context, envelope_of
from tests.support.processes import grandchildren
from tests.support.stored_logs import part_of

BAD = ["chaos:raise", "chaos:exit", "chaos:hang", "chaos:memory"]


def failures(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def redelivered(batch: dict[str, Any], times: int = 2) -> dict[str, Any]:
    """Return a batch as Lambda hands it over after the visibility timeout of a worker that died."""
    records = [
        record | {"attributes": record["attributes"] | {"ApproximateReceiveCount": str(times)}}
        for record in batch["Records"]
    ]
    return {"Records": records}


def stored(aws: Aws) -> list[str]:
    return sorted(record["log_id"]["S"] for record in aws.records())


@pytest.mark.parametrize("text", BAD)
def test_only_the_bad_record_of_a_redelivered_batch_is_retried(aws: Aws, text: str) -> None:
    bad = aws.send(envelope_of(text, log_id="bad").to_message())
    for number in range(4):
        aws.send(envelope_of(f"call 555-0199 {number}", log_id=f"good-{number}").to_message())

    answer = handler(redelivered(aws.batch()), Context(seconds=10))

    assert failures(answer) == [bad]
    assert stored(aws) == [f"good-{number}" for number in range(4)]
    assert {record["modified_data"]["S"][:15] for record in aws.records()} == {"call [REDACTED]"}
    assert aws.dead_letters() == []


def test_the_one_good_record_in_a_batch_of_bad_ones_is_stored(aws: Aws) -> None:
    for number in range(9):
        aws.send(envelope_of(BAD[number % 4], log_id=f"bad-{number}").to_message())
    good = aws.send(envelope_of("fine", log_id="good").to_message())

    answer = handler(redelivered(aws.batch()), Context(seconds=10))

    assert len(failures(answer)) == 9
    assert good not in failures(answer)
    assert stored(aws) == ["good"]


def test_one_redelivered_message_is_enough_to_isolate_its_whole_batch(aws: Aws) -> None:
    bad = aws.send(envelope_of("chaos:exit", log_id="bad").to_message())
    aws.send(envelope_of("fine", log_id="good").to_message())
    batch = aws.batch()
    [good_again] = redelivered({"Records": batch["Records"][1:]})["Records"]

    # In a process of its own, or pytest itself would end here.
    answer = handler({"Records": [batch["Records"][0], good_again]}, Context(seconds=10))

    assert failures(answer) == [bad]
    assert stored(aws) == ["good"]


def test_only_the_record_that_hangs_on_its_first_delivery_is_retried(aws: Aws) -> None:
    bad = aws.send(envelope_of("chaos:hang", log_id="bad").to_message())
    aws.send(envelope_of("fine", log_id="good").to_message())
    batch = aws.batch()
    started = time.monotonic()

    answer = handler(batch, Context(seconds=1.5))

    assert time.monotonic() - started < 1.5
    assert (failures(answer), stored(aws)) == ([bad], ["good"])


def test_a_child_that_hangs_is_gone_before_the_invocation_ends(aws: Aws, caplog: pytest.LogCaptureFixture) -> None:
    bad = aws.send(envelope_of("chaos:hang", log_id="bad").to_message())

    before = grandchildren()

    with caplog.at_level(logging.INFO):
        answer = handler(redelivered(aws.batch()), Context(seconds=3))

    assert failures(answer) == [bad]
    assert grandchildren() <= before
    assert (caplog.records[-1].code, caplog.records[-1].cause) == ("processing_failed", "TimeoutExpired")


def test_after_three_receives_the_bad_record_is_a_dead_letter_and_the_others_are_stored_once(aws: Aws) -> None:
    queue = {"QueueUrl": aws.queue_url}
    dead_letters = aws.sqs.get_queue_attributes(QueueUrl=aws.dead_letter_queue_url, AttributeNames=["QueueArn"])
    policy = {"deadLetterTargetArn": dead_letters["Attributes"]["QueueArn"], "maxReceiveCount": 3}
    aws.sqs.set_queue_attributes(**queue, Attributes={"RedrivePolicy": json.dumps(policy)})
    aws.send(envelope_of("chaos:exit", log_id="bad").to_message())
    aws.send(envelope_of("fine", log_id="good").to_message())

    # The first delivery ends the process: nothing is deleted, and all of it comes back.
    for record in aws.batch()["Records"]:
        aws.sqs.change_message_visibility(**queue, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=0)
    for _ in range(2):
        batch = aws.batch()
        failed = failures(handler(batch, Context(seconds=10)))
        for record in batch["Records"]:
            if record["messageId"] not in failed:
                aws.sqs.delete_message(**queue, ReceiptHandle=record["receiptHandle"])

    assert aws.waiting() == []
    assert [json.loads(dead["Body"])["log_id"] for dead in aws.dead_letters()] == ["bad"]
    assert stored(aws) == ["good"]


def test_work_that_is_done_is_not_done_again(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSING_SECONDS_PER_CHAR", "0.15")
    aws.send(envelope_of("ten chars.").to_message())
    batch = aws.batch()
    handler(batch, Context())
    [first] = aws.records()
    started = time.monotonic()

    answer = handler(redelivered(batch), Context())

    assert failures(answer) == []
    assert aws.records() == [first]
    assert time.monotonic() - started < 1.2


def test_a_redelivered_conflict_becomes_a_dead_letter_without_being_processed(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.send(envelope_of("first").to_message())
    handler(aws.batch(), Context())
    aws.sqs.purge_queue(QueueUrl=aws.queue_url)
    aws.send(envelope_of("second").to_message())
    monkeypatch.setattr("handlers.processing.isolation.ProcessIsolation.process", pytest.fail)

    answer = handler(redelivered(aws.batch()), Context())

    [dead] = aws.dead_letters()
    assert failures(answer) == []
    assert dead["MessageAttributes"]["reason"]["StringValue"] == "conflict"


def test_a_dead_letter_that_is_kept_twice_can_be_recognised(aws: Aws) -> None:
    aws.send("not an envelope")
    batch = aws.batch()

    # The process died after it kept the message and before it deleted it.
    for delivery in (batch, redelivered(batch)):
        handler(delivery, Context())

    one, other = (attributes_of(dead) for dead in aws.dead_letters())
    assert one == other
    assert one["message_id"] == batch["Records"][0]["messageId"]
    assert one["dead_letter_id"] == dead_letter_id(message_id=one["message_id"], body="not an envelope")


def test_a_conflict_that_is_redriven_is_the_same_dead_letter_again(aws: Aws) -> None:
    aws.send(envelope_of("first").to_message())
    handler(aws.batch(), Context())
    aws.sqs.purge_queue(QueueUrl=aws.queue_url)
    second = aws.send(envelope_of("second").to_message())
    handler(aws.batch(), Context())
    [dead] = aws.dead_letters()
    aws.sqs.purge_queue(QueueUrl=aws.dead_letter_queue_url)

    # As a redrive sends it: a new message with the attributes of the dead letter.
    attributes = {name: value for name, value in dead["MessageAttributes"].items() if name == "message_id"}
    aws.sqs.send_message(
        QueueUrl=aws.queue_url, MessageBody=dead["Body"], MessageGroupId="acme", MessageAttributes=attributes
    )
    answer = handler(aws.batch(), Context())

    [again] = aws.dead_letters()
    assert failures(answer) == []
    assert attributes_of(again) == attributes_of(dead)
    assert attributes_of(again)["message_id"] == second


def attributes_of(dead: dict[str, Any]) -> dict[str, str]:
    return {name: value["StringValue"] for name, value in dead["MessageAttributes"].items()}


def test_two_workers_with_the_same_message_store_it_once(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSING_SECONDS_PER_CHAR", "0.1")
    aws.send(envelope_of("abc").to_message())
    batch = aws.batch()

    with ThreadPoolExecutor(2) as executor:
        answers = list(executor.map(lambda _: handler(batch, Context()), range(2)))

    assert [failures(answer) for answer in answers] == [[], []]
    assert stored(aws) == ["123"]
    assert aws.dead_letters() == []


def test_logs_that_cannot_finish_in_time_are_retried_and_the_others_are_stored(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROCESSING_SECONDS_PER_CHAR", "0.05")
    long = aws.send(envelope_of("x" * 100, log_id="long").to_message())
    aws.send(envelope_of("x", log_id="short").to_message())
    batch = aws.batch()
    started = time.monotonic()

    answer = handler(batch, Context(seconds=2))

    assert time.monotonic() - started < 2
    assert (failures(answer), stored(aws)) == ([long], ["short"])


def test_without_time_everything_is_retried(aws: Aws) -> None:
    sent = [aws.send(envelope_of("x", log_id=str(number)).to_message()) for number in range(3)]

    answer = handler(aws.batch(), Context(seconds=0))

    assert failures(answer) == sent
    assert aws.records() == []


def test_an_empty_batch_succeeds(aws: Aws) -> None:
    assert handler({"Records": []}, Context()) == {"batchItemFailures": []}
    assert aws.records() == []


def test_parts_of_one_log_are_stored_at_once_under_keys_of_their_own_and_one_claim(aws: Aws) -> None:
    for number in (2, 1, 3):
        aws.send(part_of(f"part {number} ", number, 3).to_message())

    answer = handler(aws.batch(), Context())

    assert failures(answer) == []
    assert stored(aws) == ["123", "123#00001", "123#00002", "123#00003"]
    claim, *parts = sorted(aws.records(), key=lambda record: record["log_id"]["S"])
    assert "".join(record["modified_data"]["S"] for record in parts) == "part 1 part 2 part 3 "
    assert claim.keys() == {"tenant_id", "log_id", "parts", "fingerprint"}


def test_a_child_gets_no_credentials(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "s3cret")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/var/lang/lib")

    given = environment_without_credentials()

    assert not [name for name in given if name.startswith("AWS_")]
    assert "s3cret" not in given.values()
    assert (given["LD_LIBRARY_PATH"], given["TABLE_NAME"]) == ("/var/lang/lib", aws.table_name)


def test_the_finished_messages_of_a_redelivered_batch_are_deleted_at_once(aws: Aws) -> None:
    aws.send(envelope_of("fine", log_id="good").to_message())
    batch = redelivered(aws.batch())

    handler(batch, Context())

    # Were it still there, a death of the process before the batch is over would count as a failure of this message.
    assert not_visible(aws) == 0
    assert stored(aws) == ["good"]


def test_the_finished_messages_of_a_first_delivery_are_left_to_lambda(aws: Aws) -> None:
    aws.send(envelope_of("fine", log_id="good").to_message())

    handler(aws.batch(), Context())

    assert not_visible(aws) == 1


def not_visible(aws: Aws) -> int:
    name = "ApproximateNumberOfMessagesNotVisible"
    answer = aws.sqs.get_queue_attributes(QueueUrl=aws.queue_url, AttributeNames=[name])
    return int(answer["Attributes"][name])
