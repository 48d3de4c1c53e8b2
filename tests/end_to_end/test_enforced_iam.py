"""The embedded cloud itself, asked over HTTP with real credentials, enforces what isolation rests on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.emulator import Emulator, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.end_to_end

Fields = dict[str, Any]

ACCOUNT = "000000000000"
REGION = "us-east-1"
TENANT_ROLE = f"arn:aws:iam::{ACCOUNT}:role/tenant"
LAMBDA_TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
BECOME_TENANT = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": TENANT_ROLE}
TENANT_TRUST = {
    "Effect": "Allow",
    "Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("worker", "untagging")]},
    "Action": ["sts:AssumeRole", "sts:TagSession"],
    "Condition": {
        "Null": {"aws:RequestTag/tenant_id": "false"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["tenant_id"]},
    },
}
# More than the stack grants: a condition that fails must show as a refusal of its own.
OWN_ROWS = {
    "Effect": "Allow",
    "Action": [
        f"dynamodb:{action}"
        for action in ("PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem")
    ],
    "Resource": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/logs",
    "Condition": {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant_id}"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    },
}
KEY_TYPES = {"tenant_id": "HASH", "log_id": "RANGE"}


def row(tenant: str) -> Fields:
    return {"tenant_id": {"S": tenant}, "log_id": {"S": "1"}}


def document(*statements: Fields) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The embedded cloud with the tenants' role, who may assume it, who may not, and a row of each tenant."""
    log = tmp_path_factory.mktemp("emulator") / "emulator.log"
    with Emulator(port=free_port(), log=log) as emulator:
        create_role(emulator, "worker", LAMBDA_TRUST, BECOME_TENANT)
        create_role(emulator, "untagging", LAMBDA_TRUST, {**BECOME_TENANT, "Action": "sts:AssumeRole"})
        create_role(emulator, "stranger", LAMBDA_TRUST, BECOME_TENANT)
        create_role(emulator, "tenant", TENANT_TRUST, OWN_ROWS)
        database = client_of(emulator, "dynamodb")
        for table in ("logs", "other"):
            database.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in KEY_TYPES],
                KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in KEY_TYPES.items()],
            )
            for tenant in ("acme", "beta"):
                database.put_item(TableName=table, Item=row(tenant))
        yield emulator


def create_role(cloud: Emulator, name: str, trust: Fields, policy: Fields) -> None:
    iam = client_of(cloud, "iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(policy))


def client_of(cloud: Emulator, service: str, credentials: Fields | None = None) -> Any:
    if credentials is None:
        return cloud.cloud.client(service)
    return boto3.client(
        service,
        endpoint_url=cloud.endpoint_url,
        region_name=REGION,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def session_of(cloud: Emulator, role: str) -> Fields:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    credentials: Fields = client_of(cloud, "sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    return credentials


def become_tenant(cloud: Emulator, caller: str, tags: dict[str, str]) -> Fields:
    sts = client_of(cloud, "sts", session_of(cloud, caller))
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    answer: Fields = sts.assume_role(RoleArn=TENANT_ROLE, RoleSessionName="test", Tags=pairs)
    return dict(answer["Credentials"])


def code_of(call: Callable[[], object]) -> str:
    """Return `allowed`, or the code of the refusal."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "allowed"


def calls(database: Any, tenant: str, table: str = "logs") -> dict[str, Callable[[], object]]:
    batch = {table: {"Keys": [row("acme"), row(tenant)] if tenant != "acme" else [row("acme")]}}
    place = {"TableName": table, "Key": row(tenant)}
    put = {"TableName": table, "Item": row(tenant)}
    condition = {
        "KeyConditionExpression": "#t = :t",
        "ExpressionAttributeNames": {"#t": "tenant_id"},
        "ExpressionAttributeValues": {":t": {"S": tenant}},
    }
    return {
        "put": lambda: database.put_item(**put),
        "get": lambda: database.get_item(**place),
        "query": lambda: database.query(TableName=table, **condition),
        "batch get": lambda: database.batch_get_item(RequestItems=batch),
        "transact get": lambda: database.transact_get_items(TransactItems=[{"Get": place}]),
        "transact write": lambda: database.transact_write_items(TransactItems=[{"Put": put}]),
        "delete": lambda: database.delete_item(**place),
    }


def test_a_tenant_s_credentials_reach_its_own_rows(cloud: Emulator) -> None:
    database = client_of(cloud, "dynamodb", become_tenant(cloud, "worker", {"tenant_id": "acme"}))

    answers = {name: code_of(call) for name, call in calls(database, "acme").items()}

    assert set(answers.values()) == {"allowed"}, answers


@pytest.mark.parametrize(("tenant", "table"), [("beta", "logs"), ("acme", "other"), ("beta", "other")])
def test_a_tenant_s_credentials_reach_no_other_row(cloud: Emulator, tenant: str, table: str) -> None:
    database = client_of(cloud, "dynamodb", become_tenant(cloud, "worker", {"tenant_id": "acme"}))

    answers = {name: code_of(call) for name, call in calls(database, tenant, table).items()}

    assert set(answers.values()) == {"AccessDeniedException"}, answers
    kept = client_of(cloud, "dynamodb").get_item(TableName=table, Key=row(tenant))
    assert kept["Item"] == row(tenant)


def test_a_tenant_s_credentials_cannot_scan(cloud: Emulator) -> None:
    database = client_of(cloud, "dynamodb", become_tenant(cloud, "worker", {"tenant_id": "acme"}))

    assert code_of(lambda: database.scan(TableName="logs")) == "AccessDeniedException"


def test_the_worker_itself_reaches_no_row(cloud: Emulator) -> None:
    database = client_of(cloud, "dynamodb", session_of(cloud, "worker"))

    answers = {name: code_of(call) for name, call in calls(database, "acme").items()}

    assert set(answers.values()) == {"AccessDeniedException"}, answers


@pytest.mark.parametrize(
    ("caller", "tags", "answer"),
    [
        ("worker", {"tenant_id": "acme"}, "allowed"),
        ("worker", {}, "AccessDenied"),
        ("worker", {"team": "acme"}, "AccessDenied"),
        ("worker", {"tenant_id": "acme", "team": "acme"}, "AccessDenied"),
        ("untagging", {"tenant_id": "acme"}, "AccessDenied"),
        ("stranger", {"tenant_id": "acme"}, "AccessDenied"),
    ],
)
def test_only_the_worker_may_assume_the_tenant_role_and_only_with_the_tenant_tag(
    cloud: Emulator, caller: str, tags: dict[str, str], answer: str
) -> None:
    assert code_of(lambda: become_tenant(cloud, caller, tags)) == answer


def test_a_queue_that_demands_tls_is_usable_over_loopback(cloud: Emulator) -> None:
    queues = client_of(cloud, "sqs")
    url = queues.create_queue(QueueName="tls-only")["QueueUrl"]
    tls_only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": f"arn:aws:sqs:{REGION}:{ACCOUNT}:tls-only",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }

    queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(tls_only)})

    queues.send_message(QueueUrl=url, MessageBody="hello")
    assert queues.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"
