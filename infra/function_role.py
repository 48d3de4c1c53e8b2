"""The role of a function, made before the function, so that others can name it."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.permission import trust_policy
from infra.tags import tags


class FunctionRole(pulumi.ComponentResource):
    """A role that only Lambda may assume and that has no permissions yet."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("robust-data-processor:infra:FunctionRole", name, None, opts)
        role = aws.iam.Role(
            name,
            assume_role_policy=trust_policy(service="lambda.amazonaws.com"),
            tags=tags(name),
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.name, self.arn = role.name, role.arn
        self.register_outputs({"name": self.name, "arn": self.arn})
