"""Asks the policies that a stack registers what a role may do, with the policy evaluator."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import botocore.session

from tests.support.policy_evaluator import Decision, Request, decide, decide_assume_role
from tests.support.pulumi_recorder import ACCOUNT, Registered, arn, queue_url

Policy = Mapping[str, Any]
Context = Mapping[str, str | Sequence[str]]

SESSION_ACTIONS = {"sts:AssumeRole", "sts:TagSession"}


@functools.cache
def actions_of(service: str) -> frozenset[str]:
    """Return every action of a service: those that its API has, and those that only IAM knows."""
    operations = botocore.session.get_session().get_service_model(service).operation_names
    return frozenset(f"{service}:{name}" for name in [*operations, *_WITHOUT_OPERATION.get(service, [])])


# Service Authorization Reference: actions that are no operation of the API, but part of one.
_WITHOUT_OPERATION = {
    "dynamodb": ["ConditionCheckItem", "PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "PartiQLUpdate"],
    "sts": ["SetContext", "SetSourceIdentity", "TagSession"],
}
_TRUST_IN_THE_ACCOUNT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": sorted(SESSION_ACTIONS), "Principal": {"AWS": ACCOUNT}}],
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a role's credentials are used for, whatever the action."""

    service: str
    resources: tuple[str, ...]
    leading_keys: tuple[str, ...] | None = None
    """The partition keys that the call names; None where it names none."""


def allowed(registered: Registered, role: str, call: Call, *, tenant_id: str | None) -> frozenset[str]:
    """Return the actions that a role may take on one of the resources, its session tagged with a tenant if any."""
    context: Context = {} if tenant_id is None else {"aws:PrincipalTag/tenant_id": tenant_id}
    if call.leading_keys is not None:
        context = {**context, "dynamodb:LeadingKeys": call.leading_keys}
    principal, policies = arn("iam", role), registered.policies_of(role)
    return frozenset(
        action
        for action in actions_of(call.service)
        for resource in call.resources
        if answer(registered, principal, action, resource, policies=policies, context=context) is Decision.ALLOW
    )


def answer(
    registered: Registered,
    principal: str,
    action: str,
    resource: str,
    *,
    policies: Sequence[Policy],
    context: Context | None = None,
    over_tls: bool = True,
) -> Decision:
    """Return the answer of the caller's policies and the resource's own; for a session, as one for one tenant."""
    if action in SESSION_ACTIONS:
        return session(registered, principal, resource, policies=policies, tags={"tenant_id": "acme"})
    known = {**(context or {}), "aws:SecureTransport": str(over_tls).lower()}
    request = Request(action=action, resource=resource, principal=principal, context=known)
    return decide(request, policies, _own_policy(registered, resource))


def session(
    registered: Registered,
    caller: str,
    role_arn: str,
    *,
    policies: Sequence[Policy],
    tags: Mapping[str, str],
) -> Decision:
    """Return the answer to a caller that asks STS for a session as a role.

    A role that the stack does not have stands for the most trusting one of its account.
    """
    own = {arn("iam", role.name): role.name for role in registered.all("aws:iam/role:Role")}
    return decide_assume_role(
        principal=caller,
        role=role_arn,
        trust_policy=registered.trust_policy_of(own[role_arn]) if role_arn in own else _TRUST_IN_THE_ACCOUNT,
        identity_policies=policies,
        tags=tags,
    )


def _own_policy(registered: Registered, resource: str) -> dict[str, Any] | None:
    """Return the policy of a queue of the stack; no other resource that is asked for has one."""
    if not resource.startswith("arn:aws:sqs:"):
        return None
    urls = {queue["queueUrl"]: queue["policy"] for queue in registered.all("aws:sqs/queuePolicy:QueuePolicy")}
    policy = urls.get(queue_url(resource.rpartition(":")[2]))
    return json.loads(policy) if policy else None
