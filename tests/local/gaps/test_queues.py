"""MiniStack's queues keep what was set, whichever thread uses them."""

import threading
from collections.abc import Iterator

import pytest
from ministack.services import sqs

from local.gaps.iam import MiniStackChangedError
from local.gaps.queues import close_queue_gaps


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("_queues_lock", "_expire_retained", "_dlq_sweep", "_collect_msgs"):
        monkeypatch.setattr(sqs, name, getattr(sqs, name))
    handlers = dict(sqs._HANDLERS)
    yield
    sqs._HANDLERS.update(handlers)
    sqs.reset()


def test_a_message_waits_until_a_poller_has_finished_with_the_queue() -> None:
    close_queue_gaps()
    url = sqs._HANDLERS["CreateQueue"]({"QueueName": "q"}, "")["QueueUrl"]
    send = threading.Thread(
        target=lambda: sqs._HANDLERS["SendMessage"]({"QueueUrl": url, "MessageBody": "m"}, url),
    )

    with sqs._queues_lock:
        send.start()
        send.join(0.2)
        waited = send.is_alive()
    send.join(10)

    assert waited
    assert not send.is_alive()


def test_a_poller_may_call_functions_that_take_the_lock_too() -> None:
    close_queue_gaps()
    url = sqs._HANDLERS["CreateQueue"]({"QueueName": "q"}, "")["QueueUrl"]
    sqs._HANDLERS["SendMessage"]({"QueueUrl": url, "MessageBody": "m"}, url)

    received = sqs._receive_messages_for_esm(url, 10)

    assert [message["body"] for message in received] == ["m"]


def test_a_changed_ministack_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sqs, "_dlq_sweep")

    with pytest.raises(MiniStackChangedError, match="_dlq_sweep"):
        close_queue_gaps()
