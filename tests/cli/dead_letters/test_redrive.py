"""A redrive that is stopped at any point neither loses nor doubles a log, and always ends."""

from collections.abc import Callable
from typing import Any

import pytest

from cli.dead_letters.dead_letter_queue import DeadLetterQueue
from cli.dead_letters.moves import Redrive, Tally, move_all
from cli.dead_letters.rate_limit import RateLimit
from handlers import worker
from tests.support.aws_fixtures import Context, envelope_of
from tests.support.cli_fixtures import MAX_RECEIVES, Killed, Operator, Sqs

LOGS = 13  # more than one receive, fewer than two full ones
FAST = RateLimit(1_000_000)
THREE_AT_A_TIME = RateLimit(3, sleep=lambda _seconds: None)


def redrive(operator: Operator, *, rate: RateLimit = FAST) -> Tally:
    with DeadLetterQueue(operator.target) as queue:
        move = Redrive(
            queue=queue,
            matches=lambda _letter: True,
            sqs=operator.sqs,
            ingest_queue_url=operator.aws.queue_url,
            force=False,
        )
        move_all(queue, move, rate=rate, limit=None, progress=lambda _tried: None)
    return move.tally


def redrive_again(operator: Operator, *, rate: RateLimit = FAST) -> Tally:
    """Run another redrive after one that was killed."""
    operator.sqs.dies_before = operator.sqs.dies_after = None
    operator.sqs.end_visibility_timeouts(operator.aws.dead_letter_queue_url)
    return redrive(operator, rate=rate)


def bury_some(operator: Operator, name: str, *, logs: int = LOGS) -> set[str]:
    log_ids = {f"{name}-{number}" for number in range(logs)}
    for log_id in log_ids:
        operator.bury(envelope_of(f"text of {log_id}", log_id=log_id).to_message())
    return log_ids


def process_all(operator: Operator) -> None:
    while (batch := operator.aws.batch())["Records"]:
        assert worker.handler(batch, Context())["batchItemFailures"] == []
        for record in batch["Records"]:
            operator.aws.sqs.delete_message(QueueUrl=operator.aws.queue_url, ReceiptHandle=record["receiptHandle"])


def move_back(operator: Operator) -> None:
    """Move all that waits to the dead-letter queue as SQS does after the last failure: with the same message ids."""
    client, url = operator.aws.sqs, operator.aws.queue_url
    for _ in range(MAX_RECEIVES):
        handles = []
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            handles += [message["ReceiptHandle"] for message in messages]
        for handle in handles:
            client.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)


def die_before(sqs: Sqs, call: int) -> None:
    sqs.dies_before = call


def die_after(sqs: Sqs, call: int) -> None:
    sqs.dies_after = call


@pytest.mark.parametrize("die", [die_before, die_after])
def test_after_a_kill_at_any_call_and_a_second_run_every_log_is_stored_once(
    operator: Operator, die: Callable[[Sqs, int], None]
) -> None:
    expected: set[str] = set()
    kills = 0
    for call in range(30):
        expected |= bury_some(operator, f"killed-at-{call}", logs=4)
        operator.sqs.calls.clear()
        die(operator.sqs, call)
        try:
            redrive(operator, rate=THREE_AT_A_TIME)
        except Killed:
            kills += 1

        redrive_again(operator, rate=THREE_AT_A_TIME)
        process_all(operator)

        assert {record["log_id"]["S"] for record in operator.aws.records()} == expected
        assert operator.aws.dead_letters() == []
        if kills == call:  # it was not killed this time, so there is no such call
            break

    assert kills >= 10


def test_logs_in_both_queues_that_failed_again_are_stored_once_after_two_redrives(
    operator: Operator,
) -> None:
    log_ids = bury_some(operator, "x")
    send = "send_message_batch"
    operator.sqs.after[send] = lambda _answer: die_before(operator.sqs, 0)
    with pytest.raises(Killed):
        redrive(operator)
    del operator.sqs.after[send]
    move_back(operator)

    first = redrive_again(operator)
    process_all(operator)
    redrive_again(operator)
    process_all(operator)

    assert first.done == LOGS
    assert first.copies + first.came_back == 10
    assert {record["log_id"]["S"] for record in operator.aws.records()} == log_ids
    assert operator.aws.dead_letters() == []


