"""Tables of tenants and access to them, as programs in every language of Pulumi see them."""

# Pulumi's analyser needs annotations that are types, so none is postponed here.
from typing import NotRequired, TypedDict

import pulumi

from infra import tenant_access, tenant_table
from package.arguments import customer_key, known_as_before, resource, whole


class TenantTableArgs(TypedDict):
    """How long records are kept, and how the table is protected."""

    record_retention_days: NotRequired[int]
    """Days after which a record expires, by its attribute `expires_at`; 0 keeps every record for ever. Default: 0."""
    point_in_time_recovery: NotRequired[bool]
    """Whether any second of the last 35 days can be restored. Default: true."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi and AWS refuse to delete the table. Default: true."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that items are encrypted with; by default, a key that DynamoDB owns."""


class TenantTable(tenant_table.TenantTable):
    """An encrypted, on-demand table whose partition key is the tenant, so that IAM can tell tenants apart."""

    _TYPE = "robust-data-processor:index:TenantTable"

    name: pulumi.Output[str]
    """Name of the table."""
    arn: pulumi.Output[str]
    """ARN of the table."""

    def __init__(self, name: str, args: TenantTableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        table = tenant_table.TenantTableArgs(**customer_key(whole(args)))
        super().__init__(name, table, known_as_before("TenantTable", opts))


class TenantAccessArgs(TypedDict):
    """Who may act for a tenant, and how."""

    table_arn: pulumi.Input[str]
    """ARN of the table whose partition key is the tenant."""
    actions: list[str]
    """DynamoDB actions that name a partition key, each written out, such as `dynamodb:GetItem`."""
    assumed_by_arn: pulumi.Input[str]
    """ARN of the one role that may act for a tenant, such as `roleArn` of a `PythonFunction`."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that the table is encrypted with, if that is not a key that DynamoDB owns."""


class TenantAccess(tenant_access.TenantAccess):
    """A role for one tenant's rows, which one role assumes, always with the session tag `tenant_id`.

    Whoever assumes it also needs the permission `sts:AssumeRole` and `sts:TagSession` on it.
    """

    _TYPE = "robust-data-processor:index:TenantAccess"

    role_arn: pulumi.Output[str]
    """ARN of the role to assume."""

    def __init__(self, name: str, args: TenantAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        given = resource(customer_key(whole(args)), "table", "assumed_by")
        access = tenant_access.TenantAccessArgs(**{**given, "actions": tuple(given["actions"])})
        super().__init__(name, access, known_as_before("TenantAccess", opts))
