"""Resource policies and trust policies apply to the principals that they name, as AWS documents it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.policy_evaluator import ANONYMOUS, Decision, PolicyError, Request, decide, decide_assume_role

Fields = dict[str, Any]

ROLE = "arn:aws:iam::111122223333:role/tenant"
WORKER = "arn:aws:iam::111122223333:role/worker"
ELSEWHERE = "arn:aws:iam::444455556666:role/worker"
ROOT = "arn:aws:iam::111122223333:root"
LAMBDA = "lambda.amazonaws.com"
QUEUE = "arn:aws:sqs:eu-west-1:111122223333:ingest"

ALLOW, DENY, SILENT = Decision.ALLOW, Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY


def policy(*statements: Fields) -> Fields:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(**elements: Any) -> Fields:
    return {"Effect": "Allow", **elements}


def send(principal: str, **context: str) -> Request:
    keys = {name.replace("__", ":"): value for name, value in context.items()}
    return Request(action="sqs:SendMessage", resource=QUEUE, principal=principal, context=keys)


def own_policy(principal: object, effect: str = "Allow", **elements: Any) -> Fields:
    named = {"Effect": effect, "Principal": principal, "Action": "sqs:*", "Resource": QUEUE, **elements}
    return policy(named)


MAY_SEND = policy(statement(Action="sqs:SendMessage", Resource=QUEUE))


@pytest.mark.parametrize(
    ("caller", "named", "alone", "with_own_policies"),
    [
        (WORKER, {"AWS": WORKER}, ALLOW, ALLOW),
        (WORKER, {"AWS": [ROLE, WORKER]}, ALLOW, ALLOW),
        (WORKER, "*", ALLOW, ALLOW),
        (WORKER, {"AWS": "*"}, ALLOW, ALLOW),
        (WORKER, {"AWS": ROOT}, SILENT, ALLOW),
        (WORKER, {"AWS": "111122223333"}, SILENT, ALLOW),
        (WORKER, {"AWS": ROLE}, SILENT, ALLOW),
        (WORKER, {"Service": LAMBDA}, SILENT, ALLOW),
        (ELSEWHERE, {"AWS": ELSEWHERE}, SILENT, ALLOW),
        (ELSEWHERE, {"AWS": "444455556666"}, SILENT, ALLOW),
        (ELSEWHERE, "*", SILENT, ALLOW),
        (ELSEWHERE, {"AWS": WORKER}, SILENT, SILENT),
        (LAMBDA, {"Service": LAMBDA}, ALLOW, ALLOW),
        (LAMBDA, {"Service": ["sns.amazonaws.com", LAMBDA]}, ALLOW, ALLOW),
        (LAMBDA, {"Service": "sns.amazonaws.com"}, SILENT, None),
        (ANONYMOUS, "*", ALLOW, None),
        (ANONYMOUS, {"AWS": ROOT}, SILENT, None),
    ],
)
def test_a_resource_policy_applies_to_the_principals_that_it_names(
    caller: str, named: object, alone: Decision, with_own_policies: Decision | None
) -> None:
    assert decide(send(caller), resource_policy=own_policy(named)) is alone
    if with_own_policies is not None:
        assert decide(send(caller), [MAY_SEND], own_policy(named)) is with_own_policies


def test_a_caller_of_another_account_needs_both_sides() -> None:
    assert decide(send(ELSEWHERE), [MAY_SEND]) is SILENT
    assert decide(send(WORKER), [MAY_SEND]) is ALLOW


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ROOT}, {"AWS": WORKER}])
def test_a_deny_in_a_resource_policy_wins(principal: object) -> None:
    assert decide(send(WORKER), [MAY_SEND], own_policy(principal, "Deny")) is DENY


def test_a_deny_for_another_principal_has_no_effect() -> None:
    assert decide(send(WORKER), [MAY_SEND], own_policy({"AWS": ROLE}, "Deny")) is ALLOW


def test_a_queue_that_demands_tls_denies_plain_http() -> None:
    tls_only = own_policy("*", "Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})

    assert decide(send(WORKER, aws__SecureTransport="false"), [MAY_SEND], tls_only) is DENY
    assert decide(send(WORKER, aws__SecureTransport="true"), [MAY_SEND], tls_only) is ALLOW
    assert decide(send(WORKER, aws__SecureTransport="true"), [], tls_only) is SILENT


@pytest.mark.parametrize("principal", [{"CanonicalUser": "a"}, {"AWS": "arn:aws:iam::111122223333:role/*"}])
def test_an_unknown_principal_is_refused(principal: object) -> None:
    with pytest.raises(PolicyError, match="principal"):
        decide(send(WORKER), [MAY_SEND], own_policy(principal))
    with pytest.raises(PolicyError, match="principal"):
        decide(send(WORKER), [MAY_SEND], own_policy(principal, Action="sqs:PurgeQueue"))


def test_a_resource_policy_must_name_a_principal() -> None:
    with pytest.raises(PolicyError, match="Principal"):
        decide(send(WORKER), [MAY_SEND], MAY_SEND)


BOTH = ["sts:AssumeRole", "sts:TagSession"]
PINNED = {
    "Null": {"aws:RequestTag/tenant_id": "false"},
    "ForAllValues:StringEquals": {"aws:TagKeys": ["tenant_id"]},
}


def trust(principal: object, action: object = BOTH, **elements: Any) -> Fields:
    return policy({"Effect": "Allow", "Principal": principal, "Action": action, **elements})


MAY_ASSUME = policy(statement(Action=BOTH, Resource=ROLE))


@pytest.mark.parametrize(
    ("tags", "decision"),
    [
        ({"tenant_id": "acme"}, ALLOW),
        ({"tenant_id": "acme", "team": "x"}, SILENT),
        ({"team": "x"}, SILENT),
        ({}, SILENT),
    ],
)
def test_a_trust_policy_may_pin_the_tags(tags: dict[str, str], decision: Decision) -> None:
    pinned = trust({"AWS": WORKER}, Condition=PINNED)

    assert decide_assume_role(principal=WORKER, role=ROLE, trust_policy=pinned, tags=tags) is decision


@pytest.mark.parametrize(
    ("principal", "named", "alone", "with_own_policies"),
    [
        (WORKER, {"AWS": WORKER}, ALLOW, ALLOW),
        (WORKER, {"AWS": ROOT}, SILENT, ALLOW),
        (WORKER, {"AWS": ROLE}, SILENT, SILENT),
        (WORKER, {"Service": LAMBDA}, SILENT, SILENT),
        (ELSEWHERE, {"AWS": ELSEWHERE}, SILENT, ALLOW),
        (LAMBDA, {"Service": LAMBDA}, ALLOW, ALLOW),
    ],
)
def test_nobody_assumes_a_role_that_does_not_trust_them(
    principal: str, named: object, alone: Decision, with_own_policies: Decision
) -> None:
    asked_for = {"principal": principal, "role": ROLE, "trust_policy": trust(named)}

    assert decide_assume_role(**asked_for) is alone
    assert decide_assume_role(**asked_for, identity_policies=[MAY_ASSUME]) is with_own_policies


def test_tags_need_tag_session_in_addition_to_assume_role() -> None:
    untagged = trust({"AWS": WORKER}, "sts:AssumeRole")
    tags = {"tenant_id": "acme"}

    assert decide_assume_role(principal=WORKER, role=ROLE, trust_policy=untagged) is ALLOW
    assert decide_assume_role(principal=WORKER, role=ROLE, trust_policy=untagged, tags=tags) is SILENT


def test_the_caller_needs_tag_session_if_the_trust_policy_names_its_account() -> None:
    only_assume = policy(statement(Action="sts:AssumeRole", Resource=ROLE))
    asked_for = {"principal": WORKER, "role": ROLE, "trust_policy": trust({"AWS": ROOT})}
    tags = {"tenant_id": "acme"}

    assert decide_assume_role(**asked_for, identity_policies=[only_assume]) is ALLOW
    assert decide_assume_role(**asked_for, identity_policies=[only_assume], tags=tags) is SILENT
    assert decide_assume_role(**asked_for, identity_policies=[MAY_ASSUME], tags=tags) is ALLOW


def test_a_deny_on_either_side_denies_the_role() -> None:
    trusting = trust({"AWS": WORKER})
    distrusting = policy(*trusting["Statement"], *trust("*", Effect="Deny")["Statement"])
    forbidden = policy(statement(Effect="Deny", Action="sts:*", Resource="*"))

    assert decide_assume_role(principal=WORKER, role=ROLE, trust_policy=distrusting) is DENY
    asked_for = {"principal": WORKER, "role": ROLE, "trust_policy": trusting}
    assert decide_assume_role(**asked_for, identity_policies=[forbidden]) is DENY


def test_a_trust_policy_may_require_more_context() -> None:
    named = trust({"AWS": WORKER}, Condition={"StringEquals": {"sts:RoleSessionName": "acme"}})
    asked_for = {"principal": WORKER, "role": ROLE, "trust_policy": named}

    assert decide_assume_role(**asked_for, context={"sts:RoleSessionName": "acme"}) is ALLOW
    assert decide_assume_role(**asked_for) is SILENT


def test_a_trust_policy_names_no_resource() -> None:
    with pytest.raises(PolicyError, match="trust policy"):
        decide_assume_role(principal=WORKER, role=ROLE, trust_policy=trust("*", Resource="*"))
