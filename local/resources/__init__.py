"""What the embedded cloud can create: for each Pulumi resource type, how it comes into being through AWS's API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local.failure import Failure
from local.resources import alarms, functions, gateway, keys, logs, queues, roles, tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.cloud import Cloud
    from local.resources.resource_type import Created, ResourceType

RESOURCE_TYPES: Mapping[str, ResourceType] = {
    **queues.RESOURCE_TYPES,
    **tables.RESOURCE_TYPES,
    **functions.RESOURCE_TYPES,
    **gateway.RESOURCE_TYPES,
    **keys.RESOURCE_TYPES,
    **roles.RESOURCE_TYPES,
    **logs.RESOURCE_TYPES,
    **alarms.RESOURCE_TYPES,
}

_WITHOUT_EFFECT: Mapping[str, str] = {"tags": "nobody bills or searches what lives in memory only"}
"""What every type takes without changing anything here, and why that is so."""


def create(cloud: Cloud, *, type_token: str, name: str, inputs: Mapping[str, Any]) -> Created:
    """Create one resource and return its id and its outputs.

    Args:
        cloud: where.
        type_token: Pulumi's name of the type, as `aws:sqs/queue:Queue`.
        name: the logical name, which is the physical one too where the program gives none.
        inputs: what the program registered, in camel case.

    Raises:
        Failure: the type or an input is unknown here, or AWS's API refused.
    """
    resource_type = RESOURCE_TYPES.get(type_token)
    if resource_type is None:
        raise Failure(f"{name} is a {type_token}, which the embedded cloud cannot create; add it to local/resources")
    given = {key: _whole(value) for key, value in inputs.items() if value is not None}
    unknown = given.keys() - resource_type.inputs - resource_type.without_effect.keys() - _WITHOUT_EFFECT.keys()
    if unknown:
        raise Failure(
            f"{type_token} {name} sets {', '.join(sorted(unknown))}, which the embedded cloud does not translate; "
            f"add it to local/resources"
        )
    effective = {key: value for key, value in given.items() if key not in _WITHOUT_EFFECT}
    try:
        identifier, outputs = resource_type.create(cloud, name, effective)
    except (ClientError, BotoCoreError) as error:
        raise Failure(f"{type_token} {name} cannot be created: {error}") from error
    return identifier, given | outputs


def _whole(value: Any) -> Any:
    """Return the value with 30.0 as 30: Pulumi's wire format knows only floating-point numbers."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    return value
