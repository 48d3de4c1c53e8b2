"""Both front doors lead to the functions that answer, ask who is there where they should, and serve nobody else."""

import json
from typing import Any

import pulumi
import pytest

from infra.authorizer import AuthorizerArgs, JwtArgs
from infra.function import PythonFunction, PythonFunctionArgs
from infra.http_ingress import DomainArgs, HttpIngress, HttpIngressArgs, RouteArgs
from infra.url_ingress import FunctionUrlIngress, FunctionUrlIngressArgs
from tests.support.pulumi_recorder import Provision, Registered, arn, id_of

INTEGRATION = "aws:apigatewayv2/integration:Integration"
PERMISSION = "aws:lambda/permission:Permission"
ROUTE = "aws:apigatewayv2/route:Route"
JWT = AuthorizerArgs(jwt=JwtArgs(issuer="https://login.example.com/", audiences=("logs",)))


def function(name: str) -> PythonFunction:
    return PythonFunction(
        name,
        PythonFunctionArgs(
            handler=f"handlers.{name}.handler",
            code=pulumi.FileArchive("package.zip"),
            architecture="arm64",
            memory_mb=256,
            timeout_seconds=29,
            log_retention_days=7,
        ),
    )


def http_api_with(provision: Provision, authorizer: AuthorizerArgs | None, **others: Any) -> Registered:
    def program() -> None:
        ingest, query = function("ingest"), function("query")
        routes = {
            "ingest": RouteArgs(key="POST /ingest", function=ingest, needs_credential=True),
            "default": RouteArgs(key="$default", function=ingest),
            "log": RouteArgs(key="GET /logs/{log_id}", function=query, needs_credential=True),
        }
        args = HttpIngressArgs(
            routes=routes,
            authorizer=authorizer,
            throttle_rate_per_second=50,
            throttle_burst=100,
            log_retention_days=7,
            **others,
        )
        pulumi.export("url", HttpIngress("front", args).url)

    return provision(program)


@pytest.fixture
def http_api(provision: Provision) -> Registered:
    return http_api_with(provision, None)


@pytest.fixture
def function_url(provision: Provision) -> Registered:
    def program() -> None:
        ingress = FunctionUrlIngress("front", FunctionUrlIngressArgs(function=function("ingest")))
        pulumi.export("url", ingress.url)

    return provision(program)


def test_every_route_leads_to_its_function_in_payload_format_2(http_api: Registered) -> None:
    targets = {}
    for route in http_api.all(ROUTE):
        [behind] = [
            integration
            for integration in http_api.all(INTEGRATION)
            if route["target"] == f"integrations/{id_of('integration', integration.name)}"
        ]
        assert (behind["integrationType"], behind["payloadFormatVersion"]) == ("AWS_PROXY", "2.0")
        targets[route["routeKey"]] = behind["integrationUri"]

    assert targets == {
        "POST /ingest": arn("lambda", "ingest"),
        "$default": arn("lambda", "ingest"),
        "GET /logs/{log_id}": arn("lambda", "query"),
    }


def test_routes_to_one_function_share_an_integration(http_api: Registered) -> None:
    behind = [integration["integrationUri"] for integration in http_api.all(INTEGRATION)]

    assert sorted(behind) == [arn("lambda", "ingest"), arn("lambda", "query")]


def test_only_this_api_may_invoke_a_function_and_only_on_the_function_s_own_routes(http_api: Registered) -> None:
    permissions = http_api.all(PERMISSION)

    api = arn("execute-api", id_of("api", "front"))
    assert sorted((permission["function"], permission["sourceArn"]) for permission in permissions) == [
        ("ingest", f"{api}/$default/$default"),
        ("ingest", f"{api}/$default/POST/ingest"),
        ("query", f"{api}/$default/GET/logs/{{log_id}}"),
    ]
    assert {permission["principal"] for permission in permissions} == {"apigateway.amazonaws.com"}
    assert {permission["action"] for permission in permissions} == {"lambda:InvokeFunction"}


def test_without_an_authorizer_every_route_is_open(http_api: Registered) -> None:
    routes = http_api.all(ROUTE)

    assert len(routes) == 3
    assert {route["authorizationType"] for route in routes} == {"NONE"}
    assert not any("authorizerId" in route.inputs for route in routes)


def test_with_an_authorizer_only_the_routes_that_need_a_credential_use_it(
    provision: Provision,
) -> None:
    routes = http_api_with(provision, JWT).all(ROUTE)

    asked = id_of("authorizer", "front")
    assert {route["routeKey"]: (route["authorizationType"], route.inputs.get("authorizerId")) for route in routes} == {
        "POST /ingest": ("JWT", asked),
        "GET /logs/{log_id}": ("JWT", asked),
        "$default": ("NONE", None),
    }


