"""CloudWatch alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.resources.resource_type import Created, Inputs, ResourceType, request

if TYPE_CHECKING:
    from local.cloud import Cloud

_TRANSLATED = frozenset({"name", "dimensions", "okActions"})
_AS_THEY_ARE = frozenset(
    {
        "alarmActions",
        "alarmDescription",
        "comparisonOperator",
        "datapointsToAlarm",
        "evaluationPeriods",
        "metricName",
        "namespace",
        "period",
        "statistic",
        "threshold",
        "treatMissingData",
    }
)


def _create_alarm(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    name = inputs.get("name", name)
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in inputs.get("dimensions", {}).items()],
        OKActions=inputs.get("okActions", []),
        **request(inputs, leave_out=_TRANSLATED),
    )
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return name, {"name": name, "arn": alarm["AlarmArn"]}


RESOURCE_TYPES = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": ResourceType(
        create=_create_alarm,
        inputs=_TRANSLATED | _AS_THEY_ARE,
    ),
}
