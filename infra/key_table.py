"""The tables of API keys: which tenant each hash stands for, and, apart from that, when each key was last used."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.permission import Permission

KEY = "key_hash"


@dataclass(frozen=True, kw_only=True)
class KeyTableArgs:
    """How carefully the keys are kept."""

    deletion_protection: bool
    """Whether AWS refuses to delete the table, also by `pulumi destroy`."""


class KeyTable(pulumi.ComponentResource):
    """Two encrypted, on-demand tables that hold no key, only hashes of keys.

    The day of a key's last use is in a table of its own: whoever notes it can change no grant.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    usage_name: pulumi.Output[str]
    usage_arn: pulumi.Output[str]

    def __init__(self, name: str, args: KeyTableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("robust-data-processor:infra:KeyTable", name, None, opts)
        table = aws.dynamodb.Table(
            name,
            attributes=[aws.dynamodb.TableAttributeArgs(name=KEY, type="S")],
            hash_key=KEY,
            billing_mode="PAY_PER_REQUEST",
            deletion_protection_enabled=args.deletion_protection,
            point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
            server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(enabled=True),
            opts=pulumi.ResourceOptions(parent=self),
        )
        usage = aws.dynamodb.Table(
            f"{name}-usage",
            attributes=[aws.dynamodb.TableAttributeArgs(name=KEY, type="S")],
            hash_key=KEY,
            billing_mode="PAY_PER_REQUEST",
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.name, self.arn = table.name, table.arn
        self.usage_name, self.usage_arn = usage.name, usage.arn
        self.register_outputs({"name": self.name, "arn": self.arn, "usage_name": self.usage_name})

    def allow_look_up(self) -> Permission:
        """Return the permission to read single keys by their hash."""
        return Permission(actions=("dynamodb:GetItem",), resource=self.arn)

    def allow_record_use(self) -> Permission:
        """Return the permission to note the day on which a key was used."""
        return Permission(actions=("dynamodb:PutItem",), resource=self.usage_arn)
