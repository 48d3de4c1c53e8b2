"""The deadline: a message that was reported as failed is not stored later by a thread that still runs."""

import threading

import pytest

from handlers.aws.message import Message
from handlers.aws.queues import DeadLetterQueue
from handlers.processing.chaos import ChaosProcessing
from handlers.redaction import Redacted
from handlers.worker import handler
from tests.support.aws_fixtures import Aws, Context, envelope_of


def test_a_log_reported_as_failed_is_not_stored_when_its_processing_ends_later(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back = threading.Event()

    def slow_processing(_processing: ChaosProcessing, text: str, _attributes: object) -> Redacted:
        given_back.wait(30)
        return Redacted(text, {})

    monkeypatch.setattr(ChaosProcessing, "process", slow_processing)
    message_id = aws.send(envelope_of("slow", log_id="slow").to_message())
    before = set(threading.enumerate())

    answer = handler(aws.batch(), Context(seconds=2))
    given_back.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(30)

    assert answer["batchItemFailures"] == [{"itemIdentifier": message_id}]
    assert aws.records() == []


def test_a_dead_letter_that_is_kept_as_time_runs_out_is_kept_again_under_the_same_id(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back = threading.Event()
    keep = DeadLetterQueue.keep

    def slow_keep(queue: DeadLetterQueue, message: Message, *, reason: str) -> None:
        given_back.wait(30)
        keep(queue, message, reason=reason)

    monkeypatch.setattr(DeadLetterQueue, "keep", slow_keep)
    aws.send("not an envelope")
    batch = aws.batch()
    before = set(threading.enumerate())

    first, second = handler(batch, Context(seconds=1)), handler(batch, Context(seconds=1))
    given_back.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(30)

    assert first == second != {"batchItemFailures": []}
    ids = [letter["MessageAttributes"]["dead_letter_id"]["StringValue"] for letter in aws.dead_letters()]
    assert ids == [ids[0]] * 2
