"""A function may do what it is given, write its own logs, and nothing else."""

import json

import pulumi
import pytest

from infra.function import PythonFunction, PythonFunctionArgs
from infra.function_role import FunctionRole
from infra.permission import Permission
from tests.support.pulumi_recorder import Provision, Registered, arn

FUNCTION = "aws:lambda/function:Function"
SEND = Permission(actions=("sqs:SendMessage",), resource="arn:aws:sqs:us-east-1:123456789012:inbox")


def args(role: FunctionRole | None = None, *, tracing: bool = False) -> PythonFunctionArgs:
    return PythonFunctionArgs(
        handler="handlers.ingest.handler",
        code=pulumi.FileArchive("package.zip"),
        architecture="arm64",
        memory_mb=256,
        timeout_seconds=29,
        log_retention_days=7,
        environment={"INGEST_QUEUE_URL": "https://queue"},
        permissions=(SEND,),
        role=role,
        tracing=tracing,
    )


@pytest.fixture
def registered(provision: Provision) -> Registered:
    return provision(lambda: PythonFunction("ingest", args()))


def test_it_holds_exactly_its_permissions_and_its_own_logs(registered: Registered) -> None:
    own_streams = arn("logs", "ingest") + ":*"
    assert registered.grants_of("ingest") == {
        ("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:inbox"),
        ("logs:CreateLogStream", own_streams),
        ("logs:PutLogEvents", own_streams),
    }


@pytest.mark.parametrize("tracing", [True, False])
def test_it_may_send_traces_only_if_tracing_is_on(provision: Provision, *, tracing: bool) -> None:
    registered = provision(lambda: PythonFunction("ingest", args(tracing=tracing)))

    traces = {("xray:PutTraceSegments", "*"), ("xray:PutTelemetryRecords", "*")}
    assert registered.one(FUNCTION, "ingest")["tracingConfig"] == {"mode": "Active" if tracing else "PassThrough"}
    assert registered.grants_of("ingest") & traces == (traces if tracing else set())


def test_only_lambda_may_assume_its_role(registered: Registered) -> None:
    [statement] = registered.trust_policy_of("ingest")["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "lambda.amazonaws.com"},
    }
    assert registered.one(FUNCTION, "ingest")["role"] == arn("iam", "ingest")


def test_a_given_role_replaces_one_of_its_own(provision: Provision) -> None:
    registered = provision(lambda: PythonFunction("ingest", args(FunctionRole("named-before"))))

    assert [role.name for role in registered.all("aws:iam/role:Role")] == ["named-before"]
    assert registered.one(FUNCTION, "ingest")["role"] == arn("iam", "named-before")
    assert ("sqs:SendMessage", SEND.resource) in registered.grants_of("named-before")


def test_the_role_has_no_other_policy(registered: Registered) -> None:
    role = registered.one("aws:iam/role:Role", "ingest")

    assert set(role.inputs) == {"assumeRolePolicy", "tags"}
    assert registered.types() == {
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:lambda/function:Function",
    }


def test_it_logs_json_into_its_own_group_with_a_retention(registered: Registered) -> None:
    assert registered.one(FUNCTION, "ingest")["loggingConfig"] == {
        "logFormat": "JSON",
        "applicationLogLevel": "INFO",
        "logGroup": "ingest",
    }
    assert registered.one("aws:cloudwatch/logGroup:LogGroup", "ingest")["retentionInDays"] == 7


def test_it_runs_the_given_handler_with_the_given_settings(registered: Registered) -> None:
    function = registered.one(FUNCTION, "ingest")

    assert function["handler"] == "handlers.ingest.handler"
    assert function["code"].path == "package.zip"
    assert (function["runtime"], function["architectures"]) == ("python3.13", ["arm64"])
    assert (function["memorySize"], function["timeout"]) == (256, 29)
    assert registered.environment_of("ingest") == {"INGEST_QUEUE_URL": "https://queue"}


def test_it_is_created_after_its_permissions_and_its_log_group(registered: Registered) -> None:
    function = registered.one(FUNCTION, "ingest")

    assert function.depends_on(registered.one("aws:iam/rolePolicy:RolePolicy", "ingest"))
    assert function.depends_on(registered.one("aws:cloudwatch/logGroup:LogGroup", "ingest"))


def test_every_statement_allows_something_on_a_resource(registered: Registered) -> None:
    policy = json.loads(registered.one("aws:iam/rolePolicy:RolePolicy", "ingest")["policy"])

    assert policy["Version"] == "2012-10-17"
    assert {statement["Effect"] for statement in policy["Statement"]} == {"Allow"}
    assert all(statement["Resource"] for statement in policy["Statement"])


@pytest.mark.parametrize("actions", [(), ("sqs:*",), ("sqs:SendMessage", "sqs:Get*")])
def test_a_permission_with_a_wildcard_action_cannot_be_made(actions: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="names exact actions"):
        Permission(actions=actions, resource="arn:aws:sqs:us-east-1:123456789012:inbox")


def test_a_permission_on_everything_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="carries its reason"):
        Permission(actions=("xray:PutTraceSegments",), resource="*")


def test_only_a_permission_with_a_condition_has_a_condition_in_its_statement() -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/team": "logs"}}
    conditional = Permission(actions=SEND.actions, resource=SEND.resource, condition=condition)

    assert conditional.statement() == SEND.statement() | {"Condition": condition}
    assert set(SEND.statement()) == {"Effect", "Action", "Resource"}


def test_an_empty_condition_is_refused() -> None:
    with pytest.raises(ValueError, match="a condition names an operator"):
        Permission(actions=SEND.actions, resource=SEND.resource, condition={})
