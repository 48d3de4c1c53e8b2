"""The embedded cloud decides by row, and a MiniStack that has changed is noticed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb

from local import iam_gaps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACCOUNT = "000000000000"
LOGS = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/logs"
PATCHED = {
    iam_actions: ("extract_iam_action", "dynamodb_service_context"),
    iam_evaluator: ("_conditions_met", "_resolve_condition_key", "enforce"),
}
ROW_ISOLATION = {
    "Effect": "Allow",
    "Action": [
        "dynamodb:PutItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:BatchGetItem",
    ],
    "Resource": LOGS,
    "Condition": {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant_id}"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    },
}


@pytest.fixture
def ministack(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """MiniStack's modules in this process, with two tables, put back afterwards."""
    for module, names in PATCHED.items():
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name))
    create_table("logs", "tenant_id", "log_id")
    create_table("accounts", "account", None)
    yield
    dynamodb.reset()


@pytest.fixture
def closed(ministack: None) -> None:
    iam_gaps.close_iam_gaps()


def create_table(name: str, partition_key: str, sort_key: str | None) -> None:
    keys = [(partition_key, "HASH")] + ([(sort_key, "RANGE")] if sort_key else [])
    by_log = {
        "IndexName": "by-source",
        "KeySchema": [{"AttributeName": "source", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    status, _, body = dynamodb._create_table(
        {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key, _ in keys]
            + [{"AttributeName": "source", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in keys],
            "GlobalSecondaryIndexes": [by_log],
        }
    )
    assert status == 200, body


def row(tenant: str) -> dict[str, Any]:
    return {"tenant_id": {"S": tenant}, "log_id": {"S": "1"}}


def context_of(operation: str, body: dict[str, Any], query: dict[str, Any] | None = None) -> dict[str, Any]:
    raw = json.dumps(body).encode()
    headers = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
    action = iam_actions.extract_iam_action("dynamodb", "POST", "/", headers, raw, query or {})
    assert action == f"dynamodb:{operation}"
    return iam_actions.dynamodb_service_context(raw)


EQUALS = {":t": {"S": "acme"}}
OPERATIONS: dict[str, tuple[str, dict[str, Any], list[str] | None]] = {
    "put": ("PutItem", {"TableName": "logs", "Item": row("acme")}, ["acme"]),
    "get": ("GetItem", {"TableName": "logs", "Key": row("acme")}, ["acme"]),
    "get by table arn": ("GetItem", {"TableName": LOGS, "Key": row("acme")}, ["acme"]),
    "update": ("UpdateItem", {"TableName": "logs", "Key": row("acme")}, ["acme"]),
    "delete": ("DeleteItem", {"TableName": "logs", "Key": row("acme")}, ["acme"]),
    "another schema": ("GetItem", {"TableName": "accounts", "Key": {"account": {"S": "7"}}}, ["7"]),
    "another schema, key missing": ("GetItem", {"TableName": "accounts", "Key": row("acme")}, None),
    "query": (
        "Query",
        {
            "TableName": "logs",
            "KeyConditionExpression": "tenant_id = :t AND begins_with(log_id, :l)",
            "ExpressionAttributeValues": {**EQUALS, ":l": {"S": "2026"}},
        },
        ["acme"],
    ),
    "query, placeholder, turned round": (
        "Query",
        {
            "TableName": "logs",
            "KeyConditionExpression": "#l > :l AND :t = #t",
            "ExpressionAttributeNames": {"#t": "tenant_id", "#l": "log_id"},
            "ExpressionAttributeValues": {**EQUALS, ":l": {"S": "2026"}},
        },
        ["acme"],
    ),
    "query, legacy": (
        "Query",
        {
            "TableName": "logs",
            "KeyConditions": {
                "tenant_id": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "acme"}]},
            },
        },
        ["acme"],
    ),
    "query, legacy, not an equality": (
        "Query",
        {
            "TableName": "logs",
            "KeyConditions": {
                "tenant_id": {"ComparisonOperator": "GE", "AttributeValueList": [{"S": "acme"}]},
            },
        },
        None,
    ),
    "query, no equality": (
        "Query",
        {
            "TableName": "logs",
            "KeyConditionExpression": "log_id = :t",
            "ExpressionAttributeValues": EQUALS,
        },
        None,
    ),
    "query on an index": (
        "Query",
        {
            "TableName": "logs",
            "IndexName": "by-source",
            "KeyConditionExpression": "#s = :t",
            "ExpressionAttributeNames": {"#s": "source"},
            "ExpressionAttributeValues": EQUALS,
        },
        ["acme"],
    ),
    "query on an index by the table's key": (
        "Query",
        {
            "TableName": "logs",
            "IndexName": "by-source",
            "KeyConditionExpression": "tenant_id = :t",
            "ExpressionAttributeValues": EQUALS,
        },
        None,
    ),
    "scan": ("Scan", {"TableName": "logs"}, None),
    "scan that carries a key": ("Scan", {"TableName": "logs", "Key": row("acme")}, None),
    "scan with a filter": (
        "Scan",
        {"TableName": "logs", "FilterExpression": "tenant_id = :t", "ExpressionAttributeValues": EQUALS},
        None,
    ),
    "batch get": (
        "BatchGetItem",
        {
            "RequestItems": {
                "logs": {"Keys": [row("beta"), row("acme")]},
                "accounts": {"Keys": [{"account": {"S": "7"}}]},
            }
        },
        ["7", "acme", "beta"],
    ),
    "batch get, one key unreadable": (
        "BatchGetItem",
        {"RequestItems": {"logs": {"Keys": [row("acme"), {"log_id": {"S": "1"}}]}}},
        None,
    ),
    "batch get that also names one table": (
        "BatchGetItem",
        {"TableName": "logs", "RequestItems": {"accounts": {"Keys": [{"account": {"S": "7"}}]}}},
        None,
    ),
    "batch write": (
        "BatchWriteItem",
        {
            "RequestItems": {
                "logs": [{"PutRequest": {"Item": row("acme")}}, {"DeleteRequest": {"Key": row("beta")}}],
            }
        },
        ["acme", "beta"],
    ),
    "transact write": (
        "TransactWriteItems",
        {
            "TransactItems": [
                {"Put": {"TableName": "logs", "Item": row("a")}},
                {"Update": {"TableName": "logs", "Key": row("b")}},
                {"Delete": {"TableName": "logs", "Key": row("c")}},
                {"ConditionCheck": {"TableName": "logs", "Key": row("d")}},
            ]
        },
        ["a", "b", "c", "d"],
    ),
    "transact get": (
        "TransactGetItems",
        {"TransactItems": [{"Get": {"TableName": "logs", "Key": row("acme")}}]},
        ["acme"],
    ),
    "partiql": ("ExecuteStatement", {"Statement": "SELECT * FROM logs WHERE tenant_id = 'acme'"}, None),
    "unknown table": ("GetItem", {"TableName": "nowhere", "Key": row("acme")}, None),
    "two types in one value": (
        "GetItem",
        {"TableName": "logs", "Key": {"tenant_id": {"S": "acme", "N": "1"}, "log_id": {"S": "1"}}},
        None,
    ),
    "nonsense": ("GetItem", {"TableName": ["logs"], "Key": "acme"}, None),
}


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(("operation", "body", "keys"), OPERATIONS.values(), ids=OPERATIONS.keys())
def test_an_operation_has_the_partition_keys_that_it_names(
    operation: str, body: dict[str, Any], keys: list[str] | None
) -> None:
    context = context_of(operation, body)

    assert context.get("dynamodb:LeadingKeys") == keys
    assert ("dynamodb:LeadingKeys" in context) == (keys is not None)


