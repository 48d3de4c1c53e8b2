"""The faults of a chaos run: hit the service that they are meant for."""

import pytest

from bench.chaos.faults import Fault, FaultPlan, Outage
from bench.chaos.traffic import Call


@pytest.mark.parametrize(
    ("target", "body", "service", "operation"),
    [
        ("AmazonSQS.DeleteMessage", b'{"QueueUrl": "ingest"}', "sqs", "DeleteMessage"),
        ("AmazonSQS.SendMessage", b'{"QueueUrl": "dead"}', "sqs", "SendMessage to dead letters"),
        ("DynamoDB_20120810.GetItem", b"{}", "dynamodb", "GetItem"),
        ("TrentService.GenerateMac", b"{}", "kms", "GenerateMac"),
        ("", b"Action=AssumeRole", "sts", "AssumeRole"),
    ],
)
def test_a_call_is_known_by_its_service_and_operation(target: str, body: bytes, service: str, operation: str) -> None:
    call = Call.of(target, body, dead_letter_queue_url="dead")

    assert (call.service, call.operation) == (service, operation)


def test_an_outage_hits_its_service_while_it_lasts() -> None:
    plan = FaultPlan.without_faults(Outage("sts", start=5, end=25))

    faults = [plan.fault_of_next("any", service=service, at=at) for service in ("sts", "sqs") for at in (4, 5, 25)]

    assert faults == [None, Fault.UNAVAILABLE, None, None, None, None]
