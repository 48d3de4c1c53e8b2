"""The simulated services do what the embedded cloud does, for the calls that the real code makes."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bench.simulate.choices import Replay
from bench.simulate.posts import MAX_RECEIVES
from bench.simulate.queues import DEAD_LETTERS, INGEST, SimulatedSqs
from bench.simulate.redrives import redrive_all
from bench.simulate.scheduler import Scheduler
from bench.simulate.services import SimulatedDynamoDb
from cli.dead_letters.rate_limit import RateLimit
from local.emulator import Emulator, free_port
from tests.support.aws_fixtures import envelope_of

pytestmark = pytest.mark.end_to_end

HIDDEN_SECONDS = 900


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(port=free_port(), log=tmp_path_factory.mktemp("log") / "emulator.log") as running:
        yield running


class Queues:
    """Two queues behind one set of calls, whichever service they are of."""

    def __init__(self, sqs: Any, urls: dict[str, str], receive: Any) -> None:
        self.sqs, self.urls, self.receive = sqs, urls, receive
        self.handles: dict[str, str] = {}

    def send(self, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.urls["ingest"], MessageBody=body)

    def take(self) -> list[tuple[str, int]]:
        taken = self.receive()
        self.handles |= {body: handle for body, handle, _ in taken}
        return sorted((body, receives) for body, _, receives in taken)

    def show_again(self, body: str) -> None:
        entry = {"Id": "0", "ReceiptHandle": self.handles[body], "VisibilityTimeout": 0}
        self.sqs.change_message_visibility_batch(QueueUrl=self.urls["ingest"], Entries=[entry])

    def delete(self, body: str) -> None:
        self.sqs.delete_message(QueueUrl=self.urls["ingest"], ReceiptHandle=self.handles[body])

    def dead(self) -> list[str]:
        answer = self.sqs.receive_message(
            QueueUrl=self.urls["dead"], MaxNumberOfMessages=10, VisibilityTimeout=0, WaitTimeSeconds=0
        )
        return sorted(message["Body"] for message in answer.get("Messages", []))


def simulated_queues() -> Queues:
    sqs = SimulatedSqs(Scheduler(Replay([]), 0), HIDDEN_SECONDS)

    def receive() -> list[tuple[str, str, int]]:
        delivered = [delivery.as_lambda_hands_over() for delivery in sqs.deliver(sqs.visible())]
        return [(m["body"], m["receiptHandle"], int(m["attributes"]["ApproximateReceiveCount"])) for m in delivered]

    return Queues(sqs, {"ingest": INGEST, "dead": DEAD_LETTERS}, receive)


def emulated_queues(emulator: Emulator, name: str) -> Queues:
    sqs = emulator.cloud.client("sqs")
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVES})
    queue = sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": policy})["QueueUrl"]

    def receive() -> list[tuple[str, str, int]]:
        answer = sqs.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return [
            (m["Body"], m["ReceiptHandle"], int(m["Attributes"]["ApproximateReceiveCount"]))
            for m in answer.get("Messages", [])
        ]

    return Queues(sqs, {"ingest": queue, "dead": dead}, receive)


@pytest.mark.parametrize("seed", range(3))
def test_both_queues_deliver_hide_count_and_move_alike(emulator: Emulator, seed: int) -> None:
    dice = random.Random(seed)
    both = [simulated_queues(), emulated_queues(emulator, f"agreement-{seed}")]
    sent = [f"message {n}" for n in range(5)]
    for body in sent:
        for queues in both:
            queues.send(body)

    for _ in range(12):
        taken, taken_by_emulator = (queues.take() for queues in both)
        assert taken == taken_by_emulator
        for body, _receives in taken:
            always_fails = body == sent[0]
            what = "show again" if always_fails else dice.choice(["show again", "show again", "keep hidden", "delete"])
            for queues in both:
                if what == "show again":
                    queues.show_again(body)
                elif what == "delete":
                    queues.delete(body)
        assert both[0].dead() == both[1].dead()
    assert sent[0] in both[0].dead()


class Recorded:
    """An SQS client, with what its calls answered, as far as both services can answer alike."""

    def __init__(self, sqs: Any) -> None:
        self._sqs = sqs
        self.calls: list[tuple[str, Any]] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**asked: Any) -> Any:
            at_once = {"WaitTimeSeconds": 0} if operation == "receive_message" else {}
            answer = getattr(self._sqs, operation)(**asked | at_once)
            self.calls.append((operation, _comparable(answer)))
            return answer

        return call


def _comparable(answer: dict[str, Any]) -> Any:
    ids = sorted(entry["Id"] for entry in answer.get("Successful", ()))
    attributes = answer.get("Attributes", {})
    policy = json.loads(attributes.get("RedrivePolicy", "{}")).get("maxReceiveCount")
    messages = [
        (
            message["Body"],
            {name: _known(value["StringValue"]) for name, value in message.get("MessageAttributes", {}).items()},
            {name: message["Attributes"].get(name) for name in ("ApproximateReceiveCount", "MessageGroupId")},
        )
        for message in answer.get("Messages", ())
    ]
    return ids, attributes.get("ApproximateNumberOfMessages"), policy, sorted(messages, key=str)


def _known(value: str) -> str:
    return value if value in ("conflict", "accepted-b") else "an id of SQS"


def _letter(log_id: str, text: str, **attributes: str) -> dict[str, Any]:
    named = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    body = envelope_of(text, log_id=log_id).to_message()
    return {"MessageBody": body, "MessageGroupId": "acme", "MessageAttributes": named}


DEAD = {
    "moved by SQS": _letter("a", "one"),
    "kept by the worker": _letter("b", "two", reason="conflict", message_id="accepted-b"),
    "kept twice": _letter("b", "two", reason="conflict", message_id="accepted-b"),
    "left": {"MessageBody": "no envelope"},
}


def test_both_queues_answer_a_redrive_alike(emulator: Emulator) -> None:
    calls = []
    for queues in (simulated_queues(), emulated_queues(emulator, "agreement-redrive")):
        for letter in DEAD.values():
            queues.sqs.send_message(QueueUrl=queues.urls["dead"], **letter)
        sqs = Recorded(queues.sqs)

        redrive_all(sqs, dead_letters_url=queues.urls["dead"], ingest_url=queues.urls["ingest"], rate=RateLimit(1_000))

        everything = {"MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"], "VisibilityTimeout": 0}
        for url in queues.urls.values():
            sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **everything)
        calls.append(sqs.calls)

    assert calls[0] == calls[1]
    assert {name for name, _ in calls[0]} == {
        "get_queue_attributes",
        "receive_message",
        "send_message_batch",
        "delete_message_batch",
        "change_message_visibility_batch",
    }


def test_both_tables_write_once_and_return_what_was_there(emulator: Emulator) -> None:
    real = emulator.cloud.client("dynamodb")
    real.create_table(
        TableName="agreement",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("tenant_id", "log_id")],
        KeySchema=[
            {"AttributeName": "tenant_id", "KeyType": "HASH"},
            {"AttributeName": "log_id", "KeyType": "RANGE"},
        ],
    )
    simulated = SimulatedDynamoDb(Scheduler(Replay([]), 0), lambda: "acme")
    key = {"tenant_id": {"S": "acme"}, "log_id": {"S": "1"}}

    def answers(table: Any) -> list[Any]:
        found = [table.get_item(TableName="agreement", Key=key, ConsistentRead=True).get("Item")]
        for text in ("first", "second"):
            try:
                table.put_item(
                    TableName="agreement",
                    Item=key | {"text": {"S": text}},
                    ConditionExpression="attribute_not_exists(tenant_id)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                assert isinstance(error, table.exceptions.ConditionalCheckFailedException)
                found.append(error.response["Item"])
        return [*found, table.get_item(TableName="agreement", Key=key, ConsistentRead=True)["Item"]]

    assert answers(simulated) == answers(real)
