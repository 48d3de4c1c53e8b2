"""Who may ask: a finite list that stands for everybody.

Policies tell principals apart only by the names that they spell out, as a wildcard within a name is refused. So one
caller whom no policy names stands for all of its kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofs.isolation.decision import named_in
from proofs.isolation.request import Caller, statements_of
from proofs.isolation.stack import Policy, Stack, account_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ANONYMOUS = "anonymous"
EVERYTHING: Policy = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
_ELSEWHERE = "999999999999"


@dataclass(frozen=True)
class Outsider:
    """Somebody who is none of the stack's roles, and whose own policies allow everything."""

    caller: Caller
    policies: tuple[Policy, ...] = (EVERYTHING,)


def outsiders(stack: Stack) -> Iterator[Outsider]:
    """Yield whoever is no role of the stack: in its account, in other accounts, services, and without credentials."""
    roles = {role.arn for role in stack.roles}
    named = {name for policy in _own_policies(stack) for name in _named_by(policy)} - roles - {"*"}
    yield Outsider(Caller(f"arn:aws:iam::{stack.account}:role/somebody-else", stack.account))
    yield Outsider(Caller(f"arn:aws:iam::{_ELSEWHERE}:role/somebody", _ELSEWHERE))
    yield Outsider(Caller("some-service.amazonaws.com", ""), ())
    yield Outsider(Caller(ANONYMOUS, ""), ())
    for name in sorted(named):
        is_a_principal = ":role/" in name or ":user/" in name
        if is_a_principal or name.endswith(".amazonaws.com"):
            yield Outsider(Caller(name, account_of(name)), (EVERYTHING,) if is_a_principal else ())
        elif (account := account_of(name) or name) != stack.account:
            yield Outsider(Caller(f"arn:aws:iam::{account}:role/somebody", account))


def strangers(stack: Stack) -> Iterator[Outsider]:
    """Yield the outsiders from beyond the account; what its administrators allow in it is theirs to say."""
    yield from (outsider for outsider in outsiders(stack) if outsider.caller.account != stack.account)


def _own_policies(stack: Stack) -> Iterator[Policy]:
    yield from (role.trust for role in stack.roles)
    yield from (resource.policy for resource in stack.resources() if resource.policy)


def _named_by(policy: Policy) -> set[str]:
    return {name for statement in statements_of(policy) for name in named_in(statement.get("Principal"))}
