"""Outages: half an hour without STS, DynamoDB or KMS makes no dead letter, and harms no other log."""

import json
from collections.abc import Callable

import pytest
from botocore.exceptions import EndpointConnectionError

from handlers.aws.message import Message
from tests.support.aws_fixtures import Aws, envelope_of
from tests.support.fake_sqs import client_error
from tests.support.simulation import Flaky, Outage, SimulatedClock, Simulation

HALF_AN_HOUR = 1800
ERRORS = ["no answer", "InternalServerError", "ServiceUnavailable", "ThrottlingException", "AccessDeniedException"]
FULL_SIZE_CHARS = 2800


def away(error: str, *, until: float = HALF_AN_HOUR, begins: float = 0) -> Callable[[SimulatedClock], Outage]:
    return lambda clock: Outage(clock, error, until=until, begins=begins)


def send_logs(simulation: Simulation, number: int, *, chars: int = 10) -> list[str]:
    ids = [f"log-{index:02d}" for index in range(number)]
    for log_id in ids:
        simulation.send(envelope_of(log_id.ljust(chars, "x"), log_id=log_id).to_message())
    return ids


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("services", [("sts",), ("dynamodb",), ("kms",), ("sts", "dynamodb", "kms")], ids="+".join)
def test_half_an_hour_of_outage_makes_no_dead_letter(aws: Aws, services: tuple[str, ...], error: str) -> None:
    simulation = Simulation(aws, {service: away(error) for service in services})
    sent = send_logs(simulation, 12)

    simulation.run()

    assert simulation.dead_letters() == []
    assert simulation.stored() == sent
    assert HALF_AN_HOUR < simulation.clock.seconds < 2 * HALF_AN_HOUR


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("begins", [0, 100, 139, 141])
def test_an_outage_makes_no_dead_letter_of_a_log_that_fills_its_invocation(aws: Aws, error: str, begins: float) -> None:
    simulation = Simulation(aws, {"dynamodb": away(error, begins=begins)}, seconds_per_char=0.05)
    sent = send_logs(simulation, 10, chars=FULL_SIZE_CHARS)

    simulation.run()

    assert simulation.dead_letters() == []
    assert simulation.stored() == sent


def test_a_record_names_the_message_of_the_202_however_often_it_was_sent_again(aws: Aws) -> None:
    simulation = Simulation(aws, {"sts": away("ThrottlingException")})
    message_id = simulation.send(envelope_of("x").to_message())

    simulation.run()

    [record] = aws.records()
    assert record["message_id"]["S"] == message_id


def test_a_log_of_a_tenant_that_is_not_affected_is_stored_at_once(aws: Aws) -> None:
    simulation = Simulation(aws)
    tenants = simulation.worker.logs.table.tenants
    sts, outage = tenants._sts, Outage(simulation.clock, "AccessDenied", until=HALF_AN_HOUR)

    class OneTenantAway:
        def assume_role(self, **request: object) -> object:
            return (Flaky(sts, outage) if "beta" in str(request) else sts).assume_role(**request)

    tenants._sts = OneTenantAway()
    simulation.send(envelope_of("x", tenant_id="beta", log_id="of-beta").to_message(), group="beta")
    send_logs(simulation, 9)

    simulation.invoke(simulation.sqs.receive(10))

    assert simulation.stored() == [f"log-{number:02d}" for number in range(9)]
    [waiting] = simulation.sqs.waiting
    assert (waiting.group, waiting.receives) == ("beta", 0)


def test_a_log_that_dynamodb_finds_invalid_is_a_dead_letter_after_three_receives(aws: Aws) -> None:
    outage = away("ValidationException", until=float("inf"))
    simulation = Simulation(aws, {"dynamodb": outage})
    message_id = simulation.send(envelope_of("x").to_message())

    simulation.run()

    [dead] = simulation.dead_letters()
    assert dead.message_id == message_id