@pytest.mark.usefixtures("closed")
def test_an_action_in_the_query_string_does_not_disguise_a_scan() -> None:
    context = context_of("Scan", {"TableName": "logs", "Key": row("acme")}, {"Action": ["GetItem"]})

    assert "dynamodb:LeadingKeys" not in context


@pytest.mark.usefixtures("closed")
def test_other_services_keep_their_actions() -> None:
    action = iam_actions.extract_iam_action("sts", "POST", "/", {}, b"", {"Action": ["AssumeRole"]})

    assert action == "sts:AssumeRole"


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(
    ("tags", "keys", "decision"),
    [
        ({"tenant_id": "acme"}, ["acme"], "Allow"),
        ({"tenant_id": "acme"}, ["acme", "acme"], "Allow"),
        ({"tenant_id": "acme"}, ["beta"], "ImplicitDeny"),
        ({"tenant_id": "acme"}, ["acme", "beta"], "ImplicitDeny"),
        ({"tenant_id": "acme"}, ["ACME"], "ImplicitDeny"),
        ({"tenant_id": "acme"}, ["${aws:PrincipalTag/tenant_id}"], "ImplicitDeny"),
        ({"tenant_id": "acme"}, None, "ImplicitDeny"),
        ({"tenant": "acme"}, ["acme"], "ImplicitDeny"),
        ({}, ["${aws:PrincipalTag/tenant_id}"], "ImplicitDeny"),
        ({}, None, "ImplicitDeny"),
    ],
)
def test_row_isolation_allows_the_tag_s_own_rows_only(
    tags: dict[str, str], keys: list[str] | None, decision: str
) -> None:
    assert decide(ROW_ISOLATION["Condition"], tags=tags, keys=keys) == decision


