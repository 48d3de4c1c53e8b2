"""The policies of a stack as they are deployed, read from AWS with the operator's credentials."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from proofs.isolation.declared import KEY, QUEUE, ROLE, TABLE
from proofs.isolation.refusal import NotTranslatable, require
from proofs.isolation.stack import Resource, Role, Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from proofs.isolation.stack import Policy

    Client = Callable[[str], Any]

_FINGERPRINT_KEY = "logs-fingerprint-key"
_READ = {ROLE, QUEUE, TABLE, KEY}


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A resource of a stack, by the name that the program gives it and by the one that AWS knows."""

    type: str
    name: str
    id: str
    """The name of a role or a table, the URL of a queue, the id of a key."""


def in_export(export: Mapping[str, Any]) -> Iterator[Deployed]:
    """Yield what `pulumi stack export` lists.

    Raises:
        NotTranslatable: it lists nothing.
    """
    resources = (export.get("deployment") or {}).get("resources")
    require(resources, "a stack that is deployed", "an export without resources")
    for resource in resources or ():
        if resource["type"] in _READ and not resource.get("delete"):
            yield Deployed(type=resource["type"], name=resource["urn"].rpartition("::")[2], id=resource["id"])


def in_embedded_cloud(client: Client, outputs: Mapping[str, Any]) -> Iterator[Deployed]:
    """Yield what the embedded cloud holds, where every resource has the name that the program gives it."""
    for page in client("iam").get_paginator("list_roles").paginate():
        yield from (Deployed(type=ROLE, name=role["RoleName"], id=role["RoleName"]) for role in page["Roles"])
    for page in client("dynamodb").get_paginator("list_tables").paginate():
        yield from (Deployed(type=TABLE, name=name, id=name) for name in page["TableNames"])
    for output in ("queue_url", "dead_letter_queue_url"):
        yield Deployed(type=QUEUE, name=outputs[output].rpartition("/")[2], id=outputs[output])
    for page in client("kms").get_paginator("list_keys").paginate():
        yield from (Deployed(type=KEY, name=_FINGERPRINT_KEY, id=key["KeyId"]) for key in page["Keys"])


def deployed(name: str, found: Iterable[Deployed], client: Client) -> Stack:
    """Return a stack with its policies as they are now.

    Args:
        name: what people call the stack.
        found: its resources.
        client: returns the boto3 client of a service.

    Raises:
        NotTranslatable: the stack lacks a resource, or one carries permissions of a kind that is not known here.
        botocore.exceptions.ClientError: AWS refused a question.
    """
    known = list(found)

    def one(type_: str, resource_name: str) -> Resource:
        matching = [each for each in known if (each.type, each.name) == (type_, resource_name)]
        if len(matching) != 1:
            raise NotTranslatable(
                f"a proof needs one {resource_name} in the stack, got {len(matching)}; run: pulumi up"
            )
        return _READERS[type_](client, matching[0])

    return Stack(
        name=name,
        roles=tuple(_role(client, each) for each in known if each.type == ROLE),
        records=one(TABLE, "logs-records"),
        api_keys=one(TABLE, "logs-keys"),
        key_usage=one(TABLE, "logs-keys-usage"),
        ingest_queue=one(QUEUE, "logs-ingest"),
        dead_letters=one(QUEUE, "logs-ingest-dead-letters"),
        fingerprint_keys=tuple(
            _key(client, each) for each in known if each.type == KEY and each.name.startswith(_FINGERPRINT_KEY)
        ),
    )


def _role(client: Client, found: Deployed) -> Role:
    iam = client("iam")
    role = iam.get_role(RoleName=found.id)["Role"]
    return Role(
        name=found.name,
        arn=role["Arn"],
        trust=role["AssumeRolePolicyDocument"],
        policies=(*_inline_policies(iam, found.id), *_attached_policies(iam, found.id)),
        tags={tag["Key"]: tag["Value"] for tag in role.get("Tags", [])},
    )


def _inline_policies(iam: Any, role: str) -> Iterator[Policy]:
    for page in iam.get_paginator("list_role_policies").paginate(RoleName=role):
        for name in page["PolicyNames"]:
            yield iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]


def _attached_policies(iam: Any, role: str) -> Iterator[Policy]:
    for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=role):
        for attached in page["AttachedPolicies"]:
            arn = attached["PolicyArn"]
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            yield iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def _queue(client: Client, found: Deployed) -> Resource:
    asked = client("sqs").get_queue_attributes(QueueUrl=found.id, AttributeNames=["QueueArn", "Policy"])
    attributes = asked["Attributes"]
    policy = json.loads(attributes["Policy"]) if attributes.get("Policy") else None
    return Resource(name=found.name, arn=attributes["QueueArn"], policy=policy)


def _table(client: Client, found: Deployed) -> Resource:
    dynamodb = client("dynamodb")
    arn = dynamodb.describe_table(TableName=found.id)["Table"]["TableArn"]
    try:
        policy = json.loads(dynamodb.get_resource_policy(ResourceArn=arn)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "PolicyNotFoundException":
            raise
        policy = None
    return Resource(name=found.name, arn=arn, policy=policy)


def _key(client: Client, found: Deployed) -> Resource:
    kms = client("kms")
    arn = kms.describe_key(KeyId=found.id)["KeyMetadata"]["Arn"]
    grants = kms.list_grants(KeyId=found.id)["Grants"]
    require(not grants, "no grants on a fingerprint key", [grant["GranteePrincipal"] for grant in grants])
    policy = json.loads(kms.get_key_policy(KeyId=found.id, PolicyName="default")["Policy"])
    return Resource(name=found.name, arn=arn, policy=policy)


_READERS: Mapping[str, Callable[[Client, Deployed], Resource]] = {QUEUE: _queue, TABLE: _table, KEY: _key}
