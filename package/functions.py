"""Functions, as programs in every language of Pulumi see them."""

# Pulumi's analyser needs annotations that are types, so none is postponed here.
from typing import NotRequired, TypedDict

import pulumi

from infra import function, permission
from package.arguments import customer_key, known_as_before, whole


class Permission(TypedDict):
    """What a function may do on one resource."""

    actions: list[str]
    """IAM actions, each written out, such as `sqs:SendMessage`."""
    resource: pulumi.Input[str]
    """The ARN that the actions are allowed on."""
    reason: NotRequired[str]
    """Why the resource is `*`; leave it out for any other resource."""


class PythonFunctionArgs(TypedDict):
    """What runs, with what, and what it may do."""

    handler: str
    """The entry function, as `package.module.function` in the code."""
    code: pulumi.Archive
    """The package that holds the handler and everything it imports, for Python 3.13."""
    architecture: NotRequired[str]
    """`arm64` or `x86_64`; the package has to be built for it. Default: arm64."""
    memory_mb: NotRequired[int]
    """Memory in MB; CPU grows with it. Default: 512."""
    timeout_seconds: NotRequired[int]
    """Lambda ends an invocation after this time. Default: 30."""
    log_retention_days: NotRequired[int]
    """How many days CloudWatch keeps the function's logs. Default: 30."""
    environment: NotRequired[dict[str, pulumi.Input[str]]]
    """The environment variables, by name."""
    permissions: NotRequired[list[pulumi.Input[Permission]]]
    """All that the function may do beyond writing its own logs and traces."""
    tracing: NotRequired[bool]
    """Whether invocations are traced in X-Ray. Default: false."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that the logs are encrypted with; by default, a key that CloudWatch owns."""


class PythonFunction(function.PythonFunction):
    """A function with a role and a log group of its own that holds exactly the permissions it is given."""

    _TYPE = "robust-data-processor:index:PythonFunction"

    name: pulumi.Output[str]
    """Name of the function."""
    arn: pulumi.Output[str]
    """ARN of the function."""
    invoke_arn: pulumi.Output[str]
    """ARN by which an API Gateway calls the function."""
    role_arn: pulumi.Output[str]
    """ARN of the function's role."""
    log_group_name: pulumi.Output[str]
    """Name of the function's log group."""

    def __init__(self, name: str, args: PythonFunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        given = customer_key(whole(args))
        allowed = [
            permission.Permission(**{**each, "actions": tuple(each["actions"])})
            for each in given.pop("permissions", [])
        ]
        runs = function.PythonFunctionArgs(**given, permissions=tuple(allowed))
        super().__init__(name, runs, known_as_before("PythonFunction", opts))
