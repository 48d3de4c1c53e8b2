"""The keys that fingerprints of logs are made with; they never leave KMS."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.permission import Permission
from infra.tags import tags

# The longest that KMS offers ("ScheduleKeyDeletion"): without its key, a repeated log cannot be recognised.
DELETION_WINDOW_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class FingerprintKeysArgs:
    """How many keys there are, and whether they are protected."""

    generation: int
    """How many keys there are, from 1; the newest makes new fingerprints, the others still check older ones."""
    deletion_protection: bool
    """Whether Pulumi refuses to delete a key."""


class FingerprintKeys(pulumi.ComponentResource):
    """HMAC keys in KMS, of which the newest makes the fingerprints of new records."""

    arns: tuple[pulumi.Output[str], ...]
    """The newest key first."""

    def __init__(self, name: str, args: FingerprintKeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("robust-data-processor:infra:FingerprintKeys", name, None, opts)
        keys = [
            aws.kms.Key(
                name if number == 1 else f"{name}-{number}",
                description=f"Fingerprints of stored logs, key {number}",
                key_usage="GENERATE_VERIFY_MAC",
                customer_master_key_spec="HMAC_256",
                deletion_window_in_days=DELETION_WINDOW_DAYS,
                tags=tags(name),
                opts=pulumi.ResourceOptions(parent=self, protect=args.deletion_protection),
            )
            for number in range(1, args.generation + 1)
        ]

        self.arns = tuple(key.arn for key in reversed(keys))
        self.register_outputs({"arns": list(self.arns)})

    def allow_derive(self) -> tuple[Permission, ...]:
        """Return the permissions to derive a secret from each of the keys."""
        return tuple(Permission(actions=("kms:GenerateMac",), resource=arn) for arn in self.arns)