def test_copies_received_together_are_sent_once(operator: Operator) -> None:
    for reason in ("conflict", "conflict", None):
        operator.bury(envelope_of("second", log_id="1").to_message(), reason=reason)

    tally = redrive(operator)

    assert (tally.done, tally.copies, tally.came_back) == (1, 2, 0)
    assert len(operator.aws.waiting()) == 1
    assert operator.aws.dead_letters() == []


def test_a_message_that_fails_again_during_the_redrive_is_left_alone(operator: Operator) -> None:
    bury_some(operator, "x")
    operator.sqs.after["send_message_batch"] = lambda _answer: move_back(operator)

    tally = redrive(operator)

    assert (tally.done, tally.copies, tally.came_back) == (LOGS, 0, LOGS)
    assert len([*operator.aws.dead_letters(), *operator.aws.dead_letters()]) == LOGS


def test_a_redriven_conflict_is_a_dead_letter_again(operator: Operator) -> None:
    operator.aws.send(envelope_of("first", log_id="1").to_message())
    process_all(operator)
    accepted_id = operator.aws.send(envelope_of("second", log_id="1").to_message())
    process_all(operator)
    operator.sqs.after["send_message_batch"] = lambda _answer: process_all(operator)

    answer = operator.run("dead-letters", "redrive", "--yes")

    [letter] = operator.json("dead-letters", "list")
    assert (letter["id"], letter["text"], letter["reason"]) == (accepted_id, "second", "conflict")
    assert answer.stdout == "1 redriven\n"
    assert "Left: 1 (same content as a message that was sent" in answer.stderr


def test_a_message_that_is_not_an_envelope_is_a_dead_letter_again_even_with_force(operator: Operator) -> None:
    operator.aws.send("no envelope")
    process_all(operator)
    operator.sqs.after["send_message_batch"] = lambda _answer: process_all(operator)

    answer = operator.json("dead-letters", "redrive", "--yes", "--force")

    assert (answer["redriven"], answer["copies"], answer["came_back"]) == (1, 0, 1)
    assert [letter["Body"] for letter in operator.aws.dead_letters()] == ["no envelope"]


def test_a_message_that_sqs_refuses_is_left_as_a_dead_letter(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bury_some(operator, "x")
    send = operator.sqs.client.send_message_batch

    def refuse_the_first(**arguments: Any) -> Any:
        first, *others = arguments["Entries"]
        answer = send(**arguments | {"Entries": others})
        return answer | {"Failed": [{"Id": first["Id"], "Code": "InternalError", "SenderFault": False}]}

    monkeypatch.setattr(operator.sqs.client, "send_message_batch", refuse_the_first)

    result = operator.run("dead-letters", "redrive", "--yes")

    assert result.exit_code == 1
    assert "2 x InternalError" in result.stderr
    assert len(operator.aws.dead_letters()) == 2
    assert result.stdout == f"{LOGS - 2} redriven\n"


def test_large_messages_are_sent_in_calls_that_sqs_accepts(operator: Operator) -> None:
    operator.sqs.client.set_queue_attributes(
        QueueUrl=operator.aws.queue_url, Attributes={"MaximumMessageSize": str(1024 * 1024)}
    )
    for number in range(5):
        envelope = envelope_of("x" * 240_000, log_id=str(number))
        operator.bury(envelope.to_message())

    redrive(operator)

    sizes = [
        sum(len(entry["MessageBody"]) for entry in call["Entries"]) for call in operator.sqs.named("send_message_batch")
    ]
    assert sum(sizes) > 5 * 240_000
    assert max(sizes) <= 1024 * 1024


@pytest.mark.parametrize(("rate", "messages_at_a_time"), [(0.01, 1), (0.5, 1), (5, 5), (100, 10)])
def test_a_rate_is_respected(operator: Operator, rate: float, messages_at_a_time: int) -> None:
    now = 0.0
    sent: list[tuple[float, int]] = []

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    bury_some(operator, "x")
    operator.sqs.after["send_message_batch"] = lambda answer: sent.append((now, len(answer["Successful"])))

    redrive(operator, rate=RateLimit(rate, clock=lambda: now, sleep=sleep))

    assert sum(number for _, number in sent) == LOGS
    assert max(number for _, number in sent) == messages_at_a_time
    assert now >= (LOGS - messages_at_a_time) / rate
    assert all(call["VisibilityTimeout"] > messages_at_a_time / rate for call in operator.sqs.named("receive_message"))
