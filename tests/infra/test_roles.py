"""The roles of the program: which there are, who may assume them, and exactly what each is granted."""

import json
from typing import Any

import pytest

from tests.support.pulumi_recorder import AUTHENTICATIONS, arn, deployed

ROLE = "aws:iam/role:Role"
QUEUE, DEAD_LETTERS, TABLE, KEYS = "logs-ingest", "logs-ingest-dead-letters", "logs-records", "logs-keys"
WRITER, READER = "logs-tenant-writer", "logs-tenant-reader"
GRANTS = {
    "logs-authorizer": {
        ("dynamodb:GetItem", arn("dynamodb", KEYS)),
        ("dynamodb:PutItem", arn("dynamodb", f"{KEYS}-usage")),
    },
    "logs-ingest": {("sqs:SendMessage", arn("sqs", QUEUE)), ("sqs:GetQueueAttributes", arn("sqs", QUEUE))},
    "logs-query": {("sts:AssumeRole", arn("iam", READER)), ("sts:TagSession", arn("iam", READER))},
    "logs-worker": {
        ("sqs:ReceiveMessage", arn("sqs", QUEUE)),
        ("sqs:DeleteMessage", arn("sqs", QUEUE)),
        ("sqs:GetQueueAttributes", arn("sqs", QUEUE)),
        ("sqs:ChangeMessageVisibility", arn("sqs", QUEUE)),
        ("sqs:SendMessage", arn("sqs", QUEUE)),
        ("sqs:SendMessage", arn("sqs", DEAD_LETTERS)),
        ("kms:GenerateMac", arn("kms", "logs-fingerprint-key")),
        ("sts:AssumeRole", arn("iam", WRITER)),
        ("sts:TagSession", arn("iam", WRITER)),
    },
    READER: {("dynamodb:GetItem", arn("dynamodb", TABLE)), ("dynamodb:Query", arn("dynamodb", TABLE))},
    WRITER: {("dynamodb:GetItem", arn("dynamodb", TABLE)), ("dynamodb:PutItem", arn("dynamodb", TABLE))},
}
ASSUMED_BY = {READER: "logs-query", WRITER: "logs-worker"}
ROLES = {
    "none": ["logs-ingest", WRITER, "logs-worker"],
    "jwt": ["logs-ingest", "logs-query", READER, WRITER, "logs-worker"],
    "api-key": ["logs-authorizer", "logs-ingest", "logs-query", READER, WRITER, "logs-worker"],
}

with_each_authentication = pytest.mark.parametrize("auth", AUTHENTICATIONS)
with_each_role = pytest.mark.parametrize(("auth", "role"), [(auth, role) for auth in ROLES for role in ROLES[auth]])


def own_logs_and_traces(function: str) -> set[tuple[str, str]]:
    streams = arn("logs", function) + ":*"
    return {
        ("logs:CreateLogStream", streams),
        ("logs:PutLogEvents", streams),
        ("xray:PutTraceSegments", "*"),
        ("xray:PutTelemetryRecords", "*"),
    }


def trust_in_lambda() -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}


def trust_in_one_role_for_one_tenant(role: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Principal": {"AWS": arn("iam", role)},
        "Condition": {
            "StringLike": {"aws:RequestTag/tenant_id": "?*"},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["tenant_id"]},
        },
    }


@with_each_authentication
def test_there_are_exactly_these_roles(auth: str) -> None:
    roles = [role.name for role in deployed(auth).all(ROLE)]

    assert sorted(roles) == ROLES[auth]


@with_each_role
def test_a_role_has_exactly_these_grants(auth: str, role: str) -> None:
    own = own_logs_and_traces(role) if role not in ASSUMED_BY else set()

    assert deployed(auth).grants_of(role) == GRANTS[role] | own


@with_each_role
def test_a_role_trusts_only_lambda_or_one_other_role(auth: str, role: str) -> None:
    trusted = trust_in_one_role_for_one_tenant(ASSUMED_BY[role]) if role in ASSUMED_BY else trust_in_lambda()

    assert deployed(auth).trust_policy_of(role) == {"Version": "2012-10-17", "Statement": [trusted]}


@with_each_role
def test_a_role_has_only_its_inline_policy(auth: str, role: str) -> None:
    registered = deployed(auth)

    assert set(registered.one(ROLE, role).inputs) == {"assumeRolePolicy", "tags"}
    assert len(registered.policies_of(role)) == 1


@with_each_authentication
def test_no_role_has_a_wildcard_action_and_only_traces_are_allowed_on_all_resources(auth: str) -> None:
    registered = deployed(auth)

    for role in registered.all(ROLE):
        for statement in registered.statements_of(role.name):
            everywhere = statement["Resource"] == "*"

            assert not any("*" in action for action in statement["Action"])
            assert everywhere == (statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"])


@with_each_role
def test_only_the_rows_of_a_tenant_are_guarded_by_a_condition(auth: str, role: str) -> None:
    conditions = [statement.get("Condition") for statement in deployed(auth).statements_of(role)]

    own_rows_only = {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant_id}"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    assert [condition for condition in conditions if condition] == [own_rows_only] * (role in ASSUMED_BY)
    assert role not in ASSUMED_BY or conditions == [own_rows_only]


@with_each_authentication
def test_the_policy_of_a_queue_only_denies(auth: str) -> None:
    policies = deployed(auth).all("aws:sqs/queuePolicy:QueuePolicy")

    statements = [json.loads(policy["policy"])["Statement"] for policy in policies]
    assert [[statement["Effect"] for statement in each] for each in statements] == [["Deny"], ["Deny"]]
