"""The front door as an HTTP API: throttled, with access logs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.alarms import Metric

if TYPE_CHECKING:
    from infra.function import PythonFunction

STAGE = "$default"
ROUTES = {
    "ingest": ("POST /ingest", "POST/ingest"),
    "health": ("GET /health", "GET/health"),
    # Everything else, so that the function can refuse it in the form of its contract.
    "default": ("$default", "$default"),
}
"""Route by name: the route key, and the same as the end of an execute-api ARN."""

# No bodies and no headers. The address stays: it alone tells on-call whom the gateway throttles.
ACCESS_LOG_FORMAT = json.dumps(
    {
        "requestId": "$context.requestId",
        "time": "$context.requestTime",
        "sourceIp": "$context.identity.sourceIp",
        "routeKey": "$context.routeKey",
        "status": "$context.status",
        "requestBytes": "$context.dataProcessed",
        "responseBytes": "$context.responseLength",
        "integrationMilliseconds": "$context.integrationLatency",
        "integrationError": "$context.integrationErrorMessage",
    },
)


@dataclass(frozen=True, kw_only=True)
class HttpIngressArgs:
    """Which function answers, and how much the gateway lets through."""

    function: PythonFunction
    """The function that answers every route, in payload format 2.0."""
    throttle_rate_per_second: int
    """Requests per second that pass in the long run; the gateway answers more with 429."""
    throttle_burst: int
    """Requests that may pass at once."""
    log_retention_days: int
    """How many days CloudWatch keeps the access logs."""


class HttpIngress(pulumi.ComponentResource):
    """An HTTP API that hands every request to one function, and may invoke nothing else."""

    url: pulumi.Output[str]
    server_errors: Metric

    def __init__(self, name: str, args: HttpIngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("robust-data-processor:infra:HttpIngress", name, None, opts)
        api = aws.apigatewayv2.Api(name, protocol_type="HTTP", opts=pulumi.ResourceOptions(parent=self))
        self._route(name, api=api, function=args.function)
        stage = self._stage(name, api=api, args=args)

        self.url = stage.invoke_url.apply(lambda url: url.rstrip("/"))
        self.server_errors = Metric(namespace="AWS/ApiGateway", name="5xx", dimensions={"ApiId": api.id})
        self.register_outputs({"url": self.url})

    def _route(self, name: str, *, api: aws.apigatewayv2.Api, function: PythonFunction) -> None:
        child = pulumi.ResourceOptions(parent=self)
        integration = aws.apigatewayv2.Integration(
            name,
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_uri=function.arn,
            payload_format_version="2.0",
            opts=child,
        )
        for route, (route_key, arn_suffix) in ROUTES.items():
            aws.apigatewayv2.Route(
                f"{name}-{route}",
                api_id=api.id,
                route_key=route_key,
                target=pulumi.Output.concat("integrations/", integration.id),
                opts=child,
            )
            aws.lambda_.Permission(
                f"{name}-{route}",
                action="lambda:InvokeFunction",
                function=function.name,
                principal="apigateway.amazonaws.com",
                source_arn=pulumi.Output.concat(api.execution_arn, "/", STAGE, "/", arn_suffix),
                opts=child,
            )

    def _stage(self, name: str, *, api: aws.apigatewayv2.Api, args: HttpIngressArgs) -> aws.apigatewayv2.Stage:
        child = pulumi.ResourceOptions(parent=self)
        access_logs = aws.cloudwatch.LogGroup(
            f"{name}-access",
            retention_in_days=args.log_retention_days,
            opts=child,
        )
        return aws.apigatewayv2.Stage(
            name,
            api_id=api.id,
            name=STAGE,
            auto_deploy=True,
            default_route_settings=aws.apigatewayv2.StageDefaultRouteSettingsArgs(
                throttling_rate_limit=args.throttle_rate_per_second,
                throttling_burst_limit=args.throttle_burst,
            ),
            access_log_settings=aws.apigatewayv2.StageAccessLogSettingsArgs(
                destination_arn=access_logs.arn,
                format=ACCESS_LOG_FORMAT,
            ),
            opts=child,
        )
