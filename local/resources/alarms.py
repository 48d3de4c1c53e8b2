"""CloudWatch alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.resources.resource_type import Created, Inputs, ResourceType, request

if TYPE_CHECKING:
    from local.cloud import Cloud

_TRANSLATED = frozenset({"name", "dimensions", "metricQueries", "okActions"})
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
        OKActions=inputs.get("okActions", []),
        **_measured(inputs),
        **request(inputs, leave_out=_TRANSLATED),
    )
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return name, {"name": name, "arn": alarm["AlarmArn"]}


def _measured(inputs: Inputs) -> dict[str, Any]:
    """Return what is measured: several queries, of which one computes with the others, or one metric."""
    if "metricQueries" in inputs:
        return {"Metrics": [_query(query) for query in inputs["metricQueries"]]}
    return {"Dimensions": _dimensions(inputs)}


def _query(inputs: Inputs) -> dict[str, Any]:
    if "metric" not in inputs:
        return request(inputs)
    metric = inputs["metric"]
    named = {"Namespace": metric["namespace"], "MetricName": metric["metricName"], "Dimensions": _dimensions(metric)}
    statistics = {"Metric": named, "Period": metric["period"], "Stat": metric["stat"]}
    return {"Id": inputs["id"], "MetricStat": statistics, "ReturnData": False}


def _dimensions(inputs: Inputs) -> list[dict[str, Any]]:
    return [{"Name": key, "Value": value} for key, value in inputs.get("dimensions", {}).items()]


RESOURCE_TYPES = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": ResourceType(
        create=_create_alarm,
        inputs=_TRANSLATED | _AS_THEY_ARE,
    ),
}
