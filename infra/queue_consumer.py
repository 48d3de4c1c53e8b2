"""A function fed from a queue, batch by batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.tags import tags

if TYPE_CHECKING:
    from infra.durable_queue import DurableQueue
    from infra.function import PythonFunction


@dataclass(frozen=True, kw_only=True)
class QueueConsumerArgs:
    """Which function consumes which queue, and how much at a time."""

    function: PythonFunction
    """The consumer; its permissions must include `queue.allow_consume()`."""
    queue: DurableQueue
    """The queue that the function empties."""
    batch_size: int
    """How many messages one invocation gets at most; above ten AWS asks for a batching window."""
    max_concurrency: int
    """How many invocations run at once at most; reserved concurrency would use up receives instead."""


class QueueConsumer(pulumi.ComponentResource):
    """An event source mapping that returns only the failed messages of a batch to the queue."""

    mapping_arn: pulumi.Output[str]

    def __init__(self, name: str, args: QueueConsumerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("robust-data-processor:infra:QueueConsumer", name, None, opts)
        mapping = aws.lambda_.EventSourceMapping(
            name,
            event_source_arn=args.queue.arn,
            function_name=args.function.arn,
            batch_size=args.batch_size,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config=aws.lambda_.EventSourceMappingScalingConfigArgs(
                maximum_concurrency=args.max_concurrency,
            ),
            tags=tags(name),
            # Lambda refuses a mapping whose role cannot yet receive, delete and get attributes.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.function.role_policy]),
        )

        self.mapping_arn = mapping.arn
        self.register_outputs({"mapping_arn": self.mapping_arn})
