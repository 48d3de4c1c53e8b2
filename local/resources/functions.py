"""Lambda functions, and what calls them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.cloud import REGION
from local.resources.resource_type import Created, Inputs, ResourceType, request

if TYPE_CHECKING:
    from local.cloud import Cloud

_FUNCTION_URL_HOST_END = ".lambda-url."


def _create_function(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    name = inputs.get("name", name)
    aws_lambda = cloud.client("lambda")
    taken_apart = frozenset({"name", "code", "environment"})
    description = aws_lambda.create_function(
        FunctionName=name,
        Code={"ZipFile": Path(inputs["code"].path).read_bytes()},
        Environment={"Variables": _environment(inputs)},
        **request(inputs, leave_out=taken_apart),
    )
    arn = description["FunctionArn"]
    invoke_arn = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
    return name, {"name": name, "arn": arn, "invokeArn": invoke_arn}


def _environment(inputs: Inputs) -> dict[str, str]:
    """Return the function's variables with the two that AWS derives from the logging configuration."""
    logging: dict[str, Any] = inputs.get("loggingConfig", {})
    return {
        **inputs.get("environment", {}).get("variables", {}),
        "AWS_LAMBDA_LOG_FORMAT": logging.get("logFormat", "Text"),
        "AWS_LAMBDA_LOG_LEVEL": logging.get("applicationLogLevel", "INFO"),
    }


def _create_mapping(cloud: Cloud, _name: str, inputs: Inputs) -> Created:
    mapping = cloud.client("lambda").create_event_source_mapping(**request(inputs))
    return mapping["UUID"], {"uuid": mapping["UUID"], "arn": mapping["EventSourceMappingArn"]}


def _add_permission(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    statement_id = inputs.get("statementId", name)
    cloud.client("lambda").add_permission(
        FunctionName=inputs["function"],
        StatementId=statement_id,
        **request(inputs, leave_out=frozenset({"function", "statementId"})),
    )
    return statement_id, {"statementId": statement_id}


def _create_function_url(cloud: Cloud, _name: str, inputs: Inputs) -> Created:
    function = inputs["functionName"]
    created = cloud.client("lambda").create_function_url_config(
        FunctionName=function, AuthType=inputs["authorizationType"]
    )
    url_id = created["FunctionUrl"].removeprefix("https://").partition(_FUNCTION_URL_HOST_END)[0]
    # AWS puts the id into the host name; here it is in the path, so that no name has to be resolved.
    url = f"{cloud.endpoint_url}/_aws/lambda-url/{url_id}/"
    return function, {"functionUrl": url, "urlId": url_id, "functionArn": created["FunctionArn"]}


RESOURCE_TYPES = {
    "aws:lambda/function:Function": ResourceType(
        create=_create_function,
        # The emulator tells a function its memory size, but does not enforce it.
        inputs=frozenset({"name", "code", "environment", "handler", "loggingConfig", "memorySize", "role", "timeout"}),
        without_effect={
            "architectures": "functions run in a child process of this machine's Python",
            "runtime": "functions run in a child process of this machine's Python",
            "tracingConfig": "there is no X-Ray",
        },
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": ResourceType(
        create=_create_mapping,
        inputs=frozenset(
            {
                "batchSize",
                "enabled",
                "eventSourceArn",
                "functionName",
                "functionResponseTypes",
                "scalingConfig",
            }
        ),
    ),
    "aws:lambda/permission:Permission": ResourceType(
        create=_add_permission,
        inputs=frozenset({"function", "statementId"}),
        without_effect=dict.fromkeys(
            ("action", "functionUrlAuthType", "invokedViaFunctionUrl", "principal", "sourceArn"),
            "the emulator lets its own gateway and every public Function URL call the function",
        ),
    ),
    "aws:lambda/functionUrl:FunctionUrl": ResourceType(
        create=_create_function_url,
        inputs=frozenset({"authorizationType", "functionName"}),
    ),
}
