"""The test rig of a chaos run: the program on an embedded cloud, with the fault proxy before AWS's APIs."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.chaos.audit import FinalState, Tally, audit
from bench.chaos.client import Client
from bench.chaos.processes import FunctionProcesses
from bench.chaos.proxy import FaultProxy
from cli.dead_letters.dead_letter_queue import DeadLetterQueue
from cli.dead_letters.moves import Redrive, move_all
from cli.dead_letters.rate_limit import RateLimit
from cli.target import Target
from local.emulator import Emulator, free_port
from local.program import deploy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from bench.chaos.faults import FaultPlan
    from local.cloud import Cloud

WORKER = "logs-worker"
INGEST = "logs-ingest"
_WAITING = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
_POLL_SECONDS = 0.5
_REDRIVES_PER_SECOND = 50


class NotSettledError(Exception):
    """Messages were still in flight when the time was up."""


@dataclass(frozen=True, kw_only=True)
class Rig:
    """A deployed stack, with the proxy in front of AWS and a client."""

    cloud: Cloud
    outputs: Mapping[str, Any]
    proxy: FaultProxy
    processes: FunctionProcesses
    client: Client

    def settle(self, *, timeout_seconds: float) -> float:
        """Wait until no message is in flight, and return how long that took, in seconds.

        Raises:
            NotSettledError: it takes longer than the timeout.
        """
        start = time.monotonic()
        while left := self._waiting():
            if time.monotonic() - start > timeout_seconds:
                raise NotSettledError(f"{left} messages are still in flight after {timeout_seconds:.0f} s")
            time.sleep(_POLL_SECONDS)
        return time.monotonic() - start

    def final_state(self) -> FinalState:
        """Return what is in the table and in the dead-letter queue."""
        return FinalState.of(self._target)

    def redrive(self, *, reason: str, limit: int) -> int:
        """Redrive dead letters with this reason, as `cli dead-letters redrive` does; return how many were sent."""
        with DeadLetterQueue(self._target) as queue:
            redrive = Redrive(
                queue=queue,
                matches=lambda letter: letter.matches(tenant_id=None, reason=reason),
                sqs=self._target.client("sqs"),
                ingest_queue_url=self.outputs["queue_url"],
                force=False,
            )
            move_all(queue, redrive, rate=RateLimit(_REDRIVES_PER_SECOND), limit=limit, progress=lambda _: None)
        return redrive.tally.done

    def audit(self, *, invalid_messages: Iterable[str] = ()) -> Tally:
        """Compare the accepted logs with what is left."""
        return audit(self.final_state(), self.client, self.proxy.traffic, invalid_messages=invalid_messages)

    @property
    def _target(self) -> Target:
        return Target(name="the embedded cloud", outputs=self.outputs, root_key=self.cloud.root_key)

    def _waiting(self) -> int:
        answer = self.cloud.client("sqs").get_queue_attributes(
            QueueUrl=self.outputs["queue_url"], AttributeNames=list(_WAITING)
        )
        return sum(int(answer["Attributes"][name]) for name in _WAITING)


@contextmanager
def rig(plan: FaultPlan, *, config: Mapping[str, str], visibility_timeout_seconds: int, log: Path) -> Iterator[Rig]:
    """Run the program on an embedded cloud of its own for as long as the block lasts.

    Args:
        plan: which calls to AWS fail, and how.
        config: settings that differ from Pulumi.local.yaml.
        visibility_timeout_seconds: when SQS delivers the messages of a killed worker again. The program sets six times
            the worker's timeout, so every run would wait for minutes; AWS requires at least the timeout itself.
        log: where the emulator writes its log.
    """
    with Emulator(port=free_port(), log=log) as emulator:
        outputs = deploy(emulator.cloud, config=config)
        emulator.cloud.client("sqs").set_queue_attributes(
            QueueUrl=outputs["queue_url"], Attributes={"VisibilityTimeout": str(visibility_timeout_seconds)}
        )
        processes = FunctionProcesses(emulator.port)
        proxy = FaultProxy(
            upstream_port=emulator.port,
            plan=plan,
            processes=processes,
            dead_letter_queue_url=outputs["dead_letter_queue_url"],
        )
        with proxy:
            for function in (INGEST, WORKER):
                _send_through(emulator.cloud, function, proxy.url)
            yield Rig(
                cloud=emulator.cloud,
                outputs=outputs,
                proxy=proxy,
                processes=processes,
                client=Client(outputs["ingest_url"]),
            )


def _send_through(cloud: Cloud, function: str, url: str) -> None:
    aws_lambda = cloud.client("lambda")
    variables = aws_lambda.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    # botocore reads this variable when an execution environment starts.
    aws_lambda.update_function_configuration(
        FunctionName=function, Environment={"Variables": {**variables, "AWS_ENDPOINT_URL": url}}
    )
