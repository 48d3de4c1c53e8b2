"""The table of records, laid out tenant by tenant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.table_encryption import table_encryption
from infra.tags import tags

if TYPE_CHECKING:
    from infra.customer_key import CustomerKey

PARTITION_KEY = "tenant_id"
SORT_KEY = "log_id"
EXPIRY_ATTRIBUTE = "expires_at"


@dataclass(frozen=True, kw_only=True)
class TenantTableArgs:
    """How long records are kept, and how the table is protected."""

    record_retention_days: int = 0
    """Days after which a record expires, by its attribute `expires_at`; 0 keeps every record for ever."""
    point_in_time_recovery: bool = True
    """Whether any second of the last 35 days can be restored."""
    deletion_protection: bool = True
    """Whether Pulumi and AWS refuse to delete the table."""
    key: CustomerKey | None = None
    """What items are encrypted with; by default, a key that DynamoDB owns."""


class TenantTable(pulumi.ComponentResource):
    """An encrypted, on-demand table whose partition key is the tenant, so that IAM can tell tenants apart.

    Example:
        A table whose rows go after a month, in a stack that may be destroyed with all its data::

            import pulumi

            from infra.tenant_table import TenantTable, TenantTableArgs

            args = TenantTableArgs(record_retention_days=30, deletion_protection=False)
            table = TenantTable("orders", args)

            pulumi.export("table_name", table.name)
            pulumi.export("table_arn", table.arn)
    """

    _TYPE = "robust-data-processor:infra:TenantTable"

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: TenantTableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self._TYPE, name, None, opts)
        table = aws.dynamodb.Table(
            name,
            attributes=[aws.dynamodb.TableAttributeArgs(name=key, type="S") for key in (PARTITION_KEY, SORT_KEY)],
            hash_key=PARTITION_KEY,
            range_key=SORT_KEY,
            billing_mode="PAY_PER_REQUEST",
            deletion_protection_enabled=args.deletion_protection,
            point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(
                enabled=args.point_in_time_recovery,
            ),
            server_side_encryption=table_encryption(args.key),
            tags=tags(name),
            ttl=_expiry(args.record_retention_days),
            opts=pulumi.ResourceOptions(parent=self, protect=args.deletion_protection or None),
        )

        self.name, self.arn = table.name, table.arn
        self.register_outputs({"name": self.name, "arn": self.arn})


def _expiry(record_retention_days: int) -> aws.dynamodb.TableTtlArgs | None:
    if record_retention_days == 0:
        return None
    return aws.dynamodb.TableTtlArgs(attribute_name=EXPIRY_ATTRIBUTE, enabled=True)
