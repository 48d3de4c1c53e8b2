"""A Lambda function that holds exactly the permissions it is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.function_role import FunctionRole
from infra.permission import Permission, policy_allowing
from infra.tags import tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.customer_key import CustomerKey

RUNTIME = "python3.13"


@dataclass(frozen=True, kw_only=True)
class PythonFunctionArgs:
    """What runs, with what, and what it may do."""

    handler: str
    """The entry function, as `package.module.function` in the code."""
    code: pulumi.Archive
    """The package that holds the handler and everything it imports, for Python 3.13."""
    architecture: str = "arm64"
    """`arm64` or `x86_64`; the package has to be built for it."""
    memory_mb: int = 512
    """Memory in MB; CPU grows with it."""
    timeout_seconds: int = 30
    """Lambda ends an invocation after this time."""
    log_retention_days: int = 30
    """How many days CloudWatch keeps the function's logs."""
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """The environment variables, by name."""
    permissions: tuple[Permission, ...] = ()
    """All that the function may do beyond writing its own logs and traces."""
    tracing: bool = False
    """Whether invocations are traced in X-Ray."""
    key: CustomerKey | None = None
    """What the logs are encrypted with; by default, a key that CloudWatch owns."""
    after: tuple[PythonFunction, ...] = ()
    """The functions that are updated before this one."""
    role: FunctionRole | None = None
    """The function's role, if something has to refer to it before the function exists; by default it gets a new one."""


class PythonFunction(pulumi.ComponentResource):
    """A function with a role and a log group of its own, logging in JSON.

    Example:
        A function that may do one thing beyond writing its log: read a bucket's objects::

            import pulumi

            from infra.function import PythonFunction, PythonFunctionArgs
            from infra.permission import Permission

            read = Permission(actions=("s3:GetObject",), resource="arn:aws:s3:::orders/*")
            code = pulumi.FileArchive("shop.zip")
            shop = PythonFunction("shop", PythonFunctionArgs(handler="shop.handler", code=code, permissions=(read,)))

            pulumi.export("function_arn", shop.arn)
    """

    _TYPE = "robust-data-processor:infra:PythonFunction"

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: PythonFunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self._TYPE, name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        log_group = aws.cloudwatch.LogGroup(
            name,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key.arn if args.key else None,
            tags=tags(name),
            opts=child,
        )
        role = args.role or FunctionRole(name, child)
        permissions = (*args.permissions, _allow_logging(log_group), *([_allow_tracing()] if args.tracing else []))
        role_policy = aws.iam.RolePolicy(
            name,
            role=role.name,
            policy=policy_allowing(permissions),
            opts=child,
        )
        function = aws.lambda_.Function(
            name,
            handler=args.handler,
            code=args.code,
            runtime=RUNTIME,
            architectures=[args.architecture],
            role=role.arn,
            memory_size=args.memory_mb,
            timeout=args.timeout_seconds,
            environment=aws.lambda_.FunctionEnvironmentArgs(variables=args.environment),
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(
                log_format="JSON", application_log_level="INFO", log_group=log_group.name
            ),
            tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="Active" if args.tracing else "PassThrough"),
            tags=tags(name),
            # A function that started earlier could neither do its work nor log an error.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role_policy, log_group, *args.after]),
        )

        self.role_arn, self.log_group_name = role.arn, log_group.name
        self.name, self.arn, self.invoke_arn = function.name, function.arn, function.invoke_arn
        self.register_outputs({"name": self.name, "arn": self.arn})


def _allow_logging(log_group: aws.cloudwatch.LogGroup) -> Permission:
    # Pulumi makes the group, with a retention. A function that could create it would bring it back after `destroy`.
    return Permission(
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        resource=pulumi.Output.concat(log_group.arn, ":*"),
    )


def _allow_tracing() -> Permission:
    return Permission(
        actions=("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
        resource="*",
        reason="X-Ray has no resources for these actions (Service Authorization Reference, AWS X-Ray)",
    )
