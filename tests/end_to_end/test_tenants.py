"""Tenants on the embedded cloud: who gets in, what each sees, and what IAM refuses to each role's own credentials."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from botocore.exceptions import ClientError

from handlers.access.api_key import new_key
from local.cloud import REGION
from tests.support.stack import Answer, Stack

ACME, BETA = "acme", "beta_inc"
LOGS = f"/tenants/{ACME}/processed_logs"


def a_name() -> str:
    return uuid.uuid4().hex


def post(stack: Stack, key: str | None, log_id: str, **body: str) -> Answer:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    content = json.dumps({"log_id": log_id, "text": "call 555-0199"} | body)
    return stack.request("/ingest", content, content_type="application/json", **headers)


def get(stack: Stack, path: str, key: str | None) -> Answer:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return stack.request(path, method="GET", **headers)


def test_a_key_identifies_its_tenant_and_can_read_the_log_back(guarded: Stack) -> None:
    key, log_id = guarded.make_key(ACME), "a+b=c:~" + a_name()

    accepted = post(guarded, key, log_id)

    guarded.wait_for_record(ACME, log_id)
    found = get(guarded, f"{LOGS}/{quote(log_id, safe='')}", key)
    assert (accepted.status, accepted.body["tenant_id"]) == (202, ACME)
    assert (found.status, found.body["modified_data"]) == (200, "call [REDACTED]")
    assert found.body["path"] == f"tenants/{ACME}/processed_logs/{log_id}"


def test_without_chaos_a_text_that_asks_for_a_crash_is_stored_like_any_other(guarded: Stack) -> None:
    key, log_id = guarded.make_key(ACME), a_name()

    accepted = post(guarded, key, log_id, text="chaos:exit 555-0199")

    assert accepted.status == 202
    assert guarded.wait_for_record(ACME, log_id)["modified_data"] == {"S": "chaos:exit [REDACTED]"}


def test_pages_follow_one_another_by_cursor(guarded: Stack) -> None:
    key, prefix = guarded.make_key(ACME), a_name()
    for number in range(5):
        post(guarded, key, f"{prefix}-{number}")
    for number in range(5):
        guarded.wait_for_record(ACME, f"{prefix}-{number}")

    first = get(guarded, f"{LOGS}?prefix={prefix}&limit=3", key).body
    second = get(guarded, f"{LOGS}?prefix={prefix}&limit=3&cursor={first['cursor']}", key).body

    shown = [record["log_id"] for record in first["records"] + second["records"]]
    assert shown == [f"{prefix}-{number}" for number in range(5)]
    assert second["cursor"] is None


def test_a_long_text_is_read_back_whole(guarded: Stack) -> None:
    key, log_id = guarded.make_key(ACME), a_name()
    text = "\n".join(f"line {number}: write to user{number}@company.com or call 123-456-7890" for number in range(3000))

    accepted = post(guarded, key, log_id, text=text)

    for part in range(1, accepted.body["parts"] + 1):
        guarded.wait_for_record(ACME, f"{log_id}#{part:05d}")
    found = get(guarded, f"{LOGS}/{log_id}", key).body
    assert accepted.body["parts"] > 1
    assert found["original_text"] == text
    assert found["modified_data"].splitlines()[2999] == "line 2999: write to [REDACTED] or call [REDACTED]"
    assert found["redactions"] == {"email": 3000, "phone": 3000}


def test_no_log_is_accepted_without_a_valid_key(guarded: Stack) -> None:
    log_id = a_name()
    bad_keys = {
        "none": None,
        "unknown": new_key(),
        "malformed": "rdp_short",
        "expired": guarded.make_key(ACME, expires_in=timedelta(seconds=-1)),
        "revoked": guarded.make_key(ACME, disabled=True),
    }

    answers = {name: post(guarded, key, log_id) for name, key in bad_keys.items()}

    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(bad_keys, 401)
    answers_given = [answer.body for name, answer in answers.items() if name != "none"]
    assert all(body == answers_given[0] for body in answers_given)
    good = guarded.make_key(ACME)
    post(guarded, good, f"{log_id}-after")
    guarded.wait_for_record(ACME, f"{log_id}-after")
    assert guarded.record(ACME, log_id) is None


@pytest.mark.parametrize("where", ["body", "header"])
def test_no_log_is_accepted_for_another_tenant_than_that_of_the_key(guarded: Stack, where: str) -> None:
    key, log_id = guarded.make_key(ACME), a_name()
    body = {"tenant_id": BETA} if where == "body" else {}
    headers = {"X-Tenant-ID": BETA} if where == "header" else {}
    content = json.dumps({"log_id": log_id, "text": "x"} | body)

    answer = guarded.request(
        "/ingest", content, content_type="application/json", Authorization=f"Bearer {key}", **headers
    )

    post(guarded, key, f"{log_id}-after")
    guarded.wait_for_record(ACME, f"{log_id}-after")
    assert (answer.status, answer.body["code"]) == (403, "wrong_tenant")
    assert [guarded.record(tenant_id, log_id) for tenant_id in (ACME, BETA)] == [None, None]


@pytest.mark.parametrize("path", [LOGS, f"{LOGS}/1"])
def test_a_key_opens_the_logs_of_its_own_tenant_only(guarded: Stack, path: str) -> None:
    key = guarded.make_key(BETA)

    assert (get(guarded, path, key).status, get(guarded, path, None).status) == (403, 401)


def test_a_cursor_works_only_for_its_own_tenant(guarded: Stack) -> None:
    acme, beta, prefix = guarded.make_key(ACME), guarded.make_key(BETA), a_name()
    for number in range(2):
        post(guarded, acme, f"{prefix}-{number}")
        guarded.wait_for_record(ACME, f"{prefix}-{number}")
    cursor = get(guarded, f"{LOGS}?prefix={prefix}&limit=1", acme).body["cursor"]

    answer = get(guarded, f"/tenants/{BETA}/processed_logs?cursor={cursor}", beta)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")


def test_health_stays_open(guarded: Stack) -> None:
    assert get(guarded, "/health", None).status == 200


def test_without_authentication_nothing_can_be_read(stack: Stack) -> None:
    assert get(stack, LOGS, None).status == 404


@dataclass
class Session:
    """Somebody's credentials, and what they reach."""

    stack: Stack
    keys: dict[str, str]

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.stack.cloud.endpoint_url,
            region_name=REGION,
            aws_access_key_id=self.keys["AccessKeyId"],
            aws_secret_access_key=self.keys["SecretAccessKey"],
            aws_session_token=self.keys["SessionToken"],
        )

    def assume(self, role: str, **tags: str) -> "Session":
        return _assume(self.client("sts"), self.stack, role, tags)


