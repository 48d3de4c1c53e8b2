"""The policy pack: every rule lets an example pass and stops another, and our own stacks keep all rules."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from pipeline_policies.pack import RULES, policies
from pipeline_policies.rule import Options, Resource, ResourceRule, Rule
from tests.support.checkout import ROOT
from tests.support.pulumi_recorder import AUTHENTICATIONS, Registered, deploy, deployed

NAMED = {rule.name: rule for rule in RULES}
TENANT_TAG = "${aws:PrincipalTag/tenant_id}"
OWN_ROWS = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [TENANT_TAG]}}
GUARD = {"Null": {"dynamodb:LeadingKeys": "false"}}
ONE_TENANT = {"StringLike": {"aws:RequestTag/tenant_id": "?*"}}
NO_OTHER_TAG = {"ForAllValues:StringEquals": {"aws:TagKeys": ["tenant_id"]}}
NO_TLS = {"Bool": {"aws:SecureTransport": "false"}}

POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE = "aws:iam/role:Role"
QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
FUNCTION = "aws:lambda/function:Function"
FUNCTION_URL = "aws:lambda/functionUrl:FunctionUrl"
ROUTE = "aws:apigatewayv2/route:Route"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


def urn(type_: str, name: str, *, stack: str = "prod") -> str:
    return f"urn:pulumi:{stack}::logs::{type_}::{name}"


def resource(type_: str, name: str = "it", *, stack: str = "prod", made_from: Any = None, **props: Any) -> Resource:
    depends_on = {key: frozenset(urns) for key, urns in (made_from or {}).items()}
    return Resource(type=type_, urn=urn(type_, name, stack=stack), props=props, depends_on=depends_on)


def allowing(action: str | list[str], condition: dict[str, Any] | None = None, **others: Any) -> Resource:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition or {}} | others
    return resource(POLICY, policy=json.dumps({"Statement": statement}))


def trusting(condition: dict[str, Any]) -> Resource:
    statement = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Condition": condition}
    return resource(ROLE, assumeRolePolicy=json.dumps({"Statement": [statement]}))


def refusing(condition: dict[str, Any], *, effect: str = "Deny") -> Resource:
    statement = {"Effect": effect, "Principal": "*", "Action": "sqs:*", "Resource": "*", "Condition": condition}
    return resource(QUEUE_POLICY, policy=json.dumps({"Statement": [statement]}))


def function(**variables: str) -> Resource:
    return resource(FUNCTION, environment={"variables": variables})


def consumed(*, visibility: int | None = 180, kept: int = 1_209_600, allowed: bool = True) -> list[Resource]:
    """Return a queue with a dead-letter queue that feeds a function of 30 s."""
    queue, dead_letters = urn(QUEUE, "jobs"), urn(QUEUE, "dead")
    sources = {"redriveAllowPolicy": [queue]} if allowed else {}
    return [
        resource(QUEUE, "dead", messageRetentionSeconds=kept),
        resource(
            QUEUE,
            "jobs",
            made_from={"redrivePolicy": [dead_letters]},
            messageRetentionSeconds=604_800,
            visibilityTimeoutSeconds=visibility,
        ),
        resource(FUNCTION, "worker", timeout=30),
        resource(
            "aws:lambda/eventSourceMapping:EventSourceMapping",
            made_from={"eventSourceArn": [queue], "functionName": [urn(FUNCTION, "worker")]},
        ),
        resource("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", made_from={"queueUrl": [dead_letters], **sources}),
    ]


def without_redrive() -> list[Resource]:
    dead_letters, jobs, *others = consumed()
    return [dead_letters, replace(jobs, depends_on={}), *others]


# For each rule what it lets pass, and what it does not.
EXAMPLES: dict[str, tuple[list[list[Resource]], list[list[Resource]]]] = {
    "no-wildcard-actions": (
        [[allowing("dynamodb:PutItem")], [allowing("s3:*", Effect="Deny")]],
        [[allowing("dynamodb:*")], [allowing(["sqs:SendMessage", "sqs:Get*"])], [allowing([], NotAction="iam:*")]],
    ),
    "own-rows-only": (
        [[allowing("dynamodb:Query", OWN_ROWS | GUARD)], [allowing("dynamodb:Query")]],
        [
            [allowing("dynamodb:Query", OWN_ROWS)],
            [allowing("dynamodb:Query", {"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": TENANT_TAG}} | GUARD)],
            [allowing("dynamodb:Query", {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": TENANT_TAG}} | GUARD)],
            [allowing("dynamodb:Query", OWN_ROWS | {"Null": {"dynamodb:LeadingKeys": "true"}})],
        ],
    ),
    "tag-decides-rows": (
        [
            [allowing("dynamodb:Query", OWN_ROWS)],
            [allowing("s3:GetObject", {"StringEquals": {"s3:prefix": TENANT_TAG}})],
        ],
        [[allowing("dynamodb:Query", {"StringEquals": {"aws:ResourceTag/owner": TENANT_TAG}})]],
    ),
    "session-tags-required": (
        [
            [trusting(ONE_TENANT | NO_OTHER_TAG)],
            [trusting({"Null": {"aws:RequestTag/tenant_id": "false"}} | NO_OTHER_TAG)],
            [resource(ROLE, assumeRolePolicy={"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole"}})],
        ],
        [[trusting(ONE_TENANT)], [trusting(NO_OTHER_TAG)], [trusting({})]],
    ),
    "visibility-timeout": ([consumed()], [consumed(visibility=179), consumed(visibility=None)]),
    "dead-letter-retention": ([consumed()], [consumed(kept=604_800)]),
    "redrive": ([consumed()], [consumed(allowed=False), without_redrive()]),
    "redrive-count": (
        [[resource(QUEUE, redrivePolicy='{"maxReceiveCount": 3}')], [resource(QUEUE)]],
        [[resource(QUEUE, redrivePolicy='{"deadLetterTargetArn": "arn"}')]],
    ),
    "queue-policy": (
        [[resource(QUEUE, "jobs"), resource(QUEUE_POLICY, made_from={"queueUrl": [urn(QUEUE, "jobs")]})]],
        [[resource(QUEUE, "jobs"), resource(QUEUE_POLICY, made_from={"queueUrl": [urn(QUEUE, "other")]})]],
    ),
    "tls-only": (
        [[refusing(NO_TLS)]],
        [
            [refusing(NO_TLS, effect="Allow")],
            [refusing({"Bool": {"aws:SecureTransport": "true"}})],
            [refusing({"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "true"}})],
        ],
    ),
    "authenticated": (
        [
            [function(AUTH="api-key")],
            [resource(FUNCTION, stack="dev", environment={"variables": {"AUTH": "none"}})],
            [resource(ROUTE, routeKey="GET /health", authorizationType="NONE")],
            [resource(ROUTE, routeKey="POST /ingest", authorizationType="CUSTOM")],
        ],
        [
            [function(AUTH="none")],
            [resource(ROUTE, routeKey="POST /ingest", authorizationType="NONE")],
            [resource(ROUTE, routeKey="ANY /ingest")],
            [resource(FUNCTION_URL, authorizationType="NONE")],
        ],
    ),
    "no-chaos": (
        [[function(CHAOS="false")], [resource(FUNCTION, stack="dev", environment={"variables": {"CHAOS": "true"}})]],
        [[function(CHAOS="true")]],
    ),
    "log-retention": ([[resource(LOG_GROUP, retentionInDays=30)]], [[resource(LOG_GROUP)]]),
    "tags": (
        [[resource(QUEUE, tags={"project": "logs", "stack": "prod", "component": "jobs"})]],
        [[resource(QUEUE)], [resource(QUEUE, tags={"project": "logs", "stack": "prod"})]],
    ),
}
LET_PASS = [(name, stack) for name, (good, _) in EXAMPLES.items() for stack in good]
STOPPED = [(name, stack) for name, (_, bad) in EXAMPLES.items() for stack in bad]


def problems(rule: Rule, stack: Sequence[Resource]) -> Iterator[str]:
    if not isinstance(rule, ResourceRule):
        yield from (f"{found.name} {problem}" for found, problem in rule.problems(stack))
        return
    for found in stack:
        if found.type in rule.types:
            yield from (f"{found.name} {problem}" for problem in rule.problems(found, Options()))


def as_the_engine_shows(registered: Registered, *, stack: str = "prod") -> list[Resource]:
    return [
        Resource(
            type=found.type,
            urn=found.urn.replace("urn:pulumi:test::", f"urn:pulumi:{stack}::"),
            props=found.inputs,
            depends_on={
                key: frozenset(other.replace("urn:pulumi:test::", f"urn:pulumi:{stack}::") for other in others)
                for key, others in found.property_dependencies.items()
            },
        )
        for found in registered.resources
    ]


def test_every_rule_has_an_example_on_both_sides() -> None:
    assert EXAMPLES.keys() == NAMED.keys()
    assert all(good and bad for good, bad in EXAMPLES.values())


@pytest.mark.parametrize(("name", "stack"), LET_PASS)
def test_a_rule_lets_good_examples_pass(name: str, stack: list[Resource]) -> None:
    assert list(problems(NAMED[name], stack)) == []


@pytest.mark.parametrize(("name", "stack"), STOPPED)
def test_a_rule_stops_bad_examples(name: str, stack: list[Resource]) -> None:
    assert list(problems(NAMED[name], stack)) != []


@pytest.mark.parametrize("auth", sorted(AUTHENTICATIONS.keys() - {"none"}))
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_our_own_stack_keeps_every_rule(auth: str, rule: Rule) -> None:
    assert list(problems(rule, as_the_engine_shows(deployed(auth)))) == []


def test_our_own_stack_without_authentication_is_stopped_outside_development() -> None:
    stack = deployed("none")

    assert list(problems(NAMED["authenticated"], as_the_engine_shows(stack))) != []
    assert list(problems(NAMED["authenticated"], as_the_engine_shows(stack, stack="dev"))) == []


def test_our_own_stack_with_chaos_is_stopped_outside_development() -> None:
    stack = deploy(auth="api-key", chaos="true")

    assert list(problems(NAMED["no-chaos"], as_the_engine_shows(stack))) == [
        "logs-worker fails on purpose for texts that begin with `chaos:`"
    ]


def test_every_rule_is_a_policy_with_advice() -> None:
    assert [policy.name for policy in policies()] == list(NAMED)
    assert all(policy.remediation_steps for policy in policies())


def test_the_page_lists_every_rule() -> None:
    page = (ROOT / "docs/policy.md").read_text()

    rows = [f"| `{rule.name}` | {rule.description} | {rule.fix} |" for rule in RULES]
    shown = page.partition("<!-- rules -->\n")[2].partition("\n<!-- /rules -->")[0].splitlines()[2:]
    assert shown == rows
