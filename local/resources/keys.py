"""Keys in KMS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.resources.resource_type import Created, Inputs, ResourceType

if TYPE_CHECKING:
    from local.cloud import Cloud


def _create_key(cloud: Cloud, _name: str, inputs: Inputs) -> Created:
    key = cloud.client("kms").create_key(
        Description=inputs["description"], KeyUsage=inputs["keyUsage"], KeySpec=inputs["customerMasterKeySpec"]
    )["KeyMetadata"]
    return key["KeyId"], {"keyId": key["KeyId"], "arn": key["Arn"]}


RESOURCE_TYPES = {
    "aws:kms/key:Key": ResourceType(
        create=_create_key,
        inputs=frozenset({"description", "keyUsage", "customerMasterKeySpec"}),
        without_effect={"deletionWindowInDays": "the key lives in memory only, as long as the emulator runs"},
    ),
}