def test_if_sqs_is_down_too_the_message_is_delivered_again_after_the_outage(aws: Aws) -> None:
    simulation = Simulation(aws, {"dynamodb": away("InternalServerError")})
    sent = send_logs(simulation, 2)
    error = EndpointConnectionError(endpoint_url="https://sqs")
    simulation.sqs.fails = lambda _operation: error if simulation.clock.seconds < HALF_AN_HOUR / 2 else None

    simulation.run()

    assert simulation.dead_letters() == []
    assert simulation.stored() == sent


@pytest.mark.parametrize("error", [client_error("AccessDenied"), EndpointConnectionError(endpoint_url="https://sqs")])
def test_a_message_that_cannot_be_deleted_is_processed_twice_and_stored_once(aws: Aws, error: Exception) -> None:
    simulation = Simulation(aws, {"dynamodb": away("InternalServerError")})
    message_id = simulation.send(envelope_of("x").to_message())
    simulation.sqs.fails = lambda operation: error if operation == "delete_message" else None

    # Lambda cannot delete it either.
    simulation.invoke(simulation.sqs.receive(10), lambda_deletes=False)
    copies = [message.attributes.get("message_id", message.message_id) for message in simulation.sqs.waiting]
    simulation.sqs.fails = lambda _operation: None
    simulation.run()

    assert copies == [message_id, message_id]
    assert (simulation.stored(), simulation.dead_letters()) == (["123"], [])


def test_a_crash_between_sending_and_deleting_loses_nothing(aws: Aws) -> None:
    simulation = Simulation(aws, {"dynamodb": away("ThrottlingException", until=10)})
    simulation.send(envelope_of("x").to_message())
    settlement = simulation.worker.settlement
    [message] = simulation.sqs.receive(1)

    # The process sends the message again and ends; SQS hands both of them out later.
    settlement.queue.send_again(message, delay_seconds=30)
    simulation.run()

    assert (simulation.stored(), simulation.dead_letters()) == (["123"], [])


def test_the_longer_an_outage_lasts_the_longer_a_message_waits(aws: Aws) -> None:
    simulation = Simulation(aws, {"sts": away("AccessDenied", until=4 * HALF_AN_HOUR)})
    simulation.send(envelope_of("x").to_message())
    waits = []

    while simulation.sqs.waiting:
        [message] = simulation.sqs.waiting
        simulation.clock.seconds = max(simulation.clock.seconds, message.visible_at)
        before = simulation.clock.seconds
        simulation.invoke(simulation.sqs.receive(1))
        waits += [waiting.visible_at - before for waiting in simulation.sqs.waiting]

    assert waits[:6] == [22, 45, 90, 180, 360, 675]
    assert set(waits[6:]) == {675}


def test_a_message_is_sent_again_unchanged(aws: Aws) -> None:
    simulation = Simulation(aws, {"sts": away("AccessDenied")})
    body = envelope_of("call 555-0199 \x00 ✓").to_message()
    message_id = simulation.send(body)

    simulation.invoke(simulation.sqs.receive(1))

    [again] = simulation.sqs.waiting
    assert (again.body, again.group) == (body, "acme")
    assert again.attributes == {"message_id": message_id, "postponements": "1"}
    assert json.loads(again.body)["log_id"] == "123"


def test_a_message_that_ingest_did_not_send_is_not_postponed(aws: Aws) -> None:
    simulation = Simulation(aws, {"sts": away("AccessDenied"), "dynamodb": away("AccessDenied")})
    simulation.send("not an envelope")

    simulation.invoke(simulation.sqs.receive(1))

    assert simulation.sqs.waiting == []
    assert len(simulation.dead_letters()) == 1


def test_the_messages_of_the_simulation_look_like_lambdas(aws: Aws) -> None:
    simulation = Simulation(aws)
    simulation.send(envelope_of("x").to_message())
    aws.send(envelope_of("x").to_message())

    [simulated] = simulation.sqs.receive(1)
    real = Message.from_event_record(aws.batch()["Records"][0])

    assert (simulated.body, simulated.group_id, simulated.receive_count, simulated.postponements) == (
        real.body,
        real.group_id,
        real.receive_count,
        real.postponements,
    )
