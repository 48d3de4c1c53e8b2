"""The deadline: what was given back is not stored afterwards by a thread that was left behind."""

import threading

import pytest

from handlers.processing.chaos import ChaosProcessing
from handlers.redaction import Redacted
from handlers.worker import handler
from tests.support.aws_fixtures import Aws, Context, envelope_of


def test_a_log_that_was_given_back_is_not_stored_when_its_work_ends_after_all(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back = threading.Event()

    def slow_processing(_processing: ChaosProcessing, text: str) -> Redacted:
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
