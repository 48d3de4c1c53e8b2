"""A durable queue keeps what fails, and talks to nobody without TLS."""

import json

import pytest

from infra.durable_queue import DurableQueue, DurableQueueArgs
from tests.support.pulumi_recorder import Provision, Registered, arn, queue_url

QUEUE = "aws:sqs/queue:Queue"


@pytest.fixture
def registered(provision: Provision) -> Registered:
    return provision(lambda: DurableQueue("ingest", DurableQueueArgs(consumer_timeout_seconds=150)))


def test_a_message_that_fails_three_times_goes_to_the_dead_letter_queue(registered: Registered) -> None:
    redrive = json.loads(registered.one(QUEUE, "ingest")["redrivePolicy"])

    assert redrive == {"deadLetterTargetArn": arn("sqs", "ingest-dead-letters"), "maxReceiveCount": 3}


def test_a_received_message_is_hidden_for_six_times_the_consumer_s_timeout(
    registered: Registered,
) -> None:
    assert registered.one(QUEUE, "ingest")["visibilityTimeoutSeconds"] == 6 * 150


def test_a_dead_letter_has_a_week_left_however_long_its_message_waited_before(registered: Registered) -> None:
    retention = {queue.name: queue["messageRetentionSeconds"] for queue in registered.all(QUEUE)}

    assert retention == {"ingest": 7 * 86_400, "ingest-dead-letters": 14 * 86_400}


def test_the_dead_letter_queue_accepts_dead_letters_of_its_own_queue_only(registered: Registered) -> None:
    [allow] = registered.all("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy")

    assert allow["queueUrl"] == queue_url("ingest-dead-letters")
    assert json.loads(allow["redriveAllowPolicy"]) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [arn("sqs", "ingest")],
    }


def test_the_dead_letter_queue_has_no_dead_letter_queue(registered: Registered) -> None:
    assert "redrivePolicy" not in registered.one(QUEUE, "ingest-dead-letters").inputs


@pytest.mark.parametrize("name", ["ingest", "ingest-dead-letters"])
def test_both_queues_refuse_every_request_without_tls(registered: Registered, name: str) -> None:
    policy = registered.one("aws:sqs/queuePolicy:QueuePolicy", name)

    [statement] = json.loads(policy["policy"])["Statement"]
    assert policy["queueUrl"] == queue_url(name)
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "sqs:*")
    assert statement["Resource"] == arn("sqs", name)
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("name", ["ingest", "ingest-dead-letters"])
def test_both_queues_accept_one_mebibyte_and_use_long_polling(registered: Registered, name: str) -> None:
    queue = registered.one(QUEUE, name)

    assert queue["maxMessageSize"] == 1_048_576
    assert queue["receiveWaitTimeSeconds"] == 20


def test_everything_a_queue_needs_is_its_child(registered: Registered) -> None:
    component = registered.one("robust-data-processor:infra:DurableQueue", "ingest")

    children = [resource for resource in registered.resources if resource.type.startswith("aws:")]
    assert len(children) == 5
    assert {child.parent for child in children} == {component.urn}
