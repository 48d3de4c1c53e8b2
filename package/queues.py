"""Queues, as programs in every language of Pulumi see them."""

# Pulumi's analyser needs annotations that are types, so none is postponed here.
from typing import NotRequired, TypedDict

import pulumi

from infra import durable_queue, queue_consumer
from package.arguments import customer_key, known_as_before, resource, whole


class DurableQueueArgs(TypedDict):
    """How long messages stay hidden, and how the queues are protected."""

    consumer_timeout_seconds: int
    """How long the consuming function may take; the visibility timeout is six times that."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the queues, with all that waits in them. Default: true."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that messages are encrypted with; by default, a key that SQS owns."""


class DurableQueue(durable_queue.DurableQueue):
    """An encrypted, TLS-only queue that keeps what failed three times in a dead-letter queue."""

    _TYPE = "robust-data-processor:index:DurableQueue"

    url: pulumi.Output[str]
    """URL of the queue."""
    arn: pulumi.Output[str]
    """ARN of the queue."""
    name: pulumi.Output[str]
    """Name of the queue."""
    dead_letter_url: pulumi.Output[str]
    """URL of the dead-letter queue."""
    dead_letter_arn: pulumi.Output[str]
    """ARN of the dead-letter queue."""
    dead_letter_name: pulumi.Output[str]
    """Name of the dead-letter queue."""

    def __init__(self, name: str, args: DurableQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        queue = durable_queue.DurableQueueArgs(**customer_key(whole(args)))
        super().__init__(name, queue, known_as_before("DurableQueue", opts))


class QueueConsumerArgs(TypedDict):
    """Which function consumes which queue, and how much at a time."""

    function_arn: pulumi.Input[str]
    """ARN of the consumer; it must be allowed to receive, delete and get attributes before this is made."""
    queue_arn: pulumi.Input[str]
    """ARN of the queue that the function empties."""
    batch_size: NotRequired[int]
    """How many messages one invocation gets at most; above ten AWS asks for a batching window. Default: 10."""
    max_concurrency: NotRequired[int]
    """How many invocations run at once at most; reserved concurrency would use up receives instead. Default: 100."""


class QueueConsumer(queue_consumer.QueueConsumer):
    """An event source mapping that returns only the failed messages of a batch to the queue."""

    _TYPE = "robust-data-processor:index:QueueConsumer"

    mapping_arn: pulumi.Output[str]
    """ARN of the event source mapping."""

    def __init__(self, name: str, args: QueueConsumerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        consumer = queue_consumer.QueueConsumerArgs(**resource(whole(args), "function", "queue"))
        super().__init__(name, consumer, known_as_before("QueueConsumer", opts))
