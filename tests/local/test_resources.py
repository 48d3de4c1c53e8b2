"""Creating resources on the embedded cloud: nothing that a program asks for is dropped in silence."""

from typing import TYPE_CHECKING, Any, cast

import botocore.session
import pytest
from botocore.validate import ParamValidator

from local.failure import Failure
from local.resources import RESOURCE_TYPES, create

if TYPE_CHECKING:
    from local.cloud import Cloud


class FakeCloud:
    """A cloud whose every client records what it is asked for and answers with the same."""

    endpoint_url = "http://127.0.0.1:4566"

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def client(self, service: str) -> Any:
        outer = self

        class Client:
            def __getattr__(self, operation: str) -> Any:
                def call(**request: Any) -> dict[str, Any]:
                    outer.calls.append((f"{service}:{operation}", request))
                    return outer.answer

                return call

        return Client()


def create_on(cloud: FakeCloud, type_token: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return create(cast("Cloud", cloud), type_token=type_token, name="logical", inputs=inputs)


def test_an_unknown_type_is_named() -> None:
    with pytest.raises(Failure, match="logical is a aws:s3/bucket:Bucket, which the embedded cloud cannot create"):
        create_on(FakeCloud({}), "aws:s3/bucket:Bucket", {})


@pytest.mark.parametrize("type_token", sorted(RESOURCE_TYPES))
def test_an_unknown_input_is_named_and_nothing_is_created(type_token: str) -> None:
    cloud = FakeCloud({})

    with pytest.raises(Failure, match=f"{type_token} logical sets brandNew, which"):
        create_on(cloud, type_token, {"brandNew": True})

    assert cloud.calls == []


def test_an_input_without_effect_says_why_and_never_claims_to_take_effect() -> None:
    for type_token, resource_type in RESOURCE_TYPES.items():
        assert not resource_type.inputs & resource_type.without_effect.keys(), type_token
        assert all(resource_type.without_effect.values()), type_token


def test_numbers_arrive_as_the_program_wrote_them() -> None:
    cloud = FakeCloud({"UUID": "1", "EventSourceMappingArn": "arn"})
    inputs = {"batchSize": 10.0, "scalingConfig": {"maximumConcurrency": 5.0}, "enabled": None}

    create_on(cloud, "aws:lambda/eventSourceMapping:EventSourceMapping", inputs)

    [(operation, request)] = cloud.calls
    assert operation == "lambda:create_event_source_mapping"
    assert repr(request) == "{'BatchSize': 10, 'ScalingConfig': {'MaximumConcurrency': 5}}"


def test_a_queue_gets_every_attribute_that_the_program_declares() -> None:
    cloud = FakeCloud({"QueueUrl": "url", "Attributes": {"QueueArn": "arn"}})
    inputs = {
        "visibilityTimeoutSeconds": 180.0,
        "messageRetentionSeconds": 345600.0,
        "maxMessageSize": 1048576.0,
        "receiveWaitTimeSeconds": 20.0,
        "redrivePolicy": '{"maxReceiveCount": 3}',
        "sqsManagedSseEnabled": True,
    }

    identifier, outputs = create_on(cloud, "aws:sqs/queue:Queue", inputs)

    assert cloud.calls[0] == (
        "sqs:create_queue",
        {
            "QueueName": "logical",
            "Attributes": {
                "VisibilityTimeout": "180",
                "MessageRetentionPeriod": "345600",
                "MaximumMessageSize": "1048576",
                "ReceiveMessageWaitTimeSeconds": "20",
                "RedrivePolicy": '{"maxReceiveCount": 3}',
            },
        },
    )
    assert (identifier, outputs["url"], outputs["arn"], outputs["name"]) == ("url", "url", "arn", "logical")


def test_an_api_s_address_needs_no_quoting_in_a_shell() -> None:
    cloud = FakeCloud({"ApiId": "1a2b3c4d", "Account": "000000000000"})
    stage = {"apiId": "1a2b3c4d", "name": "$default", "autoDeploy": True}

    _, api = create_on(cloud, "aws:apigatewayv2/api:Api", {"protocolType": "HTTP"})
    _, default = create_on(cloud, "aws:apigatewayv2/stage:Stage", stage)

    assert api["apiEndpoint"] == "http://127.0.0.1:4566/_aws/execute-api/1a2b3c4d"
    assert default["invokeUrl"] == "http://127.0.0.1:4566/_aws/execute-api/1a2b3c4d/"


def test_tags_never_reach_the_api() -> None:
    alarm = "aws:cloudwatch/metricAlarm:MetricAlarm"
    cloud = FakeCloud({"MetricAlarms": [{"AlarmArn": "arn"}]})

    _, outputs = create_on(cloud, alarm, {"threshold": 0.0, "tags": {"Stack": "local"}})

    assert "Tags" not in cloud.calls[0][1]
    assert outputs["tags"] == {"Stack": "local"}


def test_the_audiences_of_a_jwt_authorizer_are_named_as_the_api_names_them() -> None:
    cloud = FakeCloud({"AuthorizerId": "1"})
    inputs = {
        "apiId": "1a2b3c4d",
        "authorizerType": "JWT",
        "identitySources": ["$request.header.Authorization"],
        "jwtConfiguration": {"issuer": "https://login.example.com/", "audiences": ["log-pipeline"]},
    }

    create_on(cloud, "aws:apigatewayv2/authorizer:Authorizer", inputs)

    [(operation, request)] = cloud.calls
    assert operation == "apigatewayv2:create_authorizer"
    model = botocore.session.get_session().get_service_model("apigatewayv2").operation_model("CreateAuthorizer")
    assert not ParamValidator().validate(request, model.input_shape).has_errors()
    assert request["JwtConfiguration"] == {"Issuer": "https://login.example.com/", "Audience": ["log-pipeline"]}
