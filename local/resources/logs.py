"""CloudWatch log groups, and the metrics that are taken from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.resources.resource_type import Created, Inputs, ResourceType

if TYPE_CHECKING:
    from local.cloud import Cloud


def _create_log_group(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    name = inputs.get("name", name)
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName=name)
    if "retentionInDays" in inputs:
        logs.put_retention_policy(logGroupName=name, retentionInDays=inputs["retentionInDays"])
    (group,) = [
        group
        for group in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        if group["logGroupName"] == name
    ]
    return name, {"name": name, "arn": group["arn"].removesuffix(":*")}


def _create_metric_filter(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    transformation = inputs["metricTransformation"]
    cloud.client("logs").put_metric_filter(
        logGroupName=inputs["logGroupName"],
        filterName=name,
        filterPattern=inputs["pattern"],
        metricTransformations=[
            {
                "metricName": transformation["name"],
                "metricNamespace": transformation["namespace"],
                "metricValue": transformation["value"],
                "unit": transformation["unit"],
                "dimensions": transformation.get("dimensions", {}),
            }
        ],
    )
    return name, {"name": name}


RESOURCE_TYPES = {
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": ResourceType(
        create=_create_metric_filter,
        inputs=frozenset({"logGroupName", "pattern", "metricTransformation"}),
    ),
    "aws:cloudwatch/logGroup:LogGroup": ResourceType(
        create=_create_log_group,
        inputs=frozenset({"name", "retentionInDays"}),
    ),
}
