"""The front door as a Function URL: nothing between client and function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.alarm import Metric

if TYPE_CHECKING:
    from infra.function import PythonFunction

PUBLIC = "NONE"


@dataclass(frozen=True, kw_only=True)
class FunctionUrlIngressArgs:
    """Which function answers."""

    function: PythonFunction
    """The function that answers every request, in payload format 2.0."""


class FunctionUrlIngress(pulumi.ComponentResource):
    """A public Function URL: no gateway to pay for, and none that throttles."""

    url: pulumi.Output[str]
    domain: None = None
    """A Function URL has no name of its own."""
    server_errors: Metric
    requests: Metric

    def __init__(
        self,
        name: str,
        args: FunctionUrlIngressArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("robust-data-processor:infra:FunctionUrlIngress", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        function_url = aws.lambda_.FunctionUrl(
            name,
            function_name=args.function.name,
            authorization_type=PUBLIC,
            opts=child,
        )
        # AWS asks for both since October 2025: without the second one every call is 403 (AWS Lambda, "Control access
        # to Lambda function URLs"). Its condition allows no other way to the function than its URL.
        aws.lambda_.Permission(
            f"{name}-call-url",
            action="lambda:InvokeFunctionUrl",
            function=args.function.name,
            principal="*",
            function_url_auth_type=PUBLIC,
            opts=child,
        )
        aws.lambda_.Permission(
            f"{name}-invoke-via-url",
            action="lambda:InvokeFunction",
            function=args.function.name,
            principal="*",
            invoked_via_function_url=True,
            opts=child,
        )

        self.url = function_url.function_url.apply(lambda url: url.rstrip("/"))
        of_function = {"FunctionName": args.function.name}
        self.server_errors = Metric(namespace="AWS/Lambda", name="Url5xxCount", dimensions=of_function)
        self.requests = Metric(namespace="AWS/Lambda", name="UrlRequestCount", dimensions=of_function)
        self.register_outputs({"url": self.url})
