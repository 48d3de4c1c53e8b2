"""The formulas answer as two evaluators do that share nothing with them: that of the tests, and one from npm."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import z3

from proofs.isolation.callers import outsiders
from proofs.isolation.counterexample import Unsettled, find
from proofs.isolation.decision import TRUST, answer
from proofs.isolation.declared import declared
from proofs.isolation.refusal import NotTranslatable
from proofs.isolation.request import Caller, OneValue, Place, Request, SeveralValues
from proofs.isolation.stack import account_of
from proofs.isolation.texts import TRUE, Text
from proofs.isolation.theorems import THEOREMS
from tests.support import policy_evaluator as evaluator
from tests.support.checkout import ROOT
from tests.support.isolation_mutations import MUTATIONS, Mutation
from tests.support.policy_evaluator import Decision

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from proofs.isolation.counterexample import Counterexample
    from proofs.isolation.stack import Policy, Resource, Stack

PINNED = 200
SIMULATOR = ROOT / ".build/iam-simulate"
INSTALL = "npm install --prefix .build/iam-simulate --no-save @cloud-copilot/iam-simulate@0.1.173"
SEVERAL = ("dynamodb:leadingkeys", "aws:tagkeys")

TENANTS = ("acme", "globex", "acme-2", "", "*", "${aws:PrincipalTag/tenant_id}")
ACTIONS = {
    "dynamodb": ("GetItem", "PutItem", "Query", "Scan", "DeleteItem"),
    "sqs": ("SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "PurgeQueue"),
    "kms": ("GenerateMac", "VerifyMac", "Encrypt"),
}
OPERATORS = [
    f"{quantifier}{test}{if_exists}"
    for quantifier in ("", "ForAllValues:", "ForAnyValue:")
    for test in ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "ArnLike", "ArnNotEquals", "Bool")
    for if_exists in ("", "IfExists")
]
WANTED = {
    "String": (
        "acme",
        "a*",
        "?*",
        "*",
        "",
        "b",
        "${aws:PrincipalTag/tenant_id}",
        "${aws:PrincipalTag/tenant_id}-*",
        "${*}",
    ),
    "Arn": ("arn:aws:sqs:*:1:q", "arn:aws:*:r:1:*", "arn:aws:sqs:r:1:q?"),
    "Bool": ("true", "false"),
}
VALUES = (*TENANTS, "b", "acme-x", "true", "false", "arn:aws:sqs:r:1:q", "arn:aws:sqs:r:1:q:x")


class Known(Request):
    """A request of which everything is known."""

    def __init__(self, asked: evaluator.Request) -> None:
        super().__init__(Caller(asked.principal, account_of(asked.principal)), places=0)
        self.action, self.resource = Text(asked.action.lower()), Text(asked.resource)
        self.given = {name.lower(): value for name, value in asked.context.items()}

    def _new(self, name: str) -> OneValue | SeveralValues:
        value = self.given.get(name)
        if name in SEVERAL:
            return SeveralValues(tuple(Place(TRUE, Text(one)) for one in value or ()))
        return OneValue(z3.BoolVal(value is not None), Text(str(value or "")))


@cache
def stacks() -> tuple[Stack, ...]:
    stack = declared("api-key")
    return (stack, *(mutation.make(stack) for mutation in MUTATIONS))


def answered(
    request: Request, identity: Sequence[Policy], own: Policy | None, *, own_kind: str = "resource", must: bool = False
) -> Decision:
    said = answer(request, identity=identity, own=own, own_kind=own_kind, own_must_allow=must)
    allowed, denied = z3.simplify(said.is_allowed), z3.simplify(said.is_denied)
    assert z3.is_true(allowed) or z3.is_false(allowed)
    if z3.is_true(denied):
        return Decision.EXPLICIT_DENY
    return Decision.ALLOW if z3.is_true(allowed) else Decision.IMPLICIT_DENY


def some_context(chance: random.Random) -> dict[str, Any]:
    context: dict[str, Any] = {"aws:SecureTransport": chance.choice(["true", "true", "false"])}
    if chance.random() < 0.8:
        context["aws:PrincipalTag/tenant_id"] = chance.choice(TENANTS)
    if chance.random() < 0.8:
        context["dynamodb:LeadingKeys"] = chance.choices(TENANTS, k=chance.choice([0, 1, 1, 2, 3]))
    return context


def some_request(chance: random.Random) -> tuple[Stack, evaluator.Request, Sequence[Policy], Resource]:
    """A request to a resource of a stack with a mistake or without, often one that its role may make."""
    stack = chance.choice(stacks())
    resource = chance.choice(list(stack.resources()))
    role = chance.choice(stack.roles)
    anybody = chance.choice([*((role.arn, role.policies) for _ in range(6)), *outsiders_of(stack)])
    service = resource.arn.split(":")[2]
    below = "/index/any" if service == "dynamodb" and chance.random() < 0.2 else ""
    request = evaluator.Request(
        action=f"{service}:{chance.choice(ACTIONS[service])}",
        resource=resource.arn + below,
        principal=anybody[0],
        context=some_context(chance),
    )
    return stack, request, anybody[1], resource


def outsiders_of(stack: Stack) -> list[tuple[str, Sequence[Policy]]]:
    return [(outsider.caller.principal, outsider.policies) for outsider in outsiders(stack)]


def some_statement(chance: random.Random) -> dict[str, Any]:
    operators = chance.sample(OPERATORS, 2)
    condition: dict[str, Any] = {}
    for operator in operators:
        kind = next(
            kind for kind in WANTED if kind in operator.replace("ForAnyValue:", "").replace("ForAllValues:", "")
        )
        wanted = chance.sample(WANTED[kind], min(2, len(WANTED[kind])))
        condition[operator] = {chance.choice(["kms:ViaService", "aws:TagKeys", "dynamodb:LeadingKeys"]): wanted}
    if chance.random() < 0.3:
        condition["Null"] = {"aws:TagKeys": chance.choice(["true", "false"])}
    effect = chance.choice(["Allow", "Allow", "Deny"])
    return {
        "Effect": effect,
        "Action": chance.choice(["*", "sqs:*", "sqs:?end*"]),
        "Resource": "*",
        "Condition": condition,
    }


def compare(chance: random.Random) -> tuple[Decision, Decision]:
    """Return what both answer to a request to the stack."""
    _, request, policies, resource = some_request(chance)
    return evaluator.decide(request, policies, resource.policy), answered(Known(request), policies, resource.policy)


def compare_conditions(chance: random.Random) -> tuple[Decision, Decision]:
    """Return what both answer by made-up conditions; twice the same where one of them refuses to decide."""
    allow = {"Effect": "Allow", "Action": "sqs:Send*", "Resource": "*"}
    policies = [{"Version": "2012-10-17", "Statement": [allow] * chance.randrange(2) + [some_statement(chance)]}]
    context: dict[str, Any] = {"aws:PrincipalTag/tenant_id": chance.choice(TENANTS)}
    if chance.random() < 0.7:
        context["kms:ViaService"] = chance.choice(VALUES)
    for key in ("aws:TagKeys", "dynamodb:LeadingKeys"):
        if chance.random() < 0.7:
            context[key] = chance.choices(VALUES, k=chance.randrange(4))
    request = evaluator.Request(
        action="sqs:SendMessage",
        resource="arn:aws:sqs:r:1:q",
        principal="arn:aws:iam::123456789012:role/a",
        context=context,
    )
    try:
        expected = evaluator.decide(request, policies)
        return expected, answered(Known(request), policies, None)
    except (evaluator.PolicyError, NotTranslatable):
        return Decision.ALLOW, Decision.ALLOW


def compare_sessions(chance: random.Random) -> tuple[Decision, Decision]:
    """Return what both answer to a request for a session."""
    stack = chance.choice(stacks())
    target, caller = chance.choice(stack.roles), chance.choice(stack.roles)
    named = ("tenant_id", "team", "Tenant_ID")
    tags = {name: chance.choice(TENANTS) for name in chance.sample(named[:2], chance.randrange(3))}
    callers = [(caller.arn, caller.policies), *outsiders_of(stack)]
    principal, policies = chance.choice(callers)
    expected = evaluator.decide_assume_role(
        principal=principal, role=target.arn, trust_policy=target.trust, identity_policies=policies, tags=tags
    )
    context = {
        **{f"aws:RequestTag/{key}": value for key, value in tags.items()},
        **({"aws:TagKeys": [*tags]} if tags else {}),
    }
    answers = [
        answered(
            Known(evaluator.Request(action=action, resource=target.arn, principal=principal, context=context)),
            policies,
            target.trust,
            own_kind=TRUST,
            must=True,
        )
        for action in (["sts:AssumeRole", "sts:TagSession"] if tags else ["sts:AssumeRole"])
    ]
    return expected, next((one for one in answers if one is not Decision.ALLOW), Decision.ALLOW)


@pytest.mark.parametrize(("seed", "requests"), [(15, 1000), pytest.param(18, 10_000, marks=pytest.mark.slow)])
def test_the_evaluator_of_the_tests_agrees(seed: int, requests: int) -> None:
    chance = random.Random(seed)
    ways = itertools.cycle([compare, compare_conditions, compare_sessions])

    pairs = [next(ways)(chance) for _ in range(requests)]

    assert [pair for pair in pairs if pair[0] is not pair[1]] == []
    assert [answer for answer in Decision if sum(expected is answer for expected, _ in pairs) < requests // 50] == []


def test_the_solver_finds_a_request_exactly_if_the_evaluator_allows_it() -> None:
    chance = random.Random(16)

    for _ in range(PINNED):
        _, request, policies, resource = some_request(chance)
        expected = evaluator.decide(request, policies, resource.policy)
        assert is_found(request, policies, resource.policy) == (expected is Decision.ALLOW), request


def is_found(asked: evaluator.Request, policies: Sequence[Policy], own: Policy | None) -> bool:
    """Ask the solver for a request that is allowed and that is this one."""
    request = Request(Caller(asked.principal, account_of(asked.principal)), places=4)
    allowed = answer(request, identity=policies, own=own, own_must_allow=False).is_allowed
    texts = request.texts
    pins = [
        texts.equal(request.action, Text(asked.action.lower())),
        texts.equal(request.resource, Text(asked.resource)),
    ]
    for name, key in list(request.context.items()):
        value = Known(asked).given.get(name)
        if isinstance(key, OneValue) and name not in {"aws:principalarn", "aws:principalaccount"}:
            pins.append(key.is_present == (value is not None))
            pins += [texts.equal(key.value, Text(str(value)))] if value is not None else []
        elif isinstance(key, SeveralValues):
            values: Sequence[str] = list(value or ())
            for place, one in itertools.zip_longest(key.places, values):
                pins.append(place.is_taken == (one is not None))
                pins += [texts.equal(place.value, Text(one))] if one is not None else []
    with contextlib.suppress(Unsettled):  # that nothing is found is the answer here
        return find(request, [allowed, *pins]) is not None
    return False


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mistake_gives_a_request_that_a_person_understands_and_that_gets_through(mutation: Mutation) -> None:
    stack = mutation.make(declared_once())
    [theorem] = [theorem for theorem in THEOREMS if theorem.name == mutation.breaks[0]]

    shown = next(theorem.search(stack))

    assert mutation.expected(stack) in str(shown)
    assert gets_through(shown, stack, must_be_allowed=theorem.name != "no-plain-http")


def gets_through(shown: Counterexample, stack: Stack, *, must_be_allowed: bool) -> bool:
    """Ask the evaluator of the tests; where a request need not be allowed, it is enough that nothing denies it."""
    roles = {role.arn: role for role in stack.roles}
    role = roles.get(shown.caller)
    policies = role.policies if role else dict(outsiders_of(stack))[shown.caller]

    if shown.action == "sts:AssumeRole":
        tags = {key.partition("/")[2]: str(value) for key, value in shown.context.items()}
        target = roles[shown.resource]
        said = evaluator.decide_assume_role(
            principal=shown.caller, role=target.arn, trust_policy=target.trust, identity_policies=policies, tags=tags
        )
        return said is Decision.ALLOW
    tags = {**(role.tags if role else {}), **shown.session_tags}
    context = {**{f"aws:PrincipalTag/{key}": value for key, value in tags.items()}, **shown.context}
    request = evaluator.Request(action=shown.action, resource=shown.resource, principal=shown.caller, context=context)
    [resource] = [one for one in stack.resources() if shown.resource in {one.arn, f"{one.arn}/index/any"}]
    said = evaluator.decide(request, policies, resource.policy)
    return said is Decision.ALLOW if must_be_allowed else said is not Decision.EXPLICIT_DENY


@cache
def declared_once() -> Stack:
    return stacks()[0]


def simulations() -> Iterator[tuple[dict[str, Any], Decision]]:
    """Yield requests as the simulator takes them, with the answer of the formulas."""
    chance = random.Random(17)
    while True:
        _, request, policies, resource = some_request(chance)
        if not request.principal.startswith("arn:") or request.resource != resource.arn:
            continue
        is_key = resource.arn.startswith("arn:aws:kms:")
        simulation = {
            "request": {
                "principal": request.principal,
                "action": request.action,
                "resource": {"resource": resource.arn, "accountId": account_of(resource.arn)},
                "contextVariables": context_for_simulator(request),
            },
            "identityPolicies": [{"name": str(n), "policy": policy} for n, policy in enumerate(policies)],
            "serviceControlPolicies": [],
            "resourceControlPolicies": [],
            **({"resourcePolicy": resource.policy} if resource.policy else {}),
        }
        yield simulation, answered(Known(request), policies, resource.policy, must=is_key)


def context_for_simulator(request: evaluator.Request) -> dict[str, Any]:
    known = {"aws:PrincipalArn": request.principal, "aws:PrincipalAccount": account_of(request.principal)}
    # To AWS, a set of empty text is no set ("Set operators for multivalued context keys"); to the simulator it is.
    return {**known, **{key: value for key, value in request.context.items() if isinstance(value, str) or any(value)}}


@pytest.mark.parametrize("requests", [500, pytest.param(5000, marks=pytest.mark.slow)])
def test_an_evaluator_of_other_people_agrees(requests: int) -> None:
    node = shutil.which("node")
    if not node or not (SIMULATOR / "node_modules").is_dir():
        if os.environ.get("IAM_SIMULATE") == "required":
            pytest.fail(f"node and the simulator must be there; run: {INSTALL}")
        pytest.skip(f"the simulator is not installed; run: {INSTALL}")
    asked = list(itertools.islice(simulations(), requests))
    script = Path(__file__).with_name("iam_simulate.mjs")

    run = subprocess.run(
        [node, str(script), str(SIMULATOR)],
        input="\n".join(json.dumps(simulation) for simulation, _ in asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )

    spelled = {
        Decision.ALLOW: "Allowed",
        Decision.EXPLICIT_DENY: "ExplicitlyDenied",
        Decision.IMPLICIT_DENY: "ImplicitlyDenied",
    }
    answers = run.stdout.splitlines()
    different = [
        (simulation, said, spelled[expected])
        for (simulation, expected), said in zip(asked, answers, strict=True)
        if said != spelled[expected]
    ]
    assert different == []
    assert set(answers) == set(spelled.values())


def test_the_workflow_installs_the_simulator_that_the_skipped_test_names() -> None:
    workflow = (ROOT / ".github/workflows/pipeline.yml").read_text()

    assert f"- run: {INSTALL}\n" in workflow
    assert "IAM_SIMULATE: required" in workflow
