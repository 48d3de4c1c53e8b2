"""A customer's own KMS key, in place of the free keys that AWS owns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.permission import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi


@dataclass(frozen=True, kw_only=True)
class CustomerKey:
    """A symmetric KMS key whose policy lets this account's roles and CloudWatch Logs use it."""

    arn: pulumi.Input[str]
    """The ARN of the key, not of an alias: a permission on an alias allows nothing."""

    def allow(self, actions: Sequence[str], *, through: str, resource_arn: pulumi.Output[str]) -> Permission:
        """Return the permission to have a service use the key.

        Args:
            actions: what the service does with the key on the caller's behalf.
            through: the service, such as `sqs`; a direct call to KMS stays forbidden.
            resource_arn: the encrypted resource, whose region is that of the service.
        """
        service = resource_arn.apply(lambda arn: f"{through}.{arn.split(':')[3]}.amazonaws.com")
        condition = {"StringEquals": {"kms:ViaService": service}}
        return Permission(actions=tuple(actions), resource=self.arn, condition=condition)
