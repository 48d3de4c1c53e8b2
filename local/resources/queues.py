"""SQS queues with their policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.resources.resource_type import Created, Inputs, ResourceType

if TYPE_CHECKING:
    from local.cloud import Cloud

_ATTRIBUTES = {
    "delaySeconds": "DelaySeconds",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redrivePolicy": "RedrivePolicy",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}


def _create_queue(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    name = inputs.get("name", name)
    attributes = {_ATTRIBUTES[key]: str(value) for key, value in inputs.items() if key in _ATTRIBUTES}
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, {"url": url, "arn": arn, "name": name}


def _set_policy(cloud: Cloud, _name: str, inputs: Inputs) -> Created:
    url = inputs["queueUrl"]
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": inputs["policy"]})
    return url, {}


def _set_redrive_allow_policy(cloud: Cloud, _name: str, inputs: Inputs) -> Created:
    url = inputs["queueUrl"]
    attributes = {"RedriveAllowPolicy": inputs["redriveAllowPolicy"]}
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=attributes)
    return url, {}


RESOURCE_TYPES = {
    "aws:sqs/queue:Queue": ResourceType(
        create=_create_queue,
        inputs=frozenset({"name", *_ATTRIBUTES}),
        without_effect={"sqsManagedSseEnabled": "messages live in memory only, as long as the emulator runs"},
    ),
    "aws:sqs/queuePolicy:QueuePolicy": ResourceType(
        create=_set_policy,
        inputs=frozenset({"queueUrl", "policy"}),
    ),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": ResourceType(
        create=_set_redrive_allow_policy,
        inputs=frozenset({"queueUrl", "redriveAllowPolicy"}),
    ),
}
