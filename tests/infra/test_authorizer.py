"""The authorizer of an HTTP API: keys by a function, or tokens by the gateway; one of them and not both."""

import pulumi
import pulumi_aws as aws
import pytest

from infra.authorizer import Authorizer, AuthorizerArgs, JwtArgs
from infra.function import PythonFunction, PythonFunctionArgs
from tests.support.pulumi_recorder import Provision, Registered, arn, id_of, invoke_arn

AUTHORIZER = "aws:apigatewayv2/authorizer:Authorizer"
PERMISSION = "aws:lambda/permission:Permission"
JWT = JwtArgs(issuer="https://login.example.com/", audiences=("logs", "audit"))


def key_function() -> PythonFunction:
    args = PythonFunctionArgs(
        handler="handlers.authorizer.handler",
        code=pulumi.FileArchive("package.zip"),
        architecture="arm64",
        memory_mb=256,
        timeout_seconds=29,
        log_retention_days=7,
    )
    return PythonFunction("keys", args)


def authorizer(args: AuthorizerArgs) -> None:
    made = Authorizer("front", aws.apigatewayv2.Api("front", protocol_type="HTTP"), args)
    pulumi.export("id", made.id)
    pulumi.export("type", made.type)


@pytest.fixture
def by_key(provision: Provision) -> Registered:
    return provision(lambda: authorizer(AuthorizerArgs(key_function=key_function(), cache_seconds=45)))


@pytest.fixture
def by_token(provision: Provision) -> Registered:
    return provision(lambda: authorizer(AuthorizerArgs(jwt=JWT)))


def test_keys_are_looked_up_by_the_function_with_simple_responses(by_key: Registered) -> None:
    assert by_key.one(AUTHORIZER, "front").inputs == {
        "apiId": id_of("api", "front"),
        "authorizerType": "REQUEST",
        "authorizerUri": invoke_arn("keys"),
        "authorizerPayloadFormatVersion": "2.0",
        "enableSimpleResponses": True,
        "identitySources": ["$request.header.Authorization"],
        "authorizerResultTtlInSeconds": 45,
    }


def test_answers_are_not_cached_by_default(provision: Provision) -> None:
    registered = provision(lambda: authorizer(AuthorizerArgs(key_function=key_function())))

    assert registered.one(AUTHORIZER, "front")["authorizerResultTtlInSeconds"] == 0


def test_only_this_authorizer_may_invoke_the_function_that_looks_keys_up(by_key: Registered) -> None:
    [permission] = by_key.all(PERMISSION)

    api = arn("execute-api", id_of("api", "front"))
    assert permission.inputs == {
        "action": "lambda:InvokeFunction",
        "function": "keys",
        "principal": "apigateway.amazonaws.com",
        "sourceArn": f"{api}/authorizers/{id_of('authorizer', 'front')}",
    }


def test_tokens_are_checked_by_the_gateway_and_no_function_is_invoked(by_token: Registered) -> None:
    assert by_token.one(AUTHORIZER, "front").inputs == {
        "apiId": id_of("api", "front"),
        "authorizerType": "JWT",
        "identitySources": ["$request.header.Authorization"],
        "jwtConfiguration": {"issuer": "https://login.example.com/", "audiences": ["logs", "audit"]},
    }
    assert not by_token.all(PERMISSION)


def test_the_outputs_name_the_authorizer_and_its_type_for_routes(by_key: Registered, by_token: Registered) -> None:
    assert by_key.outputs == {"id": id_of("authorizer", "front"), "type": "CUSTOM"}
    assert by_token.outputs == {"id": id_of("authorizer", "front"), "type": "JWT"}


def test_neither_a_key_function_nor_jwt_and_both_are_refused(provision: Provision) -> None:
    with pytest.raises(ValueError, match="takes a key_function or jwt"):
        AuthorizerArgs()
    with pytest.raises(ValueError, match="takes a key_function or jwt"):
        provision(lambda: AuthorizerArgs(key_function=key_function(), jwt=JWT))
