"""The embedded cloud decides row by row, and a MiniStack that has changed is noticed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb

from local.gaps import iam

if TYPE_CHECKING:
    from collections.abc import Iterator

Fields = dict[str, Any]

ACCOUNT = "000000000000"
LOGS = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/logs"
OWN_ROWS_UNGUARDED = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant_id}"]}}
OWN_ROWS = {**OWN_ROWS_UNGUARDED, "Null": {"dynamodb:LeadingKeys": "false"}}
TENANT_POLICY = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": LOGS, "Condition": OWN_ROWS}
INDEX = {
    "IndexName": "by-source",
    "KeySchema": [{"AttributeName": "source", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


def schema(table: str, **keys: str) -> Fields:
    names = [*keys, "source"]
    return {
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
        "GlobalSecondaryIndexes": [INDEX],
    }


def row(tenant: str) -> Fields:
    return {"tenant_id": {"S": tenant}, "log_id": {"S": "1"}}


def key(tenant: str) -> Fields:
    return {"TableName": "logs", "Key": row(tenant)}


def query(condition: str, *, tenant: str = "acme", **more: Any) -> Fields:
    values = {":t": {"S": tenant}, ":l": {"S": "2026"}}
    named = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}
    return {"TableName": "logs", **named, **more}


def legacy_query(operator: str) -> Fields:
    condition = {"ComparisonOperator": operator, "AttributeValueList": [{"S": "acme"}]}
    return {"TableName": "logs", "KeyConditions": {"tenant_id": condition}}


@pytest.fixture
def ministack(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """MiniStack's modules in this process, with two tables, put back afterwards."""
    for name in ("extract_iam_action", "dynamodb_service_context"):
        monkeypatch.setattr(iam_actions, name, getattr(iam_actions, name))
    for name in ("_conditions_met", "_resolve_condition_key", "enforce"):
        monkeypatch.setattr(iam_evaluator, name, getattr(iam_evaluator, name))
    for table in (schema("logs", tenant_id="HASH", log_id="RANGE"), schema("accounts", account="HASH")):
        status, _, body = dynamodb._create_table(table)
        assert status == 200, body
    yield
    dynamodb.reset()


@pytest.fixture
def closed(ministack: None) -> None:
    """MiniStack's modules with the gaps closed."""
    assert ministack is None
    iam.close_iam_gaps()


def context_of(operation: str, body: Fields, query_string: Fields | None = None) -> Fields:
    raw = json.dumps(body).encode()
    headers = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
    action = iam_actions.extract_iam_action("dynamodb", "POST", "/", headers, raw, query_string or {})
    assert action == f"dynamodb:{operation}"
    context: Fields = iam_actions.dynamodb_service_context(raw)
    return context


