"""Both front doors lead to the one function, and nobody else may use them."""

import json

import pulumi
import pytest
from pulumi_recorder import Provision, Registered, arn

from infra.function import PythonFunction, PythonFunctionArgs
from infra.function_url_ingress import FunctionUrlIngress, FunctionUrlIngressArgs
from infra.http_ingress import HttpIngress, HttpIngressArgs

PERMISSION = "aws:lambda/permission:Permission"


def ingest_function() -> PythonFunction:
    return PythonFunction(
        "ingest",
        PythonFunctionArgs(
            handler="handlers.ingest.handler",
            code=pulumi.FileArchive("package.zip"),
            architecture="arm64",
            memory_mb=256,
            timeout_seconds=29,
            log_retention_days=7,
        ),
    )


@pytest.fixture
def http_api(provision: Provision) -> Registered:
    def program() -> None:
        args = HttpIngressArgs(
            function=ingest_function(),
            throttle_rate_per_second=50,
            throttle_burst=100,
            log_retention_days=7,
        )
        pulumi.export("url", HttpIngress("front", args).url)

    return provision(program)


@pytest.fixture
def function_url(provision: Provision) -> Registered:
    def program() -> None:
        ingress = FunctionUrlIngress("front", FunctionUrlIngressArgs(function=ingest_function()))
        pulumi.export("url", ingress.url)

    return provision(program)


def test_every_route_of_the_api_leads_to_the_function_in_payload_format_2(http_api: Registered) -> None:
    routes = http_api.all("aws:apigatewayv2/route:Route")
    integration = http_api.one("aws:apigatewayv2/integration:Integration", "front")

    assert {route["routeKey"] for route in routes} == {"POST /ingest", "GET /health", "$default"}
    assert {route["target"] for route in routes} == {"integrations/front-id"}
    assert (integration["integrationType"], integration["payloadFormatVersion"]) == ("AWS_PROXY", "2.0")
    assert integration["integrationUri"] == arn("lambda", "ingest")


def test_only_this_api_on_its_three_routes_may_invoke_the_function(http_api: Registered) -> None:
    permissions = http_api.all(PERMISSION)

    api = arn("execute-api", "front-id")
    assert {permission["sourceArn"] for permission in permissions} == {
        f"{api}/$default/POST/ingest",
        f"{api}/$default/GET/health",
        f"{api}/$default/$default",
    }
    assert {permission["principal"] for permission in permissions} == {"apigateway.amazonaws.com"}
    assert {permission["action"] for permission in permissions} == {"lambda:InvokeFunction"}
    assert {permission["function"] for permission in permissions} == {"ingest"}


def test_the_api_throttles(http_api: Registered) -> None:
    stage = http_api.one("aws:apigatewayv2/stage:Stage", "front")

    assert (stage["name"], stage["autoDeploy"]) == ("$default", True)
    assert stage["defaultRouteSettings"] == {"throttlingRateLimit": 50, "throttlingBurstLimit": 100}


def test_access_logs_tell_who_and_what_came_out_but_nothing_that_was_sent(http_api: Registered) -> None:
    access = http_api.one("aws:apigatewayv2/stage:Stage", "front")["accessLogSettings"]

    assert access["destinationArn"] == arn("cloudwatch", "front-access")
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
    }


def test_a_function_url_needs_both_statements_or_every_call_is_forbidden(function_url: Registered) -> None:
    statements = [permission.inputs for permission in function_url.all(PERMISSION)]

    shared = {"function": "ingest", "principal": "*"}
    assert len(statements) == 2
    assert shared | {"action": "lambda:InvokeFunctionUrl", "functionUrlAuthType": "NONE"} in statements
    assert shared | {"action": "lambda:InvokeFunction", "invokedViaFunctionUrl": True} in statements


def test_a_function_url_is_public_and_belongs_to_the_function(function_url: Registered) -> None:
    url = function_url.one("aws:lambda/functionUrl:FunctionUrl", "front")

    assert (url["functionName"], url["authorizationType"]) == ("ingest", "NONE")


def test_either_url_ends_without_a_slash_so_that_a_path_can_follow(
    http_api: Registered, function_url: Registered
) -> None:
    assert http_api.outputs["url"] == "https://front.execute-api.us-east-1.amazonaws.com"
    assert function_url.outputs["url"] == "https://front.lambda-url.us-east-1.on.aws"
