"""The queues: what is sent, settled and kept, and how a refusal is reported."""

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from handlers.aws.failures import QueueUnavailable
from handlers.aws.message import Message
from handlers.aws.queues import DeadLetterQueue, IngestQueue
from handlers.logs.identifiers import dead_letter_id
from tests.support.aws_fixtures import Aws, envelope_of
from tests.support.fake_sqs import FakeSqs, client_error


def message_of(number: int, *, group_id: str | None = "acme") -> Message:
    return Message(
        message_id=f"m{number}",
        sqs_message_id=f"sqs-{number}",
        receipt_handle=f"handle-{number}",
        body="what was sent",
        envelope=None,
        receive_count=1,
        postponements=2,
        group_id=group_id,
    )


class Recorder:
    """An SQS client that says yes to everything, or answers as it was set up."""

    def __init__(self, **answer: Any) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._answer = answer

    def __getattr__(self, operation: str) -> Any:
        def call(**arguments: Any) -> dict[str, Any]:
            self.calls.append((operation, arguments))
            return self._answer

        return call


def test_an_envelope_is_sent_in_the_group_of_its_tenant() -> None:
    sqs = FakeSqs()

    message_id = IngestQueue(sqs, "url").send(envelope_of("x", tenant_id="beta"))

    assert message_id == "message-0"
    assert sqs.sent[0]["MessageGroupId"] == "beta"
    assert sqs.texts() == ["x"]


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (client_error("OverLimit"), "OverLimit"),
        (EndpointConnectionError(endpoint_url="https://sqs"), "EndpointConnectionError"),
    ],
)
def test_a_refusal_is_named_without_quoting_it(error: Exception, cause: str) -> None:
    sqs = FakeSqs()
    sqs.fail = lambda _call: error

    with pytest.raises(QueueUnavailable) as refused:
        IngestQueue(sqs, "url").send(envelope_of("x"))

    assert str(refused.value) == cause


def test_several_messages_are_delayed_in_one_call_each_by_its_own_time() -> None:
    sqs = Recorder()

    IngestQueue(sqs, "url").delay({message_of(1): 10, message_of(2): 40})

    [(operation, arguments)] = sqs.calls
    assert operation == "change_message_visibility_batch"
    assert arguments["Entries"] == [
        {"Id": "0", "ReceiptHandle": "handle-1", "VisibilityTimeout": 10},
        {"Id": "1", "ReceiptHandle": "handle-2", "VisibilityTimeout": 40},
    ]


def test_a_delay_that_is_refused_for_one_message_is_reported() -> None:
    sqs = Recorder(Failed=[{"Id": "0", "Code": "ReceiptHandleIsInvalid"}])

    with pytest.raises(QueueUnavailable, match="ReceiptHandleIsInvalid"):
        IngestQueue(sqs, "url").delay({message_of(1): 10})


def test_a_message_is_deleted_by_its_receipt_handle() -> None:
    sqs = Recorder()

    IngestQueue(sqs, "url").delete(message_of(1))

    assert sqs.calls == [("delete_message", {"QueueUrl": "url", "ReceiptHandle": "handle-1"})]


def test_a_dead_letter_keeps_body_group_reason_and_first_id(aws: Aws) -> None:
    DeadLetterQueue(aws.sqs, aws.dead_letter_queue_url).keep(message_of(7), reason="conflict")

    [dead] = aws.dead_letters()
    assert dead["Body"] == "what was sent"
    assert dead["Attributes"]["MessageGroupId"] == "acme"
    assert {name: value["StringValue"] for name, value in dead["MessageAttributes"].items()} == {
        "reason": "conflict",
        "message_id": "m7",
        "dead_letter_id": dead_letter_id(message_id="m7", body="what was sent"),
    }


def test_a_message_that_is_sent_again_keeps_body_group_and_first_id_and_waits() -> None:
    sqs = Recorder()

    IngestQueue(sqs, "url").send_again(message_of(7), delay_seconds=45)

    [(operation, arguments)] = sqs.calls
    attributes = arguments.pop("MessageAttributes")
    assert operation == "send_message"
    assert arguments == {
        "QueueUrl": "url",
        "MessageBody": "what was sent",
        "MessageGroupId": "acme",
        "DelaySeconds": 45,
    }
    assert {name: value["StringValue"] for name, value in attributes.items()} == {
        "message_id": "m7",
        "postponements": "3",
    }


def test_a_dead_letter_without_a_group_is_kept_without_one() -> None:
    sqs = Recorder()

    DeadLetterQueue(sqs, "url").keep(message_of(1, group_id=None), reason="not_an_envelope")

    [(_, arguments)] = sqs.calls
    assert "MessageGroupId" not in arguments