ALIAS = {"ExpressionAttributeNames": {"#t": "tenant_id", "#l": "log_id", "#s": "source"}}
GET_TWO_TABLES = {
    "logs": {"Keys": [row("beta"), row("acme")]},
    "accounts": {"Keys": [{"account": {"S": "7"}}]},
}
WRITES = [{"PutRequest": {"Item": row("acme")}}, {"DeleteRequest": {"Key": row("beta")}}]
TRANSACTION = [
    {"Put": {"TableName": "logs", "Item": row("a")}},
    {"Update": key("b")},
    {"Delete": key("c")},
    {"ConditionCheck": key("d")},
]
NAMED_KEYS: dict[str, tuple[str, Fields, list[str]]] = {
    "put": ("PutItem", {"TableName": "logs", "Item": row("acme")}, ["acme"]),
    "get": ("GetItem", key("acme"), ["acme"]),
    "get by the table's arn": ("GetItem", {"TableName": LOGS, "Key": row("acme")}, ["acme"]),
    "update": ("UpdateItem", key("acme"), ["acme"]),
    "delete": ("DeleteItem", key("acme"), ["acme"]),
    "another schema": ("GetItem", {"TableName": "accounts", "Key": {"account": {"S": "7"}}}, ["7"]),
    "query": ("Query", query("tenant_id = :t AND begins_with(log_id, :l)"), ["acme"]),
    "query, aliased and turned round": ("Query", query("#l > :l AND :t = #t", **ALIAS), ["acme"]),
    "query, legacy": ("Query", legacy_query("EQ"), ["acme"]),
    "query on an index": ("Query", query("#s = :t", IndexName="by-source", **ALIAS), ["acme"]),
    "batch get": ("BatchGetItem", {"RequestItems": GET_TWO_TABLES}, ["7", "acme", "beta"]),
    "batch write": ("BatchWriteItem", {"RequestItems": {"logs": WRITES}}, ["acme", "beta"]),
    "transact write": ("TransactWriteItems", {"TransactItems": TRANSACTION}, ["a", "b", "c", "d"]),
    "transact get": ("TransactGetItems", {"TransactItems": [{"Get": key("acme")}]}, ["acme"]),
}
BATCH_BESIDE_TABLE = {"TableName": "logs", "RequestItems": GET_TWO_TABLES}
TWO_TYPES = {"tenant_id": {"S": "acme", "N": "1"}, "log_id": {"S": "1"}}
NO_KEYS: dict[str, tuple[str, Fields]] = {
    "scan": ("Scan", {"TableName": "logs"}),
    "scan that carries a key": ("Scan", key("acme")),
    "scan that carries a query": ("Scan", query("tenant_id = :t")),
    "partiql": ("ExecuteStatement", {"Statement": "SELECT * FROM logs WHERE tenant_id = 'acme'"}),
    "another schema, without its key": ("GetItem", {"TableName": "accounts", "Key": row("acme")}),
    "query by something else": ("Query", query("log_id = :t")),
    "query by a range": ("Query", query("tenant_id > :t")),
    "query, legacy, by a range": ("Query", legacy_query("GE")),
    "query on an index by the table's key": ("Query", query("tenant_id = :t", IndexName="by-source")),
    "batch, one row without key": ("BatchGetItem", {"RequestItems": {"logs": {"Keys": [row("acme"), {}]}}}),
    "batch that names a table beside it": ("BatchGetItem", BATCH_BESIDE_TABLE),
    "unknown table": ("GetItem", {"TableName": "nowhere", "Key": row("acme")}),
    "two types in one value": ("GetItem", {"TableName": "logs", "Key": TWO_TYPES}),
    "nonsense": ("GetItem", {"TableName": ["logs"], "Key": "acme"}),
}


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(("operation", "body", "keys"), NAMED_KEYS.values(), ids=NAMED_KEYS.keys())
def test_the_leading_keys_of_an_operation_are_the_partition_keys_that_it_names(
    operation: str, body: Fields, keys: list[str]
) -> None:
    assert context_of(operation, body)["dynamodb:LeadingKeys"] == keys


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(("operation", "body"), NO_KEYS.values(), ids=NO_KEYS.keys())
def test_an_operation_without_a_readable_key_has_no_leading_keys(operation: str, body: Fields) -> None:
    assert "dynamodb:LeadingKeys" not in context_of(operation, body)


@pytest.mark.usefixtures("closed")
def test_an_action_in_the_query_string_does_not_disguise_a_scan() -> None:
    assert "dynamodb:LeadingKeys" not in context_of("Scan", key("acme"), {"Action": ["GetItem"]})


@pytest.mark.usefixtures("closed")
def test_other_services_keep_their_actions() -> None:
    action = iam_actions.extract_iam_action("sts", "POST", "/", {}, b"", {"Action": ["AssumeRole"]})

    assert action == "sts:AssumeRole"


def decide(condition: Fields, *, tags: Fields, keys: list[str], **given: str) -> str:
    ctx = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/acme/session",
        principal_type="AssumedRole",
        principal_account=ACCOUNT,
        action="dynamodb:GetItem",
        resource_arn=LOGS,
        region="us-east-1",
        service_context={"dynamodb:leadingkeys": keys} if keys else {},
        principal_keys={f"aws:principaltag/{name}": value for name, value in tags.items()},
        **given,
    )
    policy = {"Statement": [{**TENANT_POLICY, "Condition": condition}]}
    decision: str = iam_evaluator.evaluate(ctx, [iam_evaluator.parse_policy_document(policy)]).decision
    return decision


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(
    ("tags", "keys", "decision"),
    [
        ({"tenant_id": "acme"}, ["acme"], "Allow"),
        ({"tenant_id": "acme"}, ["beta"], "ImplicitDeny"),
        ({"tenant_id": "acme"}, ["acme", "beta"], "ImplicitDeny"),
        ({"tenant_id": "acme"}, ["ACME"], "ImplicitDeny"),
        ({"tenant_id": "acme"}, ["${aws:PrincipalTag/tenant_id}"], "ImplicitDeny"),
        ({"tenant_id": "acme"}, [], "ImplicitDeny"),
        ({"tenant": "acme"}, ["acme"], "ImplicitDeny"),
        ({}, ["${aws:PrincipalTag/tenant_id}"], "ImplicitDeny"),
    ],
)
def test_row_isolation_allows_a_tenant_s_own_rows_only(tags: Fields, keys: list[str], decision: str) -> None:
    assert decide(OWN_ROWS, tags=tags, keys=keys) == decision


