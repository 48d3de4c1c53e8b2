"""Access to the rows of one tenant at a time: IAM decides which one by the session's tag, not our code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.permission import POLICY_VERSION, Permission, policy_allowing
from infra.table_encryption import allow_key_of_table
from infra.tags import tags

if TYPE_CHECKING:
    from infra.customer_key import CustomerKey
    from infra.has_arn import HasArn

TENANT_TAG = "tenant_id"

# "Amazon DynamoDB: using IAM policy conditions for fine-grained access control". ForAllValues is true if the
# key is absent, as in a Scan; the Null condition refuses that.
OWN_ROWS_ONLY = {
    "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [f"${{aws:PrincipalTag/{TENANT_TAG}}}"]},
    "Null": {"dynamodb:LeadingKeys": "false"},
}
# "Passing session tags in AWS STS". A session must have this tag and no other.
EXACTLY_ONE_TENANT = {
    "StringLike": {f"aws:RequestTag/{TENANT_TAG}": "?*"},
    "ForAllValues:StringEquals": {"aws:TagKeys": [TENANT_TAG]},
}


@dataclass(frozen=True, kw_only=True)
class TenantAccessArgs:
    """Who may act for a tenant, and how."""

    table: HasArn
    """The table whose partition key is the tenant."""
    actions: tuple[str, ...]
    """DynamoDB actions that name a partition key, each written out, such as `dynamodb:GetItem`."""
    assumed_by: HasArn
    """The one role that may act for a tenant."""
    key: CustomerKey | None = None
    """What the table is encrypted with, if that is not a key that DynamoDB owns."""


class TenantAccess(pulumi.ComponentResource):
    """A role for one tenant's rows, which one function assumes, always with the tenant's tag.

    Example:
        Whoever calls the function, it reads rows of the one tenant whose tag it names when it assumes the role::

            from infra.function_role import FunctionRole
            from infra.tenant_access import TenantAccess, TenantAccessArgs
            from infra.tenant_table import TenantTable, TenantTableArgs

            table = TenantTable("orders", TenantTableArgs())
            role = FunctionRole("shop")
            rows = TenantAccess(
                "orders-reader", TenantAccessArgs(table=table, actions=("dynamodb:GetItem",), assumed_by=role)
            )
            shop_needs = rows.allow_act_for_tenant()
    """

    _TYPE = "robust-data-processor:infra:TenantAccess"

    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: TenantAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self._TYPE, name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(name, assume_role_policy=_trust(args.assumed_by.arn), tags=tags(name), opts=child)
        also = allow_key_of_table(args.key, args.table.arn)
        rows = Permission(actions=args.actions, resource=args.table.arn, condition=OWN_ROWS_ONLY, also=also)
        aws.iam.RolePolicy(name, role=role.name, policy=policy_allowing([rows]), opts=child)

        self.role_arn = role.arn
        self.register_outputs({"role_arn": self.role_arn})

    def allow_act_for_tenant(self) -> Permission:
        """Return the permission to assume the role, tagged with a tenant."""
        return Permission(actions=("sts:AssumeRole", "sts:TagSession"), resource=self.role_arn)


def _trust(role_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    statement = {
        "Effect": "Allow",
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Principal": {"AWS": role_arn},
        "Condition": EXACTLY_ONE_TENANT,
    }
    return pulumi.Output.json_dumps({"Version": POLICY_VERSION, "Statement": [statement]})
