"""One CloudWatch alarm: what is watched, from where on, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pulumi


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A CloudWatch metric."""

    namespace: pulumi.Input[str]
    """Such as `AWS/SQS`."""
    name: str
    """Such as `ApproximateAgeOfOldestMessage`."""
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Which queue, function or API is meant."""


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """The share of one count in another, in percent; 0 below a least count, so that one failure makes no alarm."""

    part: Metric
    """What is counted, such as errors."""
    whole: Metric
    """Out of what, such as requests."""
    least: int
    """How many of the part there must be in a period."""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """When people are called, and what they do then."""

    name: str
    """The end of the alarm's name, such as `dead-letters`."""
    watched: Metric | Ratio
    """What is measured."""
    statistic: str = "Sum"
    """How the values of a period become one: `Sum` or `Maximum`."""
    threshold: float = 0
    """The alarm goes off above it."""
    period_seconds: int = 60
    """How long one period is."""
    periods: int = 1
    """How many periods back it looks."""
    breaching: int = 1
    """In how many of them the threshold must be crossed."""
    advice: str
    """What happened, and what to do."""


def create(
    name: str, alarm: Alarm, *, topics: list[pulumi.Input[str]], tags: dict[str, str], opts: pulumi.ResourceOptions
) -> None:
    """Create an alarm that notifies topics when it goes off and when it is over."""
    metric = alarm.watched if isinstance(alarm.watched, Metric) else None
    ratio = alarm.watched if isinstance(alarm.watched, Ratio) else None
    aws.cloudwatch.MetricAlarm(
        name,
        alarm_description=alarm.advice,
        # CloudWatch takes one metric or several queries, never both.
        namespace=metric.namespace if metric else None,
        metric_name=metric.name if metric else None,
        dimensions=metric.dimensions if metric else None,
        statistic=alarm.statistic if metric else None,
        period=alarm.period_seconds if metric else None,
        metric_queries=_percentage(ratio, alarm) if ratio else None,
        comparison_operator="GreaterThanThreshold",
        threshold=alarm.threshold,
        evaluation_periods=alarm.periods,
        datapoints_to_alarm=alarm.breaching,
        treat_missing_data="notBreaching",  # AWS reports nothing while nothing happens
        alarm_actions=topics,
        ok_actions=topics,
        tags=tags,
        opts=opts,
    )


def _percentage(ratio: Ratio, alarm: Alarm) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
    return [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id="percent",
            expression=f"IF(part >= {ratio.least}, 100 * part / whole, 0)",
            label=alarm.name,
            return_data=True,
        ),
        _query("part", ratio.part, alarm),
        _query("whole", ratio.whole, alarm),
    ]


def _query(identifier: str, metric: Metric, alarm: Alarm) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=identifier,
        metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions=metric.dimensions,
            stat=alarm.statistic,
            period=alarm.period_seconds,
        ),
    )
