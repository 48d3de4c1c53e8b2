"""DynamoDB tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.resources.resource_type import Created, Inputs, ResourceType, request

if TYPE_CHECKING:
    from local.cloud import Cloud


def _create_table(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    name = inputs.get("name", name)
    dynamodb = cloud.client("dynamodb")
    keys = [("HASH", inputs["hashKey"]), *([("RANGE", inputs["rangeKey"])] if "rangeKey" in inputs else [])]
    description = dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": attribute["name"], "AttributeType": attribute["type"]}
            for attribute in inputs["attributes"]
        ],
        KeySchema=[{"AttributeName": attribute, "KeyType": kind} for kind, attribute in keys],
        BillingMode=inputs["billingMode"],
        DeletionProtectionEnabled=inputs.get("deletionProtectionEnabled", False),
    )["TableDescription"]
    if "ttl" in inputs:
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=request(inputs["ttl"]))
    return name, {"name": name, "arn": description["TableArn"]}


RESOURCE_TYPES = {
    "aws:dynamodb/table:Table": ResourceType(
        create=_create_table,
        inputs=frozenset(
            {"name", "attributes", "billingMode", "deletionProtectionEnabled", "hashKey", "rangeKey", "ttl"}
        ),
        without_effect={
            "pointInTimeRecovery": "the table lives in memory only, as long as the emulator runs",
            "serverSideEncryption": "the table lives in memory only, as long as the emulator runs",
        },
    ),
}
