"""The tables of API keys: which tenant each hash belongs to, and separately when each key was last used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.permission import Permission
from infra.table_encryption import allow_key_of_table, table_encryption
from infra.tags import tags

if TYPE_CHECKING:
    from infra.customer_key import CustomerKey

KEY = "key_hash"


@dataclass(frozen=True, kw_only=True)
class KeyTableArgs:
    """How the tables are protected."""

    point_in_time_recovery: bool
    """Whether any second of the last 35 days can be restored."""
    deletion_protection: bool
    """Whether Pulumi and AWS refuse to delete the table."""
    key: CustomerKey | None = None
    """What items are encrypted with; by default, a key that DynamoDB owns."""


class KeyTable(pulumi.ComponentResource):
    """Two encrypted on-demand tables that hold no key, only hashes of keys.

    The day of a key's last use is in a table of its own, so that the function that writes it cannot change a grant.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    usage_name: pulumi.Output[str]
    usage_arn: pulumi.Output[str]

    def __init__(self, name: str, args: KeyTableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("robust-data-processor:infra:KeyTable", name, None, opts)
        self._name, self._args = name, args
        table, usage = self._table(name), self._table(f"{name}-usage")

        self.name, self.arn = table.name, table.arn
        self.usage_name, self.usage_arn = usage.name, usage.arn
        self.register_outputs({"name": self.name, "arn": self.arn, "usage_name": self.usage_name})

    def _table(self, name: str) -> aws.dynamodb.Table:
        args = self._args
        return aws.dynamodb.Table(
            name,
            attributes=[aws.dynamodb.TableAttributeArgs(name=KEY, type="S")],
            hash_key=KEY,
            billing_mode="PAY_PER_REQUEST",
            deletion_protection_enabled=args.deletion_protection,
            point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(
                enabled=args.point_in_time_recovery,
            ),
            server_side_encryption=table_encryption(args.key),
            tags=tags(self._name),
            opts=pulumi.ResourceOptions(parent=self, protect=args.deletion_protection or None),
        )

    def allow_look_up(self) -> Permission:
        """Return the permission to read single keys by their hash."""
        return self._allow("dynamodb:GetItem", self.arn)

    def allow_record_use(self) -> Permission:
        """Return the permission to write the day on which a key was used."""
        return self._allow("dynamodb:PutItem", self.usage_arn)

    def _allow(self, action: str, table_arn: pulumi.Output[str]) -> Permission:
        also = allow_key_of_table(self._args.key, table_arn)
        return Permission(actions=(action,), resource=table_arn, also=also)
