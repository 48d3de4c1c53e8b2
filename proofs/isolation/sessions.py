"""Sessions that follow from one another by AssumeRole: which kinds of session can ever come to be.

The sessions of a role are of three kinds: without tags, with exactly one tenant tag, or any other. The search starts
with everybody outside the stack and adds every kind that somebody can get, until none is new: so it covers chains of
any length. A kind stands for all its sessions, each with any of its tags transitive.

Where AWS does not say what it does, both are assumed possible: whether `aws:TagKeys` and `aws:RequestTag` show the tags
that a session inherits. Inheriting asks for no permission here, which allows more than AWS may.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import z3

from proofs.isolation.callers import outsiders
from proofs.isolation.counterexample import TENANT, Counterexample, find, is_true
from proofs.isolation.decision import TRUST, answer
from proofs.isolation.globs import in_any_case
from proofs.isolation.request import (
    REQUEST_TAG,
    Caller,
    OneValue,
    Place,
    Request,
    SeveralValues,
    condition_keys,
    places_for,
)
from proofs.isolation.stack import Policy, Role, Stack, account_of
from proofs.isolation.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TENANT_TAG = "tenant_id"
_INHERITED_TAGS = 3
"""Enough for any number: a theorem asks for one tag that is none of the tenant's and for one that is."""


class Kind(enum.Enum):
    """What tags a session was given."""

    UNTAGGED = "without tags"
    ONE_TENANT = "tagged with exactly one tenant"
    OTHER = "tagged in another way"


@dataclass(frozen=True)
class Tag:
    """A place for one tag."""

    is_taken: Any
    key: Text
    value: Text


@dataclass(frozen=True, kw_only=True)
class Found:
    """One kind of session of a role, and how somebody gets one."""

    caller: Caller
    role: Role
    kind: Kind
    last_step: Callable[[], Counterexample]
    """Returns an example of the last step; that takes time, so it is done only for people."""
    before: Found | None = None

    def chain(self) -> Counterexample:
        """Return how somebody gets such a session, from the first step on."""
        if self.before is None:
            return self.last_step()
        earlier = self.before.chain()
        return replace(self.last_step(), before=(*earlier.before, str(replace(earlier, before=()))))


class _Assuming(Request):
    """Any request for a session, whose tags are those that are passed and, perhaps, those that are inherited."""

    def __init__(self, caller: Caller, policies: Sequence[Policy]) -> None:
        super().__init__(caller, places=places_for(policies))
        tracked = {key for policy in policies for key in condition_keys(policy) if key.startswith(REQUEST_TAG)}
        self.passed = self._tags("passed", self.places + len(tracked))
        self.inherited = self._tags("inherited", _INHERITED_TAGS)
        self.all_tags = (*self.passed, *self.inherited)
        shows = z3.Bool("inherited tags show")
        self.shown = (*self.passed, *(Tag(z3.And(tag.is_taken, shows), tag.key, tag.value) for tag in self.inherited))
        self.rules += list(self._rules_for_tags())

    def _tags(self, label: str, count: int) -> tuple[Tag, ...]:
        texts = self.texts
        return tuple(
            Tag(z3.Bool(f"{label}?{n}"), texts.variable(f"{label} key"), texts.variable(f"{label} value"))
            for n in range(count)
        )

    def _rules_for_tags(self) -> Iterator[Any]:
        """No two tags of a session have one key, and no key is empty ("Tag" in the AWS STS API Reference)."""
        for number, tag in enumerate(self.all_tags):
            yield z3.Not(self.texts.equal(tag.key, Text("")))
            for other in self.all_tags[:number]:
                both = z3.And(tag.is_taken, other.is_taken)
                yield z3.Implies(both, z3.Not(self.texts.equal(tag.key, other.key)))

    def _new(self, name: str) -> OneValue | SeveralValues:
        if name == "aws:tagkeys":
            return SeveralValues(tuple(Place(tag.is_taken, tag.key) for tag in self.shown))
        if name.startswith(REQUEST_TAG):
            return self._request_tag(name.removeprefix(REQUEST_TAG))
        return super()._new(name)

    def _request_tag(self, name: str) -> OneValue:
        """Return the tag with a name, in which case does not count here."""
        is_it = [z3.And(tag.is_taken, self.texts.has(tag.key, in_any_case(name))) for tag in self.shown]
        self.rules += [z3.AtMost(*is_it, 1)]
        value = self.texts.first(zip(is_it, (tag.value for tag in self.shown), strict=True))
        return OneValue(z3.Or(*is_it), value)

    def is_of(self, kind: Kind, tags: Sequence[Tag]) -> Any:
        """Return the formula that tags make a session of this kind."""
        none = z3.And(*(z3.Not(tag.is_taken) for tag in tags))
        only = z3.And(*(z3.Implies(tag.is_taken, self._names_a_tenant(tag)) for tag in tags))
        match kind:
            case Kind.UNTAGGED:
                return none
            case Kind.ONE_TENANT:
                return z3.And(z3.Not(none), only)
            case Kind.OTHER:
                return z3.Not(z3.Or(none, only))

    def _names_a_tenant(self, tag: Tag) -> Any:
        return z3.And(self.texts.equal(tag.key, Text(TENANT_TAG)), z3.Not(self.texts.equal(tag.value, Text(""))))


