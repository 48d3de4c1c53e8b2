"""A function fed from a queue, batch by batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.tags import tags

if TYPE_CHECKING:
    from infra.has_arn import HasArn


@dataclass(frozen=True, kw_only=True)
class QueueConsumerArgs:
    """Which function consumes which queue, and how much at a time."""

    function: HasArn
    """The consumer; its permissions must include `queue.allow_consume()`."""
    queue: HasArn
    """The queue that the function empties."""
    batch_size: int = 10
    """How many messages one invocation gets at most; above ten AWS asks for a batching window."""
    max_concurrency: int = 100
    """How many invocations run at once at most; reserved concurrency would use up receives instead."""


class QueueConsumer(pulumi.ComponentResource):
    """An event source mapping that returns only the failed messages of a batch to the queue.

    Lambda refuses a mapping whose function's role may not yet receive, delete and get attributes. A `PythonFunction`
    exists only once its role may.

    Example:
        A function that empties a queue; both may as well be resources of `pulumi_aws`::

            import pulumi

            from infra.durable_queue import DurableQueue, DurableQueueArgs
            from infra.function import PythonFunction, PythonFunctionArgs
            from infra.queue_consumer import QueueConsumer, QueueConsumerArgs

            queue = DurableQueue("orders", DurableQueueArgs(consumer_timeout_seconds=30))
            code = pulumi.FileArchive("shop.zip")
            args = PythonFunctionArgs(handler="shop.handler", code=code, permissions=(queue.allow_consume(),))
            QueueConsumer("shop", QueueConsumerArgs(function=PythonFunction("shop", args), queue=queue, batch_size=5))
    """

    _TYPE = "robust-data-processor:infra:QueueConsumer"

    mapping_arn: pulumi.Output[str]

    def __init__(self, name: str, args: QueueConsumerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self._TYPE, name, None, opts)
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
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.mapping_arn = mapping.arn
        self.register_outputs({"mapping_arn": self.mapping_arn})
