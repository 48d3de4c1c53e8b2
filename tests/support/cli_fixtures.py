"""Fixtures for the command line: an operator of a stack on moto."""

import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from cli.__main__ import main
from cli.target import Target, Targets
from tests.support.aws_fixtures import Aws

MAX_RECEIVES = 3
ACCOUNT_QUEUES = "arn:aws:sqs:us-east-1:123456789012:"


class Killed(BaseException):
    """Like `kill -9`: nothing that runs afterwards reaches AWS."""


@dataclass
class Sqs:
    """An SQS client that never waits, remembers its calls, and can be killed before or after one of them."""

    client: Any
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    dies_before: int | None = None
    dies_after: int | None = None
    after: dict[str, Any] = field(default_factory=dict)
    received: set[str] = field(default_factory=set)

    def __getattr__(self, operation: str) -> Any:
        def call(**arguments: Any) -> Any:
            number = len(self.calls)
            self.calls.append((operation, arguments))
            if self.dies_before is not None and number >= self.dies_before:
                raise Killed
            if "WaitTimeSeconds" in arguments:
                arguments["WaitTimeSeconds"] = 0
            answer = getattr(self.client, operation)(**arguments)
            self.received |= {message["ReceiptHandle"] for message in answer.get("Messages", [])}
            if self.dies_after is not None and number >= self.dies_after:
                self.dies_before = 0
                raise Killed
            if operation in self.after:
                self.after[operation](answer)
            return answer

        return call

    def end_visibility_timeouts(self, queue_url: str) -> None:
        """Make every received message visible again, as SQS does when the time is up."""
        for handle in self.received:
            # Messages that were deleted, released or received again have no such timeout any more.
            with contextlib.suppress(ClientError):
                self.client.change_message_visibility(QueueUrl=queue_url, ReceiptHandle=handle, VisibilityTimeout=0)

    def named(self, operation: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.calls if name == operation]


@dataclass(frozen=True, kw_only=True)
class MotoTarget(Target):
    """A stack whose SQS calls are recorded."""

    sqs: Sqs

    def client(self, service: str) -> Any:
        return self.sqs if service == "sqs" else super().client(service)


@dataclass(frozen=True, kw_only=True)
class MotoTargets(Targets):
    """The stack on moto, unless another one is asked for."""

    target: Target

    def choose(self, *, local: bool, stack: str | None) -> Target:
        return super().choose(local=local, stack=stack) if local or stack else self.target


@dataclass
class Operator:
    """Somebody who runs commands without a terminal, and what they see."""

    aws: Aws
    target: MotoTarget

    @property
    def sqs(self) -> Sqs:
        return self.target.sqs

    def run(self, *arguments: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=stdin, obj=MotoTargets(target=self.target))

    def json(self, *arguments: str, stdin: str | bytes | None = None) -> Any:
        result = self.run(*arguments, "--json", stdin=stdin)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def bury(self, body: str, *, reason: str | None = None, group: str = "acme", message_id: str = "") -> None:
        """Put a message into the dead-letter queue: with a reason as the worker does, without one as SQS does."""
        custom = {"reason": reason, "message_id": message_id or "00000000-aaaa"} if reason else {}
        self.aws.sqs.send_message(
            QueueUrl=self.aws.dead_letter_queue_url,
            MessageBody=body,
            MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in custom.items()},
            MessageGroupId=group,
        )

    def dead_letter_count(self) -> int:
        """Return how many dead letters are visible."""
        name = "ApproximateNumberOfMessages"
        answer = self.aws.sqs.get_queue_attributes(QueueUrl=self.aws.dead_letter_queue_url, AttributeNames=[name])
        return int(answer["Attributes"][name])


def operator_of(aws: Aws) -> Operator:
    """Return an operator of a stack on moto."""
    policy = {"deadLetterTargetArn": f"{ACCOUNT_QUEUES}ingest-dead-letters", "maxReceiveCount": MAX_RECEIVES}
    aws.sqs.set_queue_attributes(QueueUrl=aws.queue_url, Attributes={"RedrivePolicy": json.dumps(policy)})
    outputs = {
        "auth": "api-key",
        "queue_url": aws.queue_url,
        "dead_letter_queue_url": aws.dead_letter_queue_url,
        "table_name": aws.table_name,
        "key_table_name": aws.key_table_name,
        "key_usage_table_name": aws.key_usage_table_name,
    }
    return Operator(aws, MotoTarget(name="stack test", outputs=outputs, sqs=Sqs(boto3.client("sqs"))))
