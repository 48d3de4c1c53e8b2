"""What wakes people up: dead letters, logs that wait too long, and clients that are turned away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.tags import tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.durable_queue import DurableQueue


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A CloudWatch metric."""

    namespace: str
    """As `AWS/SQS`."""
    name: str
    """As `ApproximateAgeOfOldestMessage`."""
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Which queue, function or API is meant."""


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """What is watched, and who is notified."""

    queue: DurableQueue
    """The queue whose age and dead letters are watched."""
    server_errors: Metric
    """Counts the requests that were answered with 5xx."""
    oldest_message_seconds: int
    """Age from which a waiting message is too old."""
    topic_arn: str | None = None
    """SNS topic that is notified when an alarm goes off and when it is over; empty: alarms only show in CloudWatch."""


class Alarms(pulumi.ComponentResource):
    """Three alarms, each of which says what to do."""

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("robust-data-processor:infra:Alarms", name, None, opts)
        self._name = name
        self._topics = [args.topic_arn] if args.topic_arn else []
        self._alarm(
            f"{name}-dead-letters",
            metric=_queue_metric("ApproximateNumberOfMessagesVisible", args.queue.dead_letter_name),
            statistic="Maximum",
            threshold=0,
            description="Logs wait in the dead-letter queue: read their reason attribute and the worker's "
            "logs, fix the cause, then redrive them within 7 days.",
        )
        self._alarm(
            f"{name}-oldest-message",
            metric=_queue_metric("ApproximateAgeOfOldestMessage", args.queue.name),
            statistic="Maximum",
            threshold=args.oldest_message_seconds,
            description="Accepted logs wait too long: if the worker fails, fix what its logs name; "
            "if it only cannot keep up, raise workerMaxConcurrency.",
        )
        self._alarm(
            f"{name}-ingest-errors",
            metric=args.server_errors,
            statistic="Sum",
            threshold=0,
            description="Clients are answered with 5xx and have to send again: look for the code "
            "queue_unavailable or an exception in the ingest function's logs.",
        )
        self.register_outputs({})

    def _alarm(self, name: str, *, metric: Metric, statistic: str, threshold: int, description: str) -> None:
        aws.cloudwatch.MetricAlarm(
            name,
            alarm_description=description,
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions=metric.dimensions,
            statistic=statistic,
            comparison_operator="GreaterThanThreshold",
            threshold=threshold,
            period=60,
            evaluation_periods=1,
            treat_missing_data="notBreaching",  # SQS and the gateway report nothing while nothing happens
            alarm_actions=self._topics,
            ok_actions=self._topics,
            tags=tags(self._name),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _queue_metric(name: str, queue_name: pulumi.Input[str]) -> Metric:
    return Metric(namespace="AWS/SQS", name=name, dimensions={"QueueName": queue_name})
