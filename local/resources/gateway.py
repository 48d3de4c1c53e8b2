"""HTTP APIs of API Gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.cloud import REGION
from local.resources.resource_type import Created, Inputs, ResourceType, request

if TYPE_CHECKING:
    from local.cloud import Cloud

_DEFAULT_STAGE = "$default"


def _create_api(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    name = inputs.get("name", name)
    api = cloud.client("apigatewayv2").create_api(Name=name, **request(inputs, leave_out=frozenset({"name"})))
    account = cloud.client("sts").get_caller_identity()["Account"]
    outputs = {
        "name": name,
        "arn": f"arn:aws:apigateway:{REGION}::/apis/{api['ApiId']}",
        "apiEndpoint": _endpoint(cloud, api["ApiId"]),
        "executionArn": f"arn:aws:execute-api:{REGION}:{account}:{api['ApiId']}",
    }
    return api["ApiId"], outputs


def _endpoint(cloud: Cloud, api_id: str) -> str:
    # AWS puts the id into the host name; here it is in the path, so that no name has to be resolved.
    return f"{cloud.endpoint_url}/_aws/execute-api/{api_id}"


def _create_integration(cloud: Cloud, _name: str, inputs: Inputs) -> Created:
    return cloud.client("apigatewayv2").create_integration(**request(inputs))["IntegrationId"], {}


def _create_route(cloud: Cloud, _name: str, inputs: Inputs) -> Created:
    return cloud.client("apigatewayv2").create_route(**request(inputs))["RouteId"], {}


def _create_stage(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    name = inputs.get("name", name)
    cloud.client("apigatewayv2").create_stage(StageName=name, **request(inputs, leave_out=frozenset({"name"})))
    path = "" if name == _DEFAULT_STAGE else name
    return name, {"name": name, "invokeUrl": f"{_endpoint(cloud, inputs['apiId'])}/{path}"}


def _create_authorizer(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    name = inputs.get("name", name)
    renamed = frozenset({"name", "identitySources", "jwtConfiguration"})
    authorizer = cloud.client("apigatewayv2").create_authorizer(
        Name=name,
        IdentitySource=inputs.get("identitySources", []),
        **_jwt_configuration(inputs.get("jwtConfiguration")),
        **request(inputs, leave_out=renamed),
    )
    return authorizer["AuthorizerId"], {"name": name}


def _jwt_configuration(inputs: Inputs | None) -> Inputs:
    if inputs is None:
        return {}
    renamed = request(inputs, leave_out=frozenset({"audiences"}))
    return {"JwtConfiguration": renamed | {"Audience": inputs.get("audiences", [])}}


RESOURCE_TYPES = {
    "aws:apigatewayv2/api:Api": ResourceType(
        create=_create_api,
        inputs=frozenset({"name", "description", "protocolType", "corsConfiguration"}),
    ),
    "aws:apigatewayv2/integration:Integration": ResourceType(
        create=_create_integration,
        inputs=frozenset({"apiId", "integrationType", "integrationUri", "payloadFormatVersion"}),
    ),
    "aws:apigatewayv2/route:Route": ResourceType(
        create=_create_route,
        inputs=frozenset({"apiId", "authorizationScopes", "authorizationType", "authorizerId", "routeKey", "target"}),
    ),
    "aws:apigatewayv2/stage:Stage": ResourceType(
        create=_create_stage,
        inputs=frozenset({"name", "apiId"}),
        without_effect={
            "accessLogSettings": "the emulator's gateway writes no access logs",
            "autoDeploy": "the emulator's gateway always serves what there is",
            "defaultRouteSettings": "the emulator's gateway does not throttle, so it never answers 429",
        },
    ),
    "aws:apigatewayv2/authorizer:Authorizer": ResourceType(
        create=_create_authorizer,
        inputs=frozenset(
            {
                "name",
                "apiId",
                "authorizerPayloadFormatVersion",
                "authorizerResultTtlInSeconds",
                "authorizerType",
                "authorizerUri",
                "enableSimpleResponses",
                "identitySources",
                "jwtConfiguration",
            }
        ),
    ),
}
