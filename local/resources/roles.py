"""IAM roles with their policies, which the emulator enforces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.resources.resource_type import Created, Inputs, ResourceType

if TYPE_CHECKING:
    from local.cloud import Cloud


def _create_role(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    name = inputs.get("name", name)
    longest = inputs.get("maxSessionDuration")
    options = {} if longest is None else {"MaxSessionDuration": longest}
    role = cloud.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
        Description=inputs.get("description", ""),
        **options,
    )["Role"]
    return name, {"name": name, "arn": role["Arn"], "uniqueId": role["RoleId"]}


def _put_policy(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    name = inputs.get("name", name)
    cloud.client("iam").put_role_policy(RoleName=inputs["role"], PolicyName=name, PolicyDocument=inputs["policy"])
    return f"{inputs['role']}:{name}", {"name": name}


RESOURCE_TYPES = {
    "aws:iam/role:Role": ResourceType(
        create=_create_role,
        inputs=frozenset({"name", "assumeRolePolicy", "description", "maxSessionDuration"}),
    ),
    "aws:iam/rolePolicy:RolePolicy": ResourceType(
        create=_put_policy,
        inputs=frozenset({"name", "policy", "role"}),
    ),
}
