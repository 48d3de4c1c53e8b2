"""What components need to know of resources that others declare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pulumi


class HasArn(Protocol):
    """A component of this package or a resource of `pulumi_aws`: whatever has an ARN."""

    @property
    def arn(self) -> pulumi.Output[str]:
        """The resource's ARN."""
