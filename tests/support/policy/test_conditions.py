"""Conditions and variables hold as AWS documents them, or are refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.policy_evaluator import Decision, PolicyError, Request, decide

Fields = dict[str, Any]

ROLE = "arn:aws:iam::111122223333:role/tenant"
LOGS = "arn:aws:dynamodb:eu-west-1:111122223333:table/logs"

ALLOW, DENY, SILENT = Decision.ALLOW, Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY

OWN_ROWS_UNGUARDED = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant_id}"]}}
OWN_ROWS = {**OWN_ROWS_UNGUARDED, "Null": {"dynamodb:LeadingKeys": "false"}}


def policy(*statements: Fields, version: str = "2012-10-17") -> Fields:
    return {"Version": version, "Statement": list(statements)}


def statement(**elements: Any) -> Fields:
    return {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": LOGS, **elements}


def asked(action: str = "dynamodb:GetItem", resource: str = LOGS, **context: Any) -> Request:
    keys = {name.replace("__", ":").replace("_s_", "/"): value for name, value in context.items()}
    return Request(action=action, resource=resource, principal=ROLE, context=keys)


def by_condition(condition: Fields, context: Fields) -> Decision:
    request = Request(action="dynamodb:GetItem", resource=LOGS, principal=ROLE, context=context)
    return decide(request, [policy(statement(Condition=condition))])


TAGGED = {"aws:PrincipalTag/tenant_id": "acme"}


@pytest.mark.parametrize(
    ("context", "decision"),
    [
        ({**TAGGED, "dynamodb:LeadingKeys": ["acme"]}, ALLOW),
        ({**TAGGED, "dynamodb:LeadingKeys": ["acme", "acme"]}, ALLOW),
        ({**TAGGED, "dynamodb:LeadingKeys": ["beta"]}, SILENT),
        ({**TAGGED, "dynamodb:LeadingKeys": ["acme", "beta"]}, SILENT),
        ({**TAGGED, "dynamodb:LeadingKeys": ["ACME"]}, SILENT),
        ({**TAGGED, "dynamodb:LeadingKeys": ["acme2"]}, SILENT),
        ({**TAGGED, "dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant_id}"]}, SILENT),
        ({**TAGGED, "dynamodb:LeadingKeys": []}, SILENT),
        ({**TAGGED, "dynamodb:LeadingKeys": [""]}, SILENT),
        (TAGGED, SILENT),
        ({"dynamodb:LeadingKeys": ["acme"]}, SILENT),
        ({"dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant_id}"]}, SILENT),
        ({}, SILENT),
        ({"AWS:principaltag/TENANT_ID": "acme", "DynamoDB:leadingkeys": ["acme"]}, ALLOW),
    ],
)
def test_row_isolation_allows_only_a_tenant_s_own_rows(context: Fields, decision: Decision) -> None:
    assert by_condition(OWN_ROWS, context) is decision


def test_for_all_values_alone_allows_a_scan_and_the_null_guard_denies_it() -> None:
    assert by_condition(OWN_ROWS_UNGUARDED, TAGGED) is ALLOW
    assert by_condition(OWN_ROWS_UNGUARDED, {**TAGGED, "dynamodb:LeadingKeys": []}) is ALLOW
    assert by_condition(OWN_ROWS_UNGUARDED, {}) is ALLOW
    assert by_condition(OWN_ROWS, TAGGED) is SILENT


ONE, TWO, MANY, NONE, EMPTY = {"k": "a"}, {"k": "b"}, {"k": ["a", "b"]}, {}, {"k": []}
CONDITIONS: list[tuple[str, Any, Fields, bool]] = [
    ("StringEquals", "a", ONE, True),
    ("StringEquals", "A", ONE, False),
    ("StringEquals", ["b", "a"], ONE, True),
    ("StringEquals", "b", ONE, False),
    ("StringEquals", "*", ONE, False),
    ("StringEquals", "a", NONE, False),
    ("StringEquals", [], ONE, False),
    ("StringEqualsIfExists", "a", NONE, True),
    ("StringEqualsIfExists", "a", TWO, False),
    ("StringLike", "a*", ONE, True),
    ("StringLike", "?", ONE, True),
    ("StringLike", "??", ONE, False),
    ("StringLike", "*", NONE, False),
    ("StringLike", "a*z", {"k": "a:b:z"}, True),
    ("StringNotEquals", "a", ONE, False),
    ("StringNotEquals", ["b", "a"], ONE, False),
    ("StringNotEquals", ["b", "c"], ONE, True),
    ("StringNotEquals", "a", NONE, True),
    ("StringNotEqualsIfExists", "a", NONE, True),
    ("StringNotEqualsIfExists", "a", ONE, False),
    ("StringNotLike", "a*", ONE, False),
    ("StringNotLike", "b*", ONE, True),
    ("Bool", "true", {"k": "true"}, True),
    ("Bool", True, {"k": "true"}, True),
    ("Bool", "True", {"k": "true"}, True),
    ("Bool", "false", {"k": "true"}, False),
    ("Bool", "false", NONE, False),
    ("BoolIfExists", "false", NONE, True),
    ("Null", "true", NONE, True),
    ("Null", "true", ONE, False),
    ("Null", "true", EMPTY, True),
    ("Null", "false", NONE, False),
    ("Null", "false", ONE, True),
    ("Null", False, MANY, True),
    ("ArnEquals", "arn:aws:sqs:*:1:q", {"k": "arn:aws:sqs:r:1:q"}, True),
    ("ArnLike", "arn:aws:sqs:*:1:q", {"k": "arn:aws:sqs:r:2:q"}, False),
    ("ArnLike", "arn:aws:sqs:*:q", {"k": "arn:aws:sqs:r:1:q"}, None),
    ("ArnNotLike", "arn:aws:sqs:*:1:q", {"k": "arn:aws:sqs:r:1:q"}, False),
    ("ArnNotEquals", "arn:aws:sqs:*:1:q", NONE, True),
    ("ForAllValues:StringEquals", ["a", "b", "c"], MANY, True),
    ("ForAllValues:StringEquals", "a", MANY, False),
    ("ForAllValues:StringEquals", "a", ONE, True),
    ("ForAllValues:StringEquals", "a", NONE, True),
    ("ForAllValues:StringEquals", "a", EMPTY, True),
    ("ForAllValues:StringEquals", "a", {"k": ""}, True),
    ("ForAllValues:StringLike", "?", MANY, True),
    ("ForAllValues:StringNotEquals", "c", MANY, True),
    ("ForAllValues:StringNotEquals", "a", MANY, False),
    ("ForAllValues:StringNotEquals", "a", NONE, True),
    ("ForAnyValue:StringEquals", "a", MANY, True),
    ("ForAnyValue:StringEquals", ["x", "b"], MANY, True),
    ("ForAnyValue:StringEquals", "c", MANY, False),
    ("ForAnyValue:StringEquals", "a", NONE, False),
    ("ForAnyValue:StringEquals", "a", EMPTY, False),
    ("ForAnyValue:StringEqualsIfExists", "a", NONE, True),
    ("ForAnyValue:StringNotEquals", "a", MANY, True),
    ("ForAnyValue:StringNotEquals", ["a", "b"], MANY, False),
    ("ForAnyValue:StringNotEquals", "a", NONE, False),
    ("StringEquals", "a", MANY, None),
    ("StringEquals", "a", {"k": ["a"]}, None),
    ("Null", "maybe", ONE, None),
    ("NullIfExists", "true", ONE, None),
    ("stringequals", "a", ONE, None),
    ("NumericEquals", "1", ONE, None),
    ("ForSomeValues:StringEquals", "a", ONE, None),
]


@pytest.mark.parametrize(("operator", "wanted", "context", "holds"), CONDITIONS)
def test_an_operator_is_true_as_documented_or_is_refused(
    operator: str, wanted: object, context: Fields, *, holds: bool | None
) -> None:
    if holds is None:
        with pytest.raises(PolicyError):
            by_condition({operator: {"k": wanted}}, context)
    else:
        assert by_condition({operator: {"k": wanted}}, context) is (ALLOW if holds else SILENT)


def test_every_operator_and_every_key_must_hold() -> None:
    both = {"StringEquals": {"k": "a", "l": "b"}, "Null": {"m": "true"}}

    assert by_condition(both, {"k": "a", "l": "b"}) is ALLOW
    assert by_condition(both, {"k": "a", "l": "x"}) is SILENT
    assert by_condition(both, {"k": "a"}) is SILENT
    assert by_condition(both, {"k": "a", "l": "b", "m": "1"}) is SILENT


def test_a_deny_whose_condition_fails_denies_nothing() -> None:
    deny = statement(Effect="Deny", Condition={"StringNotEquals": {"k": "a"}})

    assert decide(asked(k="a"), [policy(statement(), deny)]) is ALLOW
    assert decide(asked(k="b"), [policy(statement(), deny)]) is DENY
    assert decide(asked(), [policy(statement(), deny)]) is DENY


def test_the_principal_s_own_arn_and_account_are_known() -> None:
    assert by_condition({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/tenant"}}, {}) is ALLOW
    assert by_condition({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}, {}) is ALLOW
    assert by_condition({"StringEquals": {"aws:PrincipalAccount": "444455556666"}}, {}) is SILENT


@pytest.mark.parametrize(
    ("wanted", "holds"),
    [
        ("t-${aws:PrincipalTag/tenant_id}-x", True),
        ("${aws:PrincipalTag/absent, 'default'}", False),
        ("t-${aws:PrincipalTag/absent, 'acme'}-x", True),
        ("t-${aws:PrincipalTag/tenant_id, 'beta'}-x", True),
        ("${aws:PrincipalTag/absent}", False),
        ("t-${aws:PrincipalTag/star}", False),
        ("t${*}acme${*}x", False),
        ("t-*", True),
    ],
)
def test_a_variable_is_plain_text_without_wildcards(wanted: str, *, holds: bool) -> None:
    context = {**TAGGED, "aws:PrincipalTag/star": "*", "k": "t-acme-x"}

    assert by_condition({"StringLike": {"k": wanted}}, context) is (ALLOW if holds else SILENT)


@pytest.mark.parametrize(("escape", "value"), [("${*}", "*"), ("${?}", "?"), ("${$}", "$")])
def test_an_escape_means_its_character(escape: str, value: str) -> None:
    assert by_condition({"StringLike": {"k": escape}}, {"k": value}) is ALLOW
    assert by_condition({"StringLike": {"k": escape}}, {"k": "a"}) is SILENT


def test_variables_need_the_policy_version_of_2012() -> None:
    old = policy(statement(Condition={"StringEquals": {"k": "${aws:PrincipalTag/tenant_id}"}}), version="2008-10-17")
    unversioned = {"Statement": old["Statement"]}

    for document in (old, unversioned):
        assert decide(asked(k="acme", aws__PrincipalTag_s_tenant_id="acme"), [document]) is SILENT
        assert decide(asked(k="${aws:PrincipalTag/tenant_id}"), [document]) is ALLOW


def test_a_resource_may_contain_a_variable() -> None:
    own = policy(statement(Resource="arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/tenant_id}"))
    table = "arn:aws:dynamodb:eu-west-1:111122223333:table/acme"

    assert decide(asked(resource=table, aws__PrincipalTag_s_tenant_id="acme"), [own]) is ALLOW
    assert decide(asked(resource=table, aws__PrincipalTag_s_tenant_id="beta"), [own]) is SILENT
    assert decide(asked(resource=table), [own]) is SILENT
