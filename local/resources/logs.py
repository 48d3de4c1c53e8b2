"""CloudWatch log groups."""

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


RESOURCE_TYPES = {
    "aws:cloudwatch/logGroup:LogGroup": ResourceType(
        create=_create_log_group,
        inputs=frozenset({"name", "retentionInDays"}),
    ),
}
