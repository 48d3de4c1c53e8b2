"""The front door as an HTTP API: throttled, with access logs, and with an authorizer where one is asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.alarm import Metric
from infra.authorizer import AUTHORIZATION, Authorizer, AuthorizerArgs
from infra.custom_domain import CustomDomain, CustomDomainArgs
from infra.tags import tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.customer_key import CustomerKey
    from infra.function import PythonFunction

STAGE = "$default"

# What a web page may send and read; `*` would leave out Authorization.
_CORS_METHODS = ("GET", "POST")
_CORS_HEADERS = (
    "authorization",
    "content-encoding",
    "content-type",
    "idempotency-key",
    "prefer",
    "x-log-id",
    "x-tenant-id",
)
_CORS_READABLE = ("retry-after",)
_CORS_SECONDS = 3600

# No bodies and no headers. The address is logged because nothing else shows on-call whom the gateway throttles.
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
        "authorizerError": "$context.authorizer.error",
    },
)


@dataclass(frozen=True, kw_only=True)
class RouteArgs:
    """What answers a route."""

    key: str
    """Method and path, such as `POST /ingest`; or `$default`, for everything else."""
    function: PythonFunction
    """The function that answers, in payload format 2.0."""
    needs_credential: bool = False
    """Whether the authorizer is asked first, where there is one."""
    credential_header: str = AUTHORIZATION
    """The header that carries the credential."""


@dataclass(frozen=True, kw_only=True)
class DomainArgs:
    """A name of one's own."""

    name: str
    """Such as `logs.example.com`."""
    certificate_arn: pulumi.Input[str]
    """The certificate of that name in AWS Certificate Manager, in the API's region."""


@dataclass(frozen=True, kw_only=True)
class HttpIngressArgs:
    """What answers, who is let in, and how many requests."""

    routes: Mapping[str, RouteArgs]
    """The routes by a name for each."""
    authorizer: AuthorizerArgs | None = None
    """How tenants prove who they are; by default, they do not."""
    domain: DomainArgs | None = None
    """A name of its own; by default, it has the name that AWS gives it."""
    cors_origins: tuple[str, ...] = ()
    """The origins whose web pages may send requests, such as `https://app.example.com`."""
    throttle_rate_per_second: int
    """Requests per second that pass in the long run; the gateway answers 429 to the rest."""
    throttle_burst: int
    """Requests that may pass at once."""
    log_retention_days: int
    """How many days CloudWatch keeps the access logs."""
    key: CustomerKey | None = None
    """What the access logs are encrypted with; by default, a key that CloudWatch owns."""


class HttpIngress(pulumi.ComponentResource):
    """An HTTP API that hands each route to one function, and may invoke nothing else."""

    url: pulumi.Output[str]
    domain: CustomDomain | None
    """The name of its own, if it has one."""
    server_errors: Metric
    requests: Metric

    def __init__(self, name: str, args: HttpIngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("robust-data-processor:infra:HttpIngress", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name = name
        self._api = aws.apigatewayv2.Api(
            name, protocol_type="HTTP", cors_configuration=_cors(args.cors_origins), tags=tags(name), opts=child
        )
        self._authorizer_args = args.authorizer
        self._authorizers: dict[str, Authorizer] = {}
        self._integrations: dict[PythonFunction, aws.apigatewayv2.Integration] = {}
        for route, route_args in args.routes.items():
            self._route(route, route_args)
        stage = self._stage(args)

        self.domain = self._domain(args.domain, stage) if args.domain else None
        self.url = self.domain.url if self.domain else stage.invoke_url.apply(lambda url: url.rstrip("/"))
        self.server_errors = Metric(namespace="AWS/ApiGateway", name="5xx", dimensions={"ApiId": self._api.id})
        self.requests = Metric(namespace="AWS/ApiGateway", name="Count", dimensions={"ApiId": self._api.id})
        self.register_outputs({"url": self.url})

    def _route(self, route: str, args: RouteArgs) -> None:
        child = pulumi.ResourceOptions(parent=self)
        authorizer = self._authorizer_of(args, route) if args.needs_credential else None
        aws.apigatewayv2.Route(
            f"{self._name}-{route}",
            api_id=self._api.id,
            route_key=args.key,
            target=pulumi.Output.concat("integrations/", self._integration_of(args.function, route).id),
            authorization_type=authorizer.type if authorizer else "NONE",
            authorizer_id=authorizer.id if authorizer else None,
            opts=child,
        )
        aws.lambda_.Permission(
            f"{self._name}-{route}",
            action="lambda:InvokeFunction",
            function=args.function.name,
            principal="apigateway.amazonaws.com",
            # At the end of an execute-api ARN, `POST /ingest` is written `POST/ingest`.
            source_arn=pulumi.Output.concat(self._api.execution_arn, "/", STAGE, "/", args.key.replace(" ", "")),
            opts=child,
        )

    def _authorizer_of(self, args: RouteArgs, first_route: str) -> Authorizer | None:
        """Return the authorizer that reads the route's header; one reads one header only, and caches by its value."""
        header = args.credential_header
        if self._authorizer_args is not None and header not in self._authorizers:
            name = self._name if header == AUTHORIZATION else f"{self._name}-{first_route}"
            of_header = replace(self._authorizer_args, header=header)
            self._authorizers[header] = Authorizer(name, self._api, of_header, pulumi.ResourceOptions(parent=self))
        return self._authorizers.get(header)

    def _integration_of(self, function: PythonFunction, first_route: str) -> aws.apigatewayv2.Integration:
        if function not in self._integrations:
            self._integrations[function] = aws.apigatewayv2.Integration(
                f"{self._name}-{first_route}",
                api_id=self._api.id,
                integration_type="AWS_PROXY",
                integration_uri=function.arn,
                payload_format_version="2.0",
                opts=pulumi.ResourceOptions(parent=self),
            )
        return self._integrations[function]

    def _stage(self, args: HttpIngressArgs) -> aws.apigatewayv2.Stage:
        child = pulumi.ResourceOptions(parent=self)
        access_logs = self._access_logs(args)
        return aws.apigatewayv2.Stage(
            self._name,
            api_id=self._api.id,
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
            tags=tags(self._name),
            opts=child,
        )

    def _domain(self, args: DomainArgs, stage: aws.apigatewayv2.Stage) -> CustomDomain:
        domain = CustomDomainArgs(
            domain_name=args.name, certificate_arn=args.certificate_arn, api_id=self._api.id, stage_id=stage.id
        )
        return CustomDomain(f"{self._name}-domain", domain, pulumi.ResourceOptions(parent=self))

    def _access_logs(self, args: HttpIngressArgs) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            f"{self._name}-access",
            # Amazon API Gateway, "Configure logging for HTTP APIs": each group outside this prefix takes up room in a
            # resource policy of 5,120 characters that all of the region's gateways share.
            name=pulumi.Output.concat("/aws/vendedlogs/", self._api.name),
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key.arn if args.key else None,
            tags=tags(self._name),
            # A stack from before the prefix keeps its group; a new name would replace it.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["name"]),
        )


def _cors(origins: tuple[str, ...]) -> aws.apigatewayv2.ApiCorsConfigurationArgs | None:
    """Return what browsers are told; None says nothing to them, so that no page may send."""
    if not origins:
        return None
    return aws.apigatewayv2.ApiCorsConfigurationArgs(
        allow_origins=list(origins),
        allow_methods=list(_CORS_METHODS),
        allow_headers=list(_CORS_HEADERS),
        expose_headers=list(_CORS_READABLE),
        max_age=_CORS_SECONDS,
    )
