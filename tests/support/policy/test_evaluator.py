"""Statements match and combine as AWS documents it, and the unknown is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.policy_evaluator import Decision, PolicyError, Request, decide

Fields = dict[str, Any]

ROLE = "arn:aws:iam::111122223333:role/tenant"
ROOT = "arn:aws:iam::111122223333:root"
LOGS = "arn:aws:dynamodb:eu-west-1:111122223333:table/logs"
QUEUE = "arn:aws:sqs:eu-west-1:111122223333:ingest"

ALLOW, DENY, SILENT = Decision.ALLOW, Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY


def policy(*statements: Fields) -> Fields:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(**elements: Any) -> Fields:
    return {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": LOGS, **elements}


def asked(action: str = "dynamodb:GetItem", resource: str = LOGS, **context: Any) -> Request:
    keys = {name.replace("__", ":").replace("_s_", "/"): value for name, value in context.items()}
    return Request(action=action, resource=resource, principal=ROLE, context=keys)


def test_without_a_statement_that_allows_it_a_request_is_denied() -> None:
    assert decide(asked()) is SILENT
    assert decide(asked(), [policy(statement(Action="dynamodb:PutItem"))]) is SILENT


def test_an_explicit_deny_wins_over_every_allow() -> None:
    deny = policy(statement(Effect="Deny", Action="dynamodb:*", Resource="*"))

    assert decide(asked(), [policy(statement())]) is ALLOW
    assert decide(asked(), [policy(statement()), deny]) is DENY
    assert decide(asked(), [deny, policy(statement())]) is DENY
    assert decide(asked(), [deny]) is DENY


def test_a_single_statement_needs_no_list() -> None:
    assert decide(asked(), [{"Version": "2012-10-17", "Statement": statement()}]) is ALLOW


@pytest.mark.parametrize(
    ("action", "decision"),
    [
        ("dynamodb:GetItem", ALLOW),
        ("DynamoDB:getitem", ALLOW),
        ("dynamodb:Get*", ALLOW),
        ("dynamodb:?etItem", ALLOW),
        ("*", ALLOW),
        (["dynamodb:PutItem", "dynamodb:GetItem"], ALLOW),
        ("dynamodb:Get", SILENT),
        ("dynamodb:GetItems", SILENT),
        ("dynamodb:??GetItem", SILENT),
        ("dynamodb:Get.tem", SILENT),
        ([], SILENT),
    ],
)
def test_actions_match_by_wildcard_and_without_case(action: str | list[str], decision: Decision) -> None:
    assert decide(asked(), [policy(statement(Action=action))]) is decision


def test_not_action_is_every_other_action() -> None:
    other = {"Effect": "Allow", "NotAction": ["dynamodb:Scan", "iam:*"], "Resource": "*"}

    assert decide(asked("dynamodb:GetItem"), [policy(other)]) is ALLOW
    assert decide(asked("dynamodb:scan"), [policy(other)]) is SILENT
    assert decide(asked("iam:CreateRole"), [policy(other)]) is SILENT


@pytest.mark.parametrize(
    ("resource", "decision"),
    [
        (LOGS, ALLOW),
        ("*", ALLOW),
        ([QUEUE, LOGS], ALLOW),
        ("arn:aws:dynamodb:*:*:table/logs", ALLOW),
        ("arn:aws:dynamodb:eu-west-?:111122223333:table/l*", ALLOW),
        (f"{LOGS}/index/*", SILENT),
        (f"{LOGS}*", ALLOW),
        ("arn:aws:dynamodb:*:*:table/LOGS", SILENT),
        ("arn:aws:dynamodb:*:table/logs:*", SILENT),
        ("arn:*:*:*:*:table", SILENT),
    ],
)
def test_resources_match_field_by_field(resource: str | list[str], decision: Decision) -> None:
    assert decide(asked(), [policy(statement(Resource=resource))]) is decision


def test_the_last_field_of_an_arn_may_contain_colons() -> None:
    group = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/worker"
    write = statement(Action="logs:PutLogEvents", Resource=f"{group}:*")

    assert decide(asked("logs:PutLogEvents", f"{group}:log-stream:a"), [policy(write)]) is ALLOW
    assert decide(asked("logs:PutLogEvents", group), [policy(write)]) is SILENT


def test_a_wildcard_stays_within_its_field_of_an_arn() -> None:
    group = "arn:aws:logs:eu-west-1:111122223333:log-group:worker:stream"
    shifted = statement(Resource="arn:aws:*:111122223333:log-group:worker:stream")

    assert decide(asked(resource=group), [policy(shifted)]) is SILENT


def test_not_resource_is_every_other_resource() -> None:
    other = {"Effect": "Allow", "Action": "dynamodb:*", "NotResource": LOGS}

    assert decide(asked(resource=LOGS), [policy(other)]) is SILENT
    assert decide(asked(resource=f"{LOGS}-2"), [policy(other)]) is ALLOW


def test_an_action_without_a_resource_needs_a_star() -> None:
    assert decide(asked("dynamodb:ListTables", "*"), [policy(statement(Action="dynamodb:*"))]) is SILENT
    everywhere = statement(Action="dynamodb:*", Resource="*")
    assert decide(asked("dynamodb:ListTables", "*"), [policy(everywhere)]) is ALLOW


@pytest.mark.parametrize(
    "elements",
    [
        {"Condition": {"StringNotEquals": {"k": "${aws:PrincipalTag/absent}"}}},
        {"Condition": {"StringEquals": {"k": "${aws:TagKeys}"}}},
        {"NotPrincipal": "*"},
        {"Principal": "*"},
        {"NotAction": "dynamodb:Scan"},
        {"NotResource": QUEUE},
        {"Effect": "allow"},
        {"Resource": "arn:aws:dynamodb"},
        {"Action": "sqs:SendMessage", "Condition": {"NumericLessThan": {"k": "1"}}},
    ],
)
def test_a_statement_that_cannot_be_decided_is_refused(elements: Fields) -> None:
    with pytest.raises(PolicyError):
        decide(asked(k="a", aws__TagKeys=["b"]), [policy(statement(**elements))])


def test_a_negated_resource_with_an_absent_variable_is_refused() -> None:
    other = {
        "Effect": "Allow",
        "Action": "*",
        "NotResource": "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/x}",
    }

    with pytest.raises(PolicyError, match="variable under a negation"):
        decide(asked(), [policy(other)])


def test_an_unknown_element_of_a_policy_is_refused() -> None:
    with pytest.raises(PolicyError, match="Version, Id and Statement"):
        decide(asked(), [{**policy(statement()), "Rules": []}])


@pytest.mark.parametrize("principal", ["worker", "arn:aws:sts::111122223333:assumed-role/worker/x", ROOT, "*", ""])
def test_a_caller_is_a_role_a_user_a_service_or_anonymous(principal: str) -> None:
    with pytest.raises(PolicyError, match="role or user"):
        Request(action="sqs:SendMessage", resource=QUEUE, principal=principal)
