"""How tables are encrypted, and what their users need for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi_aws as aws

if TYPE_CHECKING:
    import pulumi

    from infra.customer_key import CustomerKey
    from infra.permission import Permission


def table_encryption(key: CustomerKey | None) -> aws.dynamodb.TableServerSideEncryptionArgs:
    """Return the encryption with a customer's key, or with the key that DynamoDB owns.

    `enabled` means "with a key in KMS": without an ARN that is the key which AWS manages, billed by the call and with
    a quota. It is set to false, not left out, so that a table that was made with that key changes too.
    """
    return aws.dynamodb.TableServerSideEncryptionArgs(enabled=key is not None, kms_key_arn=key.arn if key else None)


def allow_key_of_table(key: CustomerKey | None, table_arn: pulumi.Output[str]) -> tuple[Permission, ...]:
    """Return what a role needs to read or write items of a table.

    Source: Amazon DynamoDB Developer Guide, "DynamoDB encryption at rest: How it works". DynamoDB decrypts the table's
    key on behalf of each principal that reads or writes.
    """
    return () if key is None else (key.allow(("kms:Decrypt",), through="dynamodb", resource_arn=table_arn),)