def test_the_api_throttles(http_api: Registered) -> None:
    stage = http_api.one("aws:apigatewayv2/stage:Stage", "front")

    assert (stage["name"], stage["autoDeploy"]) == ("$default", True)
    assert stage["defaultRouteSettings"] == {"throttlingRateLimit": 50, "throttlingBurstLimit": 100}


def test_access_logs_contain_caller_and_status_but_nothing_that_was_sent(http_api: Registered) -> None:
    access = http_api.one("aws:apigatewayv2/stage:Stage", "front")["accessLogSettings"]

    assert access["destinationArn"] == arn("logs", "front-access")
    assert http_api.one("aws:cloudwatch/logGroup:LogGroup", "front-access")["retentionInDays"] == 7
    assert set(json.loads(access["format"]).values()) == {
        "$context.requestId",
        "$context.requestTime",
        "$context.identity.sourceIp",
        "$context.routeKey",
        "$context.status",
        "$context.dataProcessed",
        "$context.responseLength",
        "$context.integrationLatency",
        "$context.integrationErrorMessage",
        "$context.authorizer.error",
    }


def test_access_logs_of_a_new_stack_use_the_prefix_for_vended_logs(http_api: Registered) -> None:
    group = http_api.one("aws:cloudwatch/logGroup:LogGroup", "front-access")

    assert group["name"] == "/aws/vendedlogs/front"


def test_access_logs_of_an_existing_stack_are_not_moved(http_api: Registered) -> None:
    assert http_api.one("aws:cloudwatch/logGroup:LogGroup", "front-access").ignore_changes == {"name"}


def test_a_function_url_has_both_statements_that_a_call_needs(function_url: Registered) -> None:
    statements = [permission.inputs for permission in function_url.all(PERMISSION)]

    shared = {"function": "ingest", "principal": "*"}
    assert len(statements) == 2
    assert shared | {"action": "lambda:InvokeFunctionUrl", "functionUrlAuthType": "NONE"} in statements
    assert shared | {"action": "lambda:InvokeFunction", "invokedViaFunctionUrl": True} in statements


def test_a_function_url_is_public_and_belongs_to_the_function(function_url: Registered) -> None:
    url = function_url.one("aws:lambda/functionUrl:FunctionUrl", "front")

    assert (url["functionName"], url["authorizationType"]) == ("ingest", "NONE")


def test_both_urls_end_without_a_slash_so_that_a_path_can_follow(
    http_api: Registered, function_url: Registered
) -> None:
    assert http_api.outputs["url"] == "https://front.execute-api.us-east-1.amazonaws.com"
    assert function_url.outputs["url"] == "https://front.lambda-url.us-east-1.on.aws"


def test_by_default_no_page_may_send_and_there_is_no_domain(http_api: Registered) -> None:
    [api] = http_api.all("aws:apigatewayv2/api:Api")

    assert "corsConfiguration" not in api.inputs
    assert "aws:apigatewayv2/domainName:DomainName" not in http_api.types()


def test_pages_of_named_origins_may_send_with_a_key_and_nothing_else_may(provision: Provision) -> None:
    origins = ("https://app.example.com", "http://localhost:3000")
    [api] = http_api_with(provision, JWT, cors_origins=origins).all("aws:apigatewayv2/api:Api")

    cors = api["corsConfiguration"]
    assert cors["allowOrigins"] == list(origins)
    assert cors["allowMethods"] == ["GET", "POST"]
    assert {"authorization", "content-type"} <= set(cors["allowHeaders"])
    assert not cors.get("allowCredentials")


def test_a_domain_of_its_own_leads_to_the_stage_and_is_the_url(provision: Provision) -> None:
    certificate = arn("acm", "certificate/1")
    stack = http_api_with(provision, None, domain=DomainArgs(name="logs.example.com", certificate_arn=certificate))

    domain = stack.one("aws:apigatewayv2/domainName:DomainName", "front-domain")
    mapping = stack.one("aws:apigatewayv2/apiMapping:ApiMapping", "front-domain")
    assert domain["domainName"] == "logs.example.com"
    assert domain["domainNameConfiguration"] == {
        "certificateArn": certificate,
        "endpointType": "REGIONAL",
        "securityPolicy": "TLS_1_2",
    }
    assert (mapping["apiId"], mapping["stage"], mapping["domainName"]) == (
        id_of("api", "front"),
        id_of("stage", "front"),
        "logs.example.com",
    )
    assert stack.outputs["url"] == "https://logs.example.com"
