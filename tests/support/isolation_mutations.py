"""Mistakes in the policies of a stack, each with the theorems that it breaks."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from proofs.isolation.stack import Policy, Resource, Stack

WORKER, WRITER, READER = "logs-worker", "logs-tenant-writer", "logs-tenant-reader"
INGEST, QUERY, AUTHORIZER = "logs-ingest", "logs-query", "logs-authorizer"
OWN_TAG = "${aws:PrincipalTag/tenant_id}"

Statement = dict[str, Any]
Edit = Callable[[Statement], object]


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """A mistake that somebody could make."""

    name: str
    make: Callable[[Stack], Stack]
    breaks: tuple[str, ...]
    """The theorems that no longer hold, in their order."""
    shown: str
    """How the first counterexample goes on; what stands in braces depends on the stack."""

    def expected(self, stack: Stack) -> str:
        """Return how the first counterexample goes on, for this stack."""
        return self.shown.format(
            records=stack.records.arn,
            api_keys=stack.api_keys.arn,
            ingest_queue=stack.ingest_queue.arn,
            dead_letters=stack.dead_letters.arn,
            fingerprint_key=stack.fingerprint_keys[0].arn,
            role=f"arn:aws:iam::{stack.account}:role",
        )


def edited(policy: Policy, edit: Edit) -> Policy:
    """Return the policy with each statement edited."""
    changed = copy.deepcopy(dict(policy))
    for statement in changed["Statement"]:
        edit(statement)
    return changed


def in_policies(role: str, edit: Edit) -> Callable[[Stack], Stack]:
    """Return what edits the first policy of a role."""

    def make(stack: Stack) -> Stack:
        first, *rest = stack.role(role).policies
        return with_role(stack, role, policies=(edited(first, edit), *rest))

    return make


def in_trust(role: str, edit: Edit) -> Callable[[Stack], Stack]:
    """Return what edits the trust policy of a role."""
    return lambda stack: with_role(stack, role, trust=edited(stack.role(role).trust, edit))


def granted(role: str, action: str, resource: Callable[[Stack], Resource]) -> Callable[[Stack], Stack]:
    """Return what gives a role one more permission."""

    def make(stack: Stack) -> Stack:
        statement = {"Effect": "Allow", "Action": [action], "Resource": resource(stack).arn}
        policies = (*stack.role(role).policies, {"Version": "2012-10-17", "Statement": [statement]})
        return with_role(stack, role, policies=policies)

    return make


def with_role(stack: Stack, name: str, **changes: Any) -> Stack:
    """Return the stack with one role changed."""
    return replace(stack, roles=tuple(replace(role, **changes) if role.name == name else role for role in stack.roles))


def _condition(edit: Callable[[dict[str, Any]], object]) -> Edit:
    return lambda statement: edit(statement["Condition"])


def _any_for_all(condition: dict[str, Any]) -> None:
    condition["ForAnyValue:StringEquals"] = condition.pop("ForAllValues:StringEquals")


def _prefix(condition: dict[str, Any]) -> None:
    del condition["ForAllValues:StringEquals"]
    condition["ForAllValues:StringLike"] = {"dynamodb:LeadingKeys": [f"{OWN_TAG}*"]}


def _with_default(condition: dict[str, Any]) -> None:
    default = "${aws:PrincipalTag/tenant_id, 'acme'}"
    condition["ForAllValues:StringEquals"] = {"dynamodb:LeadingKeys": [default]}


def _trust_the_account(stack: Stack) -> Stack:
    account = {"AWS": f"arn:aws:iam::{stack.account}:root"}
    return in_trust(WRITER, lambda statement: statement.update(Principal=account))(stack)


def _a_worker_with_any_tags(stack: Stack) -> Stack:
    either = {"AWS": f"arn:aws:iam::{stack.account}:role/on-call"}
    statement = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": either}
    trust = stack.role(WORKER).trust
    return with_role(stack, WORKER, trust={**trust, "Statement": [*trust["Statement"], statement]})


def _own_policy(resource: str, policy: Callable[[Resource], Policy | None]) -> Callable[[Stack], Stack]:
    def make(stack: Stack) -> Stack:
        found = getattr(stack, resource)
        if isinstance(found, tuple):
            return replace(stack, **{resource: tuple(replace(one, policy=policy(one)) for one in found)})
        return replace(stack, **{resource: replace(found, policy=policy(found))})

    return make


def _also(action: str) -> Callable[[Resource], Policy]:
    def policy(resource: Resource) -> Policy:
        assert resource.policy
        statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource.arn}
        return {**resource.policy, "Statement": [*resource.policy["Statement"], statement]}

    return policy


MUTATIONS = (
    Mutation(
        name="drop the Null guard",
        make=in_policies(WRITER, _condition(lambda condition: condition.pop("Null"))),
        breaks=("own-rows-only", "no-records-untagged"),
        shown=(
            "role/logs-tenant-writer in a session tagged tenant_id='acme' may call dynamodb:GetItem on "
            "{records}, with dynamodb:LeadingKeys absent"
        ),
    ),
    Mutation(
        name="ask for any of the keys in place of all",
        make=in_policies(WRITER, _condition(_any_for_all)),
        breaks=("own-rows-only",),
        shown="may call dynamodb:GetItem on {records}, with dynamodb:LeadingKeys {{'acme', 'globex'}}",
    ),
    Mutation(
        name="compare the beginning of the key",
        make=in_policies(READER, _condition(_prefix)),
        # Of the others, none can be proved: a variable beside a wildcard is refuted only.
        breaks=("own-rows-only", "no-records-untagged", "named-roles-only"),
        shown=(
            "in a session tagged tenant_id='acme' may call dynamodb:Query on {records}, with "
            "dynamodb:LeadingKeys {{'acme-2'}}"
        ),
    ),
    Mutation(
        name="drop the whole condition",
        make=in_policies(READER, lambda statement: statement.pop("Condition")),
        breaks=("own-rows-only", "no-records-untagged"),
        shown="may call dynamodb:Query on {records}, with dynamodb:LeadingKeys absent",
    ),
    Mutation(
        name="add what lies below the table",
        make=in_policies(READER, lambda statement: statement.update(Resource=statement["Resource"] + "*")),
        breaks=("own-rows-only",),
        shown="may call dynamodb:Query on {records}/index/any, with dynamodb:LeadingKeys {{'acme'}}",
    ),
    Mutation(
        name="allow the same on every table",
        make=in_policies(READER, lambda statement: statement.update(Resource="*")),
        breaks=("own-rows-only", "named-roles-only"),
        shown="may call dynamodb:Query on {records}/index/any, with dynamodb:LeadingKeys {{'acme'}}",
    ),
    Mutation(
        name="take a tenant where the tag is absent",
        make=in_policies(READER, _condition(_with_default)),
        breaks=("no-records-untagged",),
        shown=("role/logs-tenant-reader may call dynamodb:Query on {records}, with dynamodb:LeadingKeys {{'acme'}}"),
    ),
    Mutation(
        name="add Scan",
        make=granted(READER, "dynamodb:Scan", lambda stack: stack.records),
        breaks=("own-rows-only", "no-records-untagged"),
        shown="may call dynamodb:Scan on {records}, with dynamodb:LeadingKeys absent",
    ),
    Mutation(
        name="let the worker read records itself",
        make=granted(WORKER, "dynamodb:GetItem", lambda stack: stack.records),
        breaks=("own-rows-only", "one-tenant-per-session", "no-records-untagged"),
        shown=(
            "role/logs-worker in a session tagged tenant_id='acme' may call dynamodb:GetItem on {records}, "
            "with dynamodb:LeadingKeys absent"
        ),
    ),
    Mutation(
        name="give the role itself a tenant's tag",
        make=lambda stack: with_role(stack, WRITER, tags={"tenant_id": "acme"}),
        breaks=("no-records-untagged",),
        shown=("role/logs-tenant-writer may call dynamodb:GetItem on {records}, with dynamodb:LeadingKeys {{'acme'}}"),
    ),
    Mutation(
        name="drop the condition on the tags' names",
        make=in_trust(WRITER, _condition(lambda condition: condition.pop("ForAllValues:StringEquals"))),
        breaks=("one-tenant-per-session",),
        shown=("then {role}/logs-worker may call sts:AssumeRole on {role}/logs-tenant-writer, with aws:RequestTag/"),
    ),
    Mutation(
        name="drop the condition on the tenant's tag",
        make=in_trust(WRITER, _condition(lambda condition: condition.pop("StringLike"))),
        breaks=("one-tenant-per-session",),
        shown="then {role}/logs-worker may call sts:AssumeRole on {role}/logs-tenant-writer",
    ),
    Mutation(
        name="accept an empty tag",
        make=in_trust(
            READER, _condition(lambda condition: condition.update(StringLike={"aws:RequestTag/tenant_id": "*"}))
        ),
        breaks=("one-tenant-per-session",),
        shown=(
            "then {role}/logs-query may call sts:AssumeRole on {role}/logs-tenant-reader, with "
            "aws:RequestTag/tenant_id ''"
        ),
    ),
    Mutation(
        name="let somebody assume the worker with any tags",
        make=_a_worker_with_any_tags,
        breaks=("one-tenant-per-session", "named-callers-only"),
        shown=(
            "role/on-call may call sts:AssumeRole on {role}/logs-worker, with aws:RequestTag/team 'acme'; "
            "then {role}/logs-worker in a session tagged team='acme' may call sts:AssumeRole on "
            "{role}/logs-tenant-writer, with aws:RequestTag/tenant_id 'acme'; team inherited"
        ),
    ),
    Mutation(
        name="trust the whole account",
        make=_trust_the_account,
        breaks=("one-tenant-per-session", "named-callers-only"),
        shown=(
            "role/somebody-else in a session tagged team='acme' may call sts:AssumeRole on "
            "{role}/logs-tenant-writer, with aws:RequestTag/tenant_id 'acme'; team inherited"
        ),
    ),
    Mutation(
        name="let ingest take dead letters",
        make=granted(INGEST, "sqs:ReceiveMessage", lambda stack: stack.dead_letters),
        breaks=("named-roles-only",),
        shown="role/logs-ingest may call sqs:ReceiveMessage on {dead_letters}",
    ),
    Mutation(
        name="let the authorizer change keys",
        make=granted(AUTHORIZER, "dynamodb:PutItem", lambda stack: stack.api_keys),
        breaks=("named-roles-only",),
        shown="role/logs-authorizer may call dynamodb:PutItem on {api_keys}",
    ),
    Mutation(
        name="let the query function use the fingerprint key",
        make=granted(QUERY, "kms:VerifyMac", lambda stack: stack.fingerprint_keys[0]),
        breaks=("named-roles-only",),
        shown="role/logs-query may call kms:VerifyMac on {fingerprint_key}",
    ),
    Mutation(
        name="let everybody read dead letters",
        make=_own_policy("dead_letters", _also("sqs:ReceiveMessage")),
        breaks=("named-roles-only",),
        shown="may call sqs:ReceiveMessage on {dead_letters}",
    ),
    Mutation(
        name="let everybody use the fingerprint key",
        make=_own_policy("fingerprint_keys", _also("kms:Generate*")),
        breaks=("named-roles-only",),
        shown="may call kms:GenerateRandom on {fingerprint_key}",
    ),
    Mutation(
        name="drop the denial of plain HTTP",
        make=_own_policy("ingest_queue", lambda _: None),
        breaks=("no-plain-http",),
        shown="may call sqs:ReceiveMessage on {ingest_queue}, with aws:SecureTransport 'false'",
    ),
    Mutation(
        name="deny only sending over plain HTTP",
        make=_own_policy(
            "ingest_queue",
            lambda queue: edited(queue.policy or {}, lambda statement: statement.update(Action="sqs:SendMessage")),
        ),
        breaks=("no-plain-http",),
        shown="may call sqs:ReceiveMessage on {ingest_queue}, with aws:SecureTransport 'false'",
    ),
)
