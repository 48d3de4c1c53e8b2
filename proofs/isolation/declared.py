"""The policies that the program declares: it runs with a recorder in place of AWS."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.program import record
from proofs.isolation.refusal import NotTranslatable
from proofs.isolation.stack import Resource, Role, Stack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi.runtime.mocks import MockResourceArgs

REGION, ACCOUNT = "us-east-1", "123456789012"

AUTHENTICATIONS: Mapping[str, Mapping[str, str]] = {
    "none": {},
    "api-key": {},
    "jwt": {"jwtIssuer": "https://login.example.com/", "jwtAudiences": "logs"},
}
"""Every way in which tenants can prove who they are, with the settings that it needs."""

ROLE, ROLE_POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
QUEUE, QUEUE_POLICY = "aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy"
TABLE, KEY = "aws:dynamodb/table:Table", "aws:kms/key:Key"
FUNCTION = "aws:lambda/function:Function"

# Resources whose policies the theorems do not speak of, or that can have none.
_WITHOUT_POLICIES = frozenset(
    {
        FUNCTION,
        "aws:apigatewayv2/api:Api",
        "aws:apigatewayv2/authorizer:Authorizer",
        "aws:apigatewayv2/integration:Integration",
        "aws:apigatewayv2/route:Route",
        "aws:apigatewayv2/stage:Stage",
        "aws:cloudwatch/dashboard:Dashboard",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        "aws:lambda/functionUrl:FunctionUrl",
        "aws:lambda/permission:Permission",  # who may call a function
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",  # which queues may send their dead letters
    }
)
_INPUTS_WITH_POLICIES = {
    ROLE: {"assumeRolePolicy"},
    ROLE_POLICY: {"policy"},
    QUEUE: {"redrivePolicy"},
    QUEUE_POLICY: {"policy"},
    KEY: {"policy"},
    TABLE: set[str](),
}
_IN_AN_ARN = {
    ROLE: ("iam", "role/"),
    QUEUE: ("sqs", ""),
    TABLE: ("dynamodb", "table/"),
    KEY: ("kms", "key/"),
    FUNCTION: ("lambda", "function:"),
    "aws:cloudwatch/logGroup:LogGroup": ("logs", "log-group:"),
    "aws:apigatewayv2/api:Api": ("apigateway", "/apis/"),
}


@dataclass(frozen=True)
class Declared:
    """One resource as the program declares it."""

    type: str
    name: str
    inputs: Mapping[str, Any]


def declared(auth: str, **config: str) -> Stack:
    """Return the stack that the program declares.

    Args:
        auth: how tenants prove who they are.
        config: further settings.

    Raises:
        NotTranslatable: the program declares something that may carry a policy and is not known here.
        local.failure.Failure: the settings cannot work.
    """
    recorded: list[Declared] = []

    def keep(args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        recorded.append(Declared(args.typ, args.name, dict(args.inputs)))
        return args.name, {"name": args.name, **args.inputs, **_outputs(args.typ, args.name)}

    record(keep, {"auth": auth, **AUTHENTICATIONS[auth], **config})
    return _stack(f"auth {auth}, as declared", recorded)


def arn(type_: str, name: str) -> str:
    """Return the ARN that a resource gets here."""
    service, before = _IN_AN_ARN[type_]
    return f"arn:aws:{service}:{'' if service == 'iam' else REGION}:{ACCOUNT}:{before}{name}"


def _outputs(type_: str, name: str) -> dict[str, Any]:
    outputs = {"arn": arn(type_, name)} if type_ in _IN_AN_ARN else {}
    more = {
        QUEUE: {"url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"},
        FUNCTION: {"invokeArn": f"{name}-invocations"},
        "aws:apigatewayv2/api:Api": {"executionArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{name}"},
        "aws:apigatewayv2/stage:Stage": {"invokeUrl": f"https://{name}.example.com/"},
        "aws:lambda/functionUrl:FunctionUrl": {"functionUrl": f"https://{name}.example.com/"},
    }
    return {**outputs, **more.get(type_, {})}


def _stack(name: str, recorded: list[Declared]) -> Stack:
    for resource in recorded:
        _refuse_unknown_policies(resource)
    policies = _of_type(recorded, ROLE_POLICY)
    queue_policies = {
        found.inputs["queueUrl"]: json.loads(found.inputs["policy"]) for found in _of_type(recorded, QUEUE_POLICY)
    }

    def own_policy(resource: Declared) -> Any:
        if resource.type == QUEUE:
            return queue_policies.get(_outputs(QUEUE, resource.name)["url"])
        return json.loads(resource.inputs["policy"]) if "policy" in resource.inputs else default_policy(resource.type)

    def one(type_: str, resource_name: str) -> Resource:
        [found] = [resource for resource in _of_type(recorded, type_) if resource.name == resource_name]
        return Resource(name=found.name, arn=arn(type_, found.name), policy=own_policy(found))

    return Stack(
        name=name,
        roles=tuple(
            Role(
                name=role.name,
                arn=arn(ROLE, role.name),
                trust=json.loads(role.inputs["assumeRolePolicy"]),
                policies=tuple(json.loads(p.inputs["policy"]) for p in policies if p.inputs["role"] == role.name),
                tags=role.inputs.get("tags", {}),
            )
            for role in _of_type(recorded, ROLE)
        ),
        records=one(TABLE, "logs-records"),
        api_keys=one(TABLE, "logs-keys"),
        key_usage=one(TABLE, "logs-keys-usage"),
        ingest_queue=one(QUEUE, "logs-ingest"),
        dead_letters=one(QUEUE, "logs-ingest-dead-letters"),
        fingerprint_keys=tuple(one(KEY, key.name) for key in _of_type(recorded, KEY)),
    )


def default_policy(type_: str) -> dict[str, Any] | None:
    """Return the policy that AWS gives to a resource without one of its own.

    KMS leaves the decision to the account's own policies ("Default key policy").
    """
    if type_ != KEY:
        return None
    everything = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    statement = {**everything, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _of_type(recorded: list[Declared], type_: str) -> list[Declared]:
    return [resource for resource in recorded if resource.type == type_]


def _refuse_unknown_policies(resource: Declared) -> None:
    """Refuse whatever may carry a policy that nothing here reads."""
    if not resource.type.startswith("aws:") or resource.type in _WITHOUT_POLICIES:
        return
    if resource.type not in _INPUTS_WITH_POLICIES:
        raise NotTranslatable(f"a proof needs to know which policies a {resource.type} has; add it to {__name__}")
    carriers = {key for key in resource.inputs if "polic" in key.lower() or key == "permissionsBoundary"}
    if unknown := carriers - _INPUTS_WITH_POLICIES[resource.type]:
        raise NotTranslatable(
            f"a proof reads no {', '.join(sorted(unknown))} of a {resource.type} yet; add it to {__name__}"
        )
