"""The message: what Lambda hands over, and whether an envelope is in it."""

import pytest

from handlers.aws.message import Message
from tests.support.aws_fixtures import event_of


def test_a_real_batch_is_read() -> None:
    first, second = (Message.from_event_record(record) for record in event_of("sqs_batch")["Records"])

    assert (first.message_id, first.receipt_handle) == (
        "2e1424d4-f796-459a-8184-9c92662be6da",
        "AQEBzWwaftRI0KuVm4tP+/7q1rGgNqicHq==",
    )
    assert (first.receive_count, first.group_id) == (1, "acme")
    assert first.envelope is not None
    assert first.envelope.text == "User 555-0199..."
    assert second.envelope is not None
    assert second.envelope.tenant_id == "beta_inc"


@pytest.mark.parametrize("body", ["", "x", "{}", "null", '{"version": 2}', "[" * 100_000, '{"text": "\\ud800"}'])
def test_a_body_that_is_not_an_envelope_is_kept_unchanged(body: str) -> None:
    record = event_of("sqs_batch")["Records"][0] | {"body": body}

    message = Message.from_event_record(record)

    assert (message.envelope, message.body) == (None, body)


def test_a_message_may_have_no_group_and_several_receives() -> None:
    record = event_of("sqs_batch")["Records"][0]
    record["attributes"] = {"ApproximateReceiveCount": "3"}

    message = Message.from_event_record(record)

    assert (message.group_id, message.receive_count) == (None, 3)


def test_two_deliveries_of_one_message_are_two() -> None:
    record = event_of("sqs_batch")["Records"][0]

    assert len({Message.from_event_record(record), Message.from_event_record(record)}) == 2


def attribute(value: str) -> dict[str, object]:
    return {"stringValue": value, "stringListValues": [], "binaryListValues": [], "dataType": "String"}


def test_a_message_that_was_sent_again_keeps_the_id_of_its_202() -> None:
    record = event_of("sqs_batch")["Records"][0]
    attributes = {"message_id": attribute("of-the-202"), "postponements": attribute("4")}

    again = Message.from_event_record(record | {"messageAttributes": attributes})
    first = Message.from_event_record(record)

    assert (again.message_id, again.sqs_message_id, again.postponements) == ("of-the-202", record["messageId"], 4)
    assert (first.message_id, first.sqs_message_id, first.postponements) == (*[record["messageId"]] * 2, 0)


@pytest.mark.parametrize("written", ["", "-1", "x", "1.5", "\u0663", "9" * 5000])
def test_an_invalid_count_is_zero(written: str) -> None:
    record = event_of("sqs_batch")["Records"][0] | {"messageAttributes": {"postponements": attribute(written)}}

    assert Message.from_event_record(record).postponements == 0


def test_attributes_of_another_form_are_ignored() -> None:
    binary = {"binaryValue": "AAEC", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"}
    record = event_of("sqs_batch")["Records"][0] | {"messageAttributes": {"message_id": binary}}

    assert Message.from_event_record(record).message_id == record["messageId"]