def _assume(sts: Any, stack: Stack, role: str, tags: dict[str, str]) -> Session:
    arn = stack.cloud.client("iam").get_role(RoleName=role)["Role"]["Arn"]
    session_tags = [{"Key": name, "Value": value} for name, value in tags.items()]
    answer = sts.assume_role(RoleArn=arn, RoleSessionName="somebody", **({"Tags": session_tags} if tags else {}))
    return Session(stack, answer["Credentials"])


def session_of(stack: Stack, role: str) -> Session:
    """Return the session that Lambda gives to a function; the emulator's root may stand in for Lambda."""
    return _assume(stack.cloud.client("sts"), stack, role, {})


def is_denied(call: Callable[..., Any], **arguments: Any) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        return "AccessDenied" in error.response["Error"]["Code"]
    return False


def row(tenant_id: str, log_id: str = "1") -> dict[str, Any]:
    return {"tenant_id": {"S": tenant_id}, "log_id": {"S": log_id}}


def reach(session: Session, tenant_id: str) -> dict[str, bool]:
    """Try every way to a tenant's rows; tell of each whether it leads there."""
    table, dynamodb = session.stack.outputs["table_name"], session.client("dynamodb")
    ways: dict[str, tuple[str, dict[str, Any]]] = {
        "put": ("put_item", {"TableName": table, "Item": row(tenant_id, a_name())}),
        "get": ("get_item", {"TableName": table, "Key": row(tenant_id)}),
        "query": (
            "query",
            {
                "TableName": table,
                "KeyConditionExpression": "tenant_id = :t",
                "ExpressionAttributeValues": {":t": {"S": tenant_id}},
            },
        ),
        "delete": ("delete_item", {"TableName": table, "Key": row(tenant_id)}),
        "batch get": ("batch_get_item", {"RequestItems": {table: {"Keys": [row(tenant_id), row("other")]}}}),
        "scan": ("scan", {"TableName": table}),
    }
    return {way: not is_denied(getattr(dynamodb, call), **arguments) for way, (call, arguments) in ways.items()}


NOWHERE = dict.fromkeys(("put", "get", "query", "delete", "batch get", "scan"), False)


@pytest.mark.parametrize(
    ("function", "role", "ways"),
    [("worker", "tenant-writer", {"put", "get"}), ("query", "tenant-reader", {"get", "query"})],
)
def test_acting_for_a_tenant_reaches_that_tenants_rows_only(
    guarded: Stack, function: str, role: str, ways: set[str]
) -> None:
    session = session_of(guarded, f"logs-{function}").assume(f"logs-{role}", tenant_id=ACME)

    assert reach(session, ACME) == NOWHERE | dict.fromkeys(ways, True)
    assert reach(session, BETA) == NOWHERE


@pytest.mark.parametrize("function", ["ingest", "worker", "query", "authorizer"])
def test_no_function_reaches_a_row_by_its_own_role(guarded: Stack, function: str) -> None:
    assert reach(session_of(guarded, f"logs-{function}"), ACME) == NOWHERE


@pytest.mark.parametrize(
    ("function", "role", "tags"),
    [
        ("worker", "tenant-writer", {}),
        ("worker", "tenant-writer", {"other": ACME}),
        ("worker", "tenant-writer", {"tenant_id": ACME, "other": BETA}),
        ("worker", "tenant-reader", {"tenant_id": ACME}),
        ("query", "tenant-writer", {"tenant_id": ACME}),
        ("ingest", "tenant-writer", {"tenant_id": ACME}),
        ("authorizer", "tenant-reader", {"tenant_id": ACME}),
    ],
)
def test_no_other_function_and_no_other_tag_can_act_for_a_tenant(
    guarded: Stack, function: str, role: str, tags: dict[str, str]
) -> None:
    session = session_of(guarded, f"logs-{function}")

    assert is_denied(session.assume, role=f"logs-{role}", **tags)


@pytest.mark.parametrize("function", ["ingest", "worker", "query"])
def test_only_the_authorizer_reads_keys(guarded: Stack, function: str) -> None:
    arguments = {"TableName": guarded.outputs["key_table_name"], "Key": {"key_hash": {"S": "0"}}}

    assert is_denied(session_of(guarded, f"logs-{function}").client("dynamodb").get_item, **arguments)
    assert not is_denied(session_of(guarded, "logs-authorizer").client("dynamodb").get_item, **arguments)