def sessions(stack: Stack) -> dict[tuple[str, Kind], Found]:
    """Return every kind of session that can come to be, by the role's name and the kind."""
    reached: dict[tuple[str, Kind], Found] = {}
    waiting: list[Found] = []

    def add(found: Found) -> None:
        if (found.role.name, found.kind) not in reached:
            reached[found.role.name, found.kind] = found
            waiting.append(found)

    for outsider in outsiders(stack):
        for target in stack.roles:
            for found in _got(outsider.caller, outsider.policies, target, reached, before=None):
                add(found)
    while waiting:
        session = waiting.pop(0)
        caller = Caller(session.role.arn, account_of(session.role.arn))
        for target in stack.roles:
            for found in _got(caller, session.role.policies, target, reached, before=session):
                add(found)
    return reached


def may_assume(caller: Caller, policies: Sequence[Policy], target: Role, role: Role | None) -> Iterator[Counterexample]:
    """Yield one request for a session that is allowed, if there is any.

    Args:
        caller: who asks.
        policies: what else the caller may do.
        target: the role that the session would be one of.
        role: the role of the caller, if it is one of the stack.
    """
    request = _Assuming(caller, [*policies, target.trust])
    request.resource = Text(target.arn)
    if role:
        request.of_role(role)
    rules = [_allowed(request, policies, target)]
    if not z3.is_false(z3.simplify(rules[0])) and find(request, rules) is not None:
        yield _example(rules, request, target, None)


def _got(
    caller: Caller,
    policies: Sequence[Policy],
    target: Role,
    reached: dict[tuple[str, Kind], Found],
    *,
    before: Found | None,
) -> Iterator[Found]:
    """Yield the kinds of session as a role that a caller can get and that nobody could before."""
    read = [*policies, target.trust]
    request = _Assuming(caller, read)
    request.resource = Text(target.arn)
    if before:
        request.of_role(before.role)
    allowed = _allowed(request, policies, target)
    if z3.is_false(z3.simplify(allowed)):
        return
    rules = [allowed, *_inheritance(request, before)]
    for kind in Kind:
        if (target.name, kind) in reached:
            continue
        of_kind = [*rules, request.is_of(kind, request.all_tags)]
        if find(request, of_kind) is not None:
            example = partial(_example, of_kind, request, target, before)
            yield Found(caller=caller, role=target, kind=kind, last_step=example, before=before)


def _allowed(request: _Assuming, policies: Sequence[Policy], target: Role) -> Any:
    """A session with tags needs sts:TagSession in addition ("Pass session tags in AWS STS")."""

    def taking(action: str) -> Any:
        request.action = Text(action)
        return answer(request, identity=policies, own=target.trust, own_kind=TRUST, own_must_allow=True).is_allowed

    passes_tags = z3.Or(*(tag.is_taken for tag in request.passed))
    return z3.And(taking("sts:assumerole"), z3.Implies(passes_tags, taking("sts:tagsession")))


def _inheritance(request: _Assuming, before: Found | None) -> Iterator[Any]:
    """What the caller's own session can hand down: some of its tags; of anybody outside the stack, any."""
    none = request.is_of(Kind.UNTAGGED, request.inherited)
    if not request.caller.account or (before and before.kind is Kind.UNTAGGED):
        yield none  # a service has no session
    elif before and before.kind is Kind.ONE_TENANT:
        yield z3.Or(none, request.is_of(Kind.ONE_TENANT, request.inherited))


def _wishes(request: _Assuming) -> Iterator[Any]:
    """Few tags, with known names."""
    yield from (z3.Not(tag.is_taken) for tag in reversed(request.all_tags))
    for tag in request.all_tags:
        yield request.texts.is_one_of(tag.key, (TENANT_TAG, "team"))
        yield request.texts.equal(tag.value, Text(TENANT))


def _example(rules: Sequence[Any], request: _Assuming, target: Role, before: Found | None) -> Counterexample:
    model = find(request, rules, partial(_wishes, request))
    assert model is not None  # noqa: S101 - it was found before

    def taken(tags: Sequence[Tag]) -> dict[str, str]:
        value = partial(request.texts.value, model)
        return {value(tag.key): value(tag.value) for tag in tags if is_true(model, tag.is_taken)}

    passed, inherited = taken(request.passed), taken(request.inherited)
    # What a session of this kind has at least.
    least = {TENANT_TAG: TENANT} if before and before.kind is Kind.ONE_TENANT else {}
    return Counterexample(
        caller=request.caller.principal,
        session_tags=inherited or least,
        action="sts:AssumeRole",
        resource=target.arn,
        context={f"aws:RequestTag/{key}": value for key, value in passed.items()},
        inherited=tuple(inherited),
    )