CONDITIONS = {
    "for-all without a guard lets a scan pass": (
        {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant_id}"]}},
        "Allow",
    ),
    "variable within a text": (
        {"StringEquals": {"aws:PrincipalTag/prefixed": "t-${aws:PrincipalTag/tenant_id}"}},
        "Allow",
    ),
    "one of several values": (
        {"StringEquals": {"aws:PrincipalTag/tenant_id": ["${aws:PrincipalTag/absent}", "acme"]}},
        "Allow",
    ),
    "absent variable": (
        {"StringEquals": {"aws:PrincipalTag/tenant_id": "${aws:PrincipalTag/absent}"}},
        "ImplicitDeny",
    ),
    "absent variable with a default": (
        {"StringEquals": {"aws:PrincipalTag/tenant_id": "${aws:PrincipalTag/absent, 'acme'}"}},
        "Allow",
    ),
    "absent variable under a negation": (
        {"StringNotEquals": {"aws:PrincipalTag/tenant_id": "${aws:PrincipalTag/absent}"}},
        "ImplicitDeny",
    ),
    "wildcard in a tag": (
        {"StringLike": {"aws:PrincipalTag/tenant_id": "${aws:PrincipalTag/star}"}},
        "ImplicitDeny",
    ),
    "operators without variables": (
        {"Bool": {"aws:PrincipalTag/flag": "true"}, "Null": {"aws:PrincipalTag/absent": "true"}},
        "Allow",
    ),
    "arn": (
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:sts::*:assumed-role/${aws:PrincipalTag/tenant_id}/*"}},
        "Allow",
    ),
    "loopback counts as secure": ({"Bool": {"aws:SecureTransport": "true"}}, "Allow"),
}


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(("condition", "decision"), CONDITIONS.values(), ids=CONDITIONS.keys())
def test_a_condition_takes_variables(condition: dict[str, Any], decision: str) -> None:
    tags = {"tenant_id": "acme", "prefixed": "t-acme", "star": "*", "flag": "true"}

    assert decide(condition, tags=tags, keys=None) == decision


@pytest.mark.usefixtures("closed")
def test_plain_http_from_another_host_is_not_secure() -> None:
    condition = {"Bool": {"aws:SecureTransport": "false"}}

    assert decide(condition, tags={}, keys=None, source_ip="192.0.2.1") == "Allow"


def decide(condition: Any, *, tags: dict[str, str], keys: list[str] | None, **given: str) -> str:
    statement = {**ROW_ISOLATION, "Condition": condition}
    ctx = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/acme/session",
        principal_type="AssumedRole",
        principal_account=ACCOUNT,
        action="dynamodb:GetItem",
        resource_arn=LOGS,
        region="us-east-1",
        service_context={"dynamodb:leadingkeys": keys} if keys else {},
        principal_keys={f"aws:principaltag/{key}": value for key, value in tags.items()},
        **given,
    )
    return iam_evaluator.evaluate(
        ctx, [iam_evaluator.parse_policy_document({"Statement": [statement]})]
    ).decision


@pytest.mark.usefixtures("ministack")
def test_closing_twice_changes_nothing_more() -> None:
    iam_gaps.close_iam_gaps()
    once = iam_evaluator.enforce

    iam_gaps.close_iam_gaps()

    assert iam_evaluator.enforce is once


@pytest.mark.usefixtures("ministack")
@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in iam_gaps._RELIED_ON.items() for name in names]
)
def test_a_function_that_is_gone_or_takes_other_arguments_is_named(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    monkeypatch.setattr(module, name, lambda *, changed: changed)
    with pytest.raises(
        iam_gaps.MiniStackChangedError, match=f"1.5.33.*{module.__name__}.{name} takes changed"
    ):
        iam_gaps.close_iam_gaps()

    monkeypatch.delattr(module, name)
    with pytest.raises(iam_gaps.MiniStackChangedError, match=f"{module.__name__}.{name}.*it is gone"):
        iam_gaps.close_iam_gaps()


@pytest.mark.usefixtures("ministack")
def test_a_ministack_that_resolves_variables_by_itself_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving = iam_gaps._with_variables(iam_evaluator._conditions_met)
    monkeypatch.setattr(iam_evaluator, "_conditions_met", resolving)

    with pytest.raises(iam_gaps.MiniStackChangedError, match="resolves variables now"):
        iam_gaps.close_iam_gaps()


@pytest.mark.usefixtures("ministack")
def test_a_ministack_that_knows_leading_keys_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def dynamodb_service_context(body: bytes) -> dict[str, Any]:
        return {"dynamodb:LeadingKeys": [body.decode()]}

    monkeypatch.setattr(iam_actions, "dynamodb_service_context", dynamodb_service_context)

    with pytest.raises(iam_gaps.MiniStackChangedError, match="knows dynamodb:LeadingKeys now"):
        iam_gaps.close_iam_gaps()


@pytest.mark.usefixtures("ministack")
def test_a_ministack_that_reads_conditions_elsewhere_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    inlined = iam_evaluator._conditions_met

    def _first_match(ctx: Any, stmts: list[Any], effect: str) -> Any:
        return next((s for s in stmts if s.effect == effect and inlined(s.conditions, ctx)), None)

    monkeypatch.setattr(iam_evaluator, "_first_match", _first_match)

    with pytest.raises(iam_gaps.MiniStackChangedError, match="conditions are evaluated in another way"):
        iam_gaps.close_iam_gaps()


class Cloud:
    """MiniStack in a child process, with the gaps closed and IAM enforced."""

    def __init__(self, url: str) -> None:
        self.url = url

    def client(self, service: str, credentials: dict[str, str] | None = None) -> Any:
        given = credentials or {"AccessKeyId": "test", "SecretAccessKey": "test", "SessionToken": None}
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )

    def create_role(self, name: str, trust: dict[str, Any], *statements: dict[str, Any]) -> str:
        iam = self.client("iam")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
        return str(arn)

    def assume(self, role: str, *, by: dict[str, str] | None = None, **tags: str) -> dict[str, str]:
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        answer = self.client("sts", by).assume_role(RoleArn=role, RoleSessionName="test", Tags=pairs)
        return dict(answer["Credentials"])


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def refused(call: Callable[[], object]) -> bool:
    try:
        call()
    except ClientError as error:
        assert error.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException"}, error
        return True
    return False


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        **{"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "AUTH": "true", "LOG_LEVEL": "WARNING"},
        **{
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "TMPDIR": str(tmp_path_factory.mktemp("ministack")),
        },
    }
    program = (
        "from local.iam_gaps import close_iam_gaps; close_iam_gaps(); from ministack.app import main; main()"
    )
    log = tmp_path_factory.mktemp("log") / "ministack.log"
    with (
        log.open("w") as out,
        subprocess.Popen(
            [sys.executable, "-c", program],
            env=environment,
            cwd=Path(__file__).parent.parent,
            stdout=out,
            stderr=subprocess.STDOUT,
        ) as child,
    ):
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}", child, log)
            yield Cloud(f"http://127.0.0.1:{port}")
        finally:
            child.terminate()
            child.wait(timeout=10)


def wait_until_healthy(url: str, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and child.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_ministack/health", timeout=1):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    pytest.fail(f"MiniStack did not come up: {log.read_text()[-2000:]}")


WORKER_TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
}


@pytest.fixture(scope="module")
def roles(cloud: Cloud) -> dict[str, str]:
    """The table `logs` with a row of each tenant; a worker, two impostors, and the role of the tenants."""
    tenant = f"arn:aws:iam::{ACCOUNT}:role/tenant"
    may_tag = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": tenant}
    may_only_assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": tenant}
    worker = cloud.create_role("worker", WORKER_TRUST, may_tag)
    untagging = cloud.create_role("untagging", WORKER_TRUST, may_only_assume)
    stranger = cloud.create_role("stranger", WORKER_TRUST, may_tag)
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": [worker, untagging]},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {
            "StringLike": {"aws:RequestTag/tenant_id": "?*"},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["tenant_id"]},
        },
    }
    cloud.create_role("tenant", trust, ROW_ISOLATION)
    database = cloud.client("dynamodb")
    database.create_table(
        TableName="logs",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "tenant_id", "AttributeType": "S"},
            {"AttributeName": "log_id", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "tenant_id", "KeyType": "HASH"},
            {"AttributeName": "log_id", "KeyType": "RANGE"},
        ],
    )
    for name in ("acme", "beta"):
        database.put_item(TableName="logs", Item=row(name))
    return {"worker": worker, "untagging": untagging, "stranger": stranger, "tenant": tenant}


@pytest.mark.end_to_end
def test_a_tenant_s_credentials_reach_its_own_rows_and_nothing_else(
    cloud: Cloud, roles: dict[str, str]
) -> None:
    worker = cloud.assume(roles["worker"])
    database = cloud.client("dynamodb", cloud.assume(roles["tenant"], by=worker, tenant_id="acme"))

    def query(tenant: str) -> list[dict[str, Any]]:
        condition = {"KeyConditionExpression": "#t = :t", "ExpressionAttributeNames": {"#t": "tenant_id"}}
        values = {":t": {"S": tenant}}
        return database.query(TableName="logs", ExpressionAttributeValues=values, **condition)["Items"]

    database.put_item(TableName="logs", Item=row("acme"))
    assert database.get_item(TableName="logs", Key=row("acme"))["Item"] == row("acme")
    assert query("acme") == [row("acme")]
    assert refused(lambda: database.put_item(TableName="logs", Item=row("beta")))
    assert refused(lambda: database.get_item(TableName="logs", Key=row("beta")))
    assert refused(lambda: query("beta"))
    assert refused(lambda: database.scan(TableName="logs"))
    keys = {"logs": {"Keys": [row("acme"), row("beta")]}}
    assert refused(lambda: database.batch_get_item(RequestItems=keys))
    put = [{"Put": {"TableName": "logs", "Item": row("beta")}}]
    assert refused(lambda: database.transact_write_items(TransactItems=put))


@pytest.mark.end_to_end
def test_the_worker_itself_reaches_no_row(cloud: Cloud, roles: dict[str, str]) -> None:
    database = cloud.client("dynamodb", cloud.assume(roles["worker"]))

    assert refused(lambda: database.get_item(TableName="logs", Key=row("acme")))
    assert refused(lambda: database.put_item(TableName="logs", Item=row("acme")))


@pytest.mark.end_to_end
@pytest.mark.parametrize(
    ("caller", "tags", "allowed"),
    [
        ("worker", {"tenant_id": "acme"}, True),
        ("worker", {}, False),
        ("worker", {"team": "acme"}, False),
        ("worker", {"tenant_id": "acme", "team": "acme"}, False),
        ("untagging", {"tenant_id": "acme"}, False),
        ("stranger", {"tenant_id": "acme"}, False),
    ],
)
def test_only_the_worker_becomes_a_tenant_and_only_by_its_tag(
    cloud: Cloud, roles: dict[str, str], caller: str, tags: dict[str, str], *, allowed: bool
) -> None:
    credentials = cloud.assume(roles[caller])

    assert refused(lambda: cloud.assume(roles["tenant"], by=credentials, **tags)) == (not allowed)


@pytest.mark.end_to_end
def test_a_queue_that_demands_tls_works_over_loopback(cloud: Cloud) -> None:
    queues = cloud.client("sqs")
    url = queues.create_queue(QueueName="tls-only")["QueueUrl"]
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": f"arn:aws:sqs:us-east-1:{ACCOUNT}:tls-only",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }

    queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(deny)})

    queues.send_message(QueueUrl=url, MessageBody="hello")
    assert queues.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"
