"""What has no formula is an error: nothing that a policy says is left out."""

from __future__ import annotations

from typing import Any

import pytest

from proofs.isolation.decision import RESOURCE, answer
from proofs.isolation.declared import Declared, _refuse_unknown_policies
from proofs.isolation.refusal import NotTranslatable
from proofs.isolation.request import Caller, Request

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
ALLOWED = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE}
ROLE = "aws:iam/role:Role"


def ask(*, own: Any = None, **elements: Any) -> None:
    request = Request(Caller("arn:aws:iam::123456789012:role/a", "123456789012"), places=2)
    policy = {"Version": "2012-10-17", "Statement": [ALLOWED | elements]}
    answer(request, identity=[policy], own=own, own_kind=RESOURCE, own_must_allow=False)


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"NotPrincipal": "*"}, "known elements"),
        ({"Principal": "*"}, "Principal, not in an identity policy"),
        ({"Effect": "allow"}, "the effect Allow or Deny"),
        ({"NotAction": "sqs:*"}, "Action or NotAction"),
        ({"NotResource": "*"}, "Resource or NotResource"),
        ({"Resource": "arn:aws:sqs"}, "six fields"),
        (
            {"Condition": {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}},
            "how many values|known operator",
        ),
        ({"Condition": {"NumericEquals": {"aws:TagKeys": "1"}}}, "a known operator"),
        ({"Condition": {"stringequals": {"aws:TagKeys": "1"}}}, "a known operator"),
        ({"Condition": {"ForSomeValues:StringEquals": {"aws:TagKeys": "1"}}}, "a known operator"),
        ({"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}, "how many values"),
        ({"Condition": {"StringEquals": {"aws:TagKeys": "a"}}}, "a set operator"),
        ({"Condition": {"Null": {"aws:TagKeys": "maybe"}}}, "true or false"),
        ({"Condition": {"StringEquals": {"kms:ViaService": "${aws:TagKeys}"}}}, "one value"),
        (
            {"Condition": {"StringNotEquals": {"kms:ViaService": "${aws:PrincipalTag/a}"}}},
            "no variable under a negation",
        ),
    ],
)
def test_an_element_that_is_not_known_is_an_error(elements: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotTranslatable, match=reason):
        ask(**elements)


@pytest.mark.parametrize("principal", [{"Federated": "idp"}, {"AWS": "arn:aws:iam::123456789012:role/*"}])
def test_a_principal_that_is_not_known_is_an_error(principal: Any) -> None:
    own = {"Version": "2012-10-17", "Statement": [ALLOWED | {"Principal": principal}]}

    with pytest.raises(NotTranslatable, match="rincipal"):
        ask(own=own)


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:dynamodb/resourcePolicy:ResourcePolicy", {}),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {}),
        (ROLE, {"managedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}),
        (ROLE, {"inlinePolicies": []}),
        ("aws:sqs/queue:Queue", {"policy": "{}"}),
    ],
)
def test_a_resource_that_may_carry_a_policy_of_another_kind_is_an_error(type_: str, inputs: dict[str, Any]) -> None:
    with pytest.raises(NotTranslatable, match="add it to"):
        _refuse_unknown_policies(Declared(type_, "one", inputs))