TENANT = "aws:PrincipalTag/tenant_id"
ROLE = "arn:aws:sts::*:assumed-role/${aws:PrincipalTag/tenant_id}/*"
CONDITIONS: dict[str, tuple[Fields, str]] = {
    "without the guard a scan passes": (OWN_ROWS_UNGUARDED, "Allow"),
    "inside a text": (
        {"StringEquals": {"aws:PrincipalTag/long": "t-${aws:PrincipalTag/tenant_id}"}},
        "Allow",
    ),
    "in an arn": ({"ArnLike": {"aws:PrincipalArn": ROLE}}, "Allow"),
    "one of several": ({"StringEquals": {TENANT: ["${aws:PrincipalTag/absent}", "acme"]}}, "Allow"),
    "absent": ({"StringEquals": {TENANT: "${aws:PrincipalTag/absent}"}}, "ImplicitDeny"),
    "absent, with a default": ({"StringEquals": {TENANT: "${aws:PrincipalTag/absent, 'acme'}"}}, "Allow"),
    "absent, negated": ({"StringNotEquals": {TENANT: "${aws:PrincipalTag/absent}"}}, "ImplicitDeny"),
    "a wildcard as value": ({"StringLike": {TENANT: "${aws:PrincipalTag/star}"}}, "ImplicitDeny"),
    "none at all": ({"Bool": {"aws:PrincipalTag/flag": "true"}, "Null": {TENANT: "false"}}, "Allow"),
}


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(("condition", "decision"), CONDITIONS.values(), ids=CONDITIONS.keys())
def test_a_condition_may_contain_a_variable(condition: Fields, decision: str) -> None:
    tags = {"tenant_id": "acme", "long": "t-acme", "star": "*", "flag": "true"}

    assert decide(condition, tags=tags, keys=[]) == decision


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(("source_ip", "secure"), [("127.0.0.1", "true"), ("::1", "true"), ("192.0.2.1", "false")])
def test_plain_http_counts_as_secure_over_loopback_only(source_ip: str, secure: str) -> None:
    condition = {"Bool": {"aws:SecureTransport": secure}}

    assert decide(condition, tags={}, keys=[], source_ip=source_ip) == "Allow"


@pytest.mark.usefixtures("ministack")
def test_closing_the_gaps_twice_is_the_same_as_once() -> None:
    iam.close_iam_gaps()
    once = iam_evaluator.enforce

    iam.close_iam_gaps()

    assert iam_evaluator.enforce is once


RELIED_ON = [(module, name) for module, names in iam._RELIED_ON.items() for name in names]


@pytest.mark.usefixtures("ministack")
@pytest.mark.parametrize(("module", "name"), RELIED_ON)
def test_a_changed_function_is_named(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    monkeypatch.setattr(module, name, lambda *, other: other)
    with pytest.raises(iam.MiniStackChangedError, match=rf"1\.5\.33.*\.{name} takes other"):
        iam.close_iam_gaps()

    monkeypatch.delattr(module, name)
    with pytest.raises(iam.MiniStackChangedError, match=rf"\.{name} .*it is gone"):
        iam.close_iam_gaps()


@pytest.mark.usefixtures("ministack")
def test_missing_tables_of_ministack_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.delattr(dynamodb, "_tables")
        with pytest.raises(iam.MiniStackChangedError, match="_tables is gone"):
            iam.close_iam_gaps()


@pytest.mark.usefixtures("ministack")
def test_a_ministack_that_closes_a_gap_itself_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        resolving = iam._with_variables(iam_evaluator._conditions_met)
        patch.setattr(iam_evaluator, "_conditions_met", resolving)
        with pytest.raises(iam.MiniStackChangedError, match="resolves variables now"):
            iam.close_iam_gaps()

    knowing = {"dynamodb:LeadingKeys": ["a"]}
    monkeypatch.setattr(iam_actions, "dynamodb_service_context", lambda body: knowing if body else {})
    with pytest.raises(iam.MiniStackChangedError, match="knows dynamodb:LeadingKeys now"):
        iam.close_iam_gaps()


@pytest.mark.usefixtures("ministack")
def test_a_ministack_that_evaluates_conditions_differently_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    inlined = iam_evaluator._conditions_met
    monkeypatch.setattr(
        iam_evaluator,
        "_first_match",
        lambda ctx, found, effect: next((s for s in found if s.effect == effect and inlined(s.conditions, ctx)), None),
    )

    with pytest.raises(iam.MiniStackChangedError, match="conditions are evaluated in another way"):
        iam.close_iam_gaps()


@pytest.mark.parametrize("operation", ["SendMessage", "DeleteMessage", "ChangeMessageVisibility"])
def test_a_batch_call_of_sqs_needs_the_action_for_a_single_message(closed: None, operation: str) -> None:
    assert closed is None
    headers = {"x-amz-target": f"AmazonSQS.{operation}Batch"}

    action = iam_actions.extract_iam_action("sqs", "POST", "/", headers, b"{}", {})

    assert action == f"sqs:{operation}"
