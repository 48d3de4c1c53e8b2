"""What a role may do, as a value: exact actions on one resource."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POLICY_VERSION = "2012-10-17"


@dataclass(frozen=True, kw_only=True)
class Permission:
    """One Allow statement without wildcard actions; a wildcard resource has to carry its reason."""

    actions: tuple[str, ...]
    """IAM actions, each written out, such as `sqs:SendMessage`."""
    resource: pulumi.Input[str]
    """The ARN that the actions are allowed on."""
    reason: str | None = None
    """Why the resource is `*`; leave it out for any other resource."""
    condition: Mapping[str, object] | None = None
    """When it is allowed, as IAM condition operators and their keys; by default, always."""
    also: tuple[Permission, ...] = ()
    """What the actions need elsewhere, such as the key that the resource is encrypted with."""

    def __post_init__(self) -> None:
        """Refuse statements that allow more than they say."""
        if not self.actions or any("*" in action for action in self.actions):
            raise ValueError(f"a permission names exact actions, got {self.actions!r}; write each one out")
        if self.resource == "*" and not self.reason:
            raise ValueError(
                f"a permission on * carries its reason, got none for {self.actions!r}; add reason=…",
            )
        if self.condition == {}:
            raise ValueError(f"a condition names an operator, got none for {self.actions!r}; add one, or leave it out")

    def statement(self) -> dict[str, object]:
        """Return the permission as an IAM policy statement."""
        statement: dict[str, object] = {"Effect": "Allow", "Action": list(self.actions), "Resource": self.resource}
        return statement if self.condition is None else {**statement, "Condition": self.condition}


def policy_allowing(permissions: Sequence[Permission]) -> pulumi.Output[str]:
    """Return the JSON policy document that allows exactly these permissions and what they need elsewhere."""
    statements = [each.statement() for permission in permissions for each in (permission, *permission.also)]
    return pulumi.Output.json_dumps({"Version": POLICY_VERSION, "Statement": statements})


def trust_policy(*, service: str) -> str:
    """Return the JSON trust policy of a role that only the given AWS service may assume."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return json.dumps({"Version": POLICY_VERSION, "Statement": [statement]})
