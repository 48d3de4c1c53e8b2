"""The theorems about a stack, each as a search for a request that breaks it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import z3

from proofs.isolation.callers import Outsider, outsiders, strangers
from proofs.isolation.counterexample import Counterexample, Unsettled, find, read, wishes_for
from proofs.isolation.decision import Answer, answer
from proofs.isolation.globs import starting_with
from proofs.isolation.request import Caller, Request, places_for
from proofs.isolation.sessions import TENANT_TAG, Kind, may_assume, sessions
from proofs.isolation.stack import Policy, Resource, Role, Stack, account_of
from proofs.isolation.texts import TRUE, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LAMBDA = "lambda.amazonaws.com"
_ACTS_AS = {"logs-tenant-writer": "logs-worker", "logs-tenant-reader": "logs-query"}
LEADING_KEYS = "dynamodb:LeadingKeys"


@dataclass(frozen=True, kw_only=True)
class Theorem:
    """What holds for every request."""

    name: str
    """By which the pages refer to it."""
    sentence: str
    search: Callable[[Stack], Iterator[Counterexample]]
    """Yields the counterexamples, at most one for each caller and resource."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of a theorem for one stack."""

    theorem: Theorem
    stack: Stack
    counterexamples: tuple[Counterexample, ...]
    unsettled: str | None
    """Why the solver gave up; None where it did not."""
    seconds: float

    @property
    def is_proved(self) -> bool:
        """Whether it holds for every request."""
        return not self.counterexamples and self.unsettled is None


def prove(theorem: Theorem, stack: Stack) -> Verdict:
    """Search for every counterexample to a theorem.

    Raises:
        NotTranslatable: a policy says something that is not known here.
    """
    started, unsettled = time.monotonic(), None
    found: list[Counterexample] = []
    try:
        found.extend(theorem.search(stack))
    except Unsettled as gave_up:
        unsettled = str(gave_up)
    seconds = time.monotonic() - started
    return Verdict(theorem=theorem, stack=stack, counterexamples=tuple(found), unsettled=unsettled, seconds=seconds)


def reaching_another_tenant(stack: Stack) -> Iterator[Counterexample]:
    """Yield requests in a tagged session that are allowed and may touch a row of another tenant."""
    for role in stack.roles:
        asked = _Asked.by_role(role, stack.records)
        tag, keys = asked.request.session_tag(TENANT_TAG), asked.request.several(LEADING_KEYS)
        names_none = z3.Not(keys.some(_is_anything))
        names_another = keys.some(partial(asked.differs, tag.value))
        elsewhere = z3.Not(asked.is_exactly())
        yield from asked.find(tag.is_present, z3.Or(names_none, names_another, elsewhere))


def reaching_records_untagged(stack: Stack) -> Iterator[Counterexample]:
    """Yield requests about records that are allowed without a tenant in the session's tags."""
    for role in stack.roles:
        asked = _Asked.by_role(role, stack.records)
        yield from asked.find(z3.Not(asked.request.session_tag(TENANT_TAG).is_present))
    for stranger in strangers(stack):
        yield from _Asked.by_outsider(stranger, stack.records).find()


def getting_another_session(stack: Stack) -> Iterator[Counterexample]:
    """Yield chains of AssumeRole to a role that may reach records, which end without exactly one tenant tag."""
    reaching = {role.name for role in stack.roles if any(_Asked.by_role(role, stack.records).find())}
    for (name, kind), found in sessions(stack).items():
        if name in reaching and kind is not Kind.ONE_TENANT:
            yield found.chain()


def getting_somebody_elses_session(stack: Stack) -> Iterator[Counterexample]:
    """Yield requests for a session by others than the one that the program names, even if they may do everything."""
    everybody: list[tuple[Outsider, Role | None]] = [(Outsider(caller_of(role)), role) for role in stack.roles]
    everybody += [(outsider, None) for outsider in outsiders(stack)]
    for target in stack.roles:
        named = _ACTS_AS.get(target.name)
        right = stack.role(named).arn if named else LAMBDA
        for anybody, role in everybody:
            if anybody.caller.principal != right:
                yield from may_assume(anybody.caller, anybody.policies, target, role)


def reaching_what_is_kept_apart(stack: Stack) -> Iterator[Counterexample]:
    """Yield requests about dead letters, API keys and fingerprint keys by whom the program does not name."""
    for resource, named in _kept_apart(stack):
        for role in stack.roles:
            asked = _Asked.by_role(role, resource)
            yield from asked.find(*(z3.Not(asked.acts(action)) for name, action in named if name == role.name))
        for stranger in strangers(stack):
            yield from _Asked.by_outsider(stranger, resource).find()


def passing_over_plain_http(stack: Stack) -> Iterator[Counterexample]:
    """Yield requests to queues over plain HTTP that no statement denies outright."""
    for queue in (stack.ingest_queue, stack.dead_letters):
        for anybody in (*(Outsider(caller_of(role)) for role in stack.roles), *outsiders(stack)):
            asked = _Asked.by_outsider(anybody, queue)
            asked.request.fix("aws:SecureTransport", "false")
            yield from asked.find_undenied()


def _kept_apart(stack: Stack) -> Iterator[tuple[Resource, set[tuple[str, str]]]]:
    """Yield each resource with the one role that may reach it, and the only action that it may take."""
    yield stack.dead_letters, {("logs-worker", "sqs:SendMessage")}
    yield stack.api_keys, {("logs-authorizer", "dynamodb:GetItem")}
    yield stack.key_usage, {("logs-authorizer", "dynamodb:PutItem")}
    for key in stack.fingerprint_keys:
        yield key, {("logs-worker", "kms:GenerateMac")}


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """Any request of one caller about one resource."""

    request: Request
    identity: Sequence[Policy]
    resource: Resource

    @classmethod
    def by_role(cls, role: Role, resource: Resource) -> _Asked:
        """Return one in any session as a role."""
        policies = [*role.policies, *([resource.policy] if resource.policy else [])]
        request = Request(caller_of(role), places=places_for(policies))
        request.of_role(role)
        return cls(request=request, identity=role.policies, resource=resource)

    @classmethod
    def by_outsider(cls, outsider: Outsider, resource: Resource) -> _Asked:
        """Return one of somebody else."""
        own = [resource.policy] if resource.policy else []
        request = Request(outsider.caller, places=places_for(own))
        return cls(request=request, identity=outsider.policies, resource=resource)

    def find(self, *more: Any) -> Iterator[Counterexample]:
        """Yield one request that is allowed, if there is any."""
        answered = self._answer()
        yield from self._find(answered.is_allowed, *more)

    def find_undenied(self) -> Iterator[Counterexample]:
        """Yield one request that no statement denies outright, if there is any."""
        answered = self._answer()
        yield from self._find(z3.Not(answered.is_denied))

    def acts(self, action: str) -> Any:
        """Return the formula that the request takes this action."""
        return self.request.texts.equal(self.request.action, Text(action.lower()))

    def differs(self, one: Text, other: Text) -> Any:
        """Return the formula that two texts differ."""
        return z3.Not(self.request.texts.equal(one, other))

    def is_exactly(self) -> Any:
        """Return the formula that the request is about the resource itself, not about a part or a copy of it."""
        return self._is_about(self.resource.arn)

    def _is_about(self, arn: str) -> Any:
        return self.request.texts.equal(self.request.resource, Text(arn))

    @property
    def _service(self) -> str:
        return self.resource.arn.split(":")[2]

    def _answer(self) -> Answer:
        in_kms = self._service == "kms"  # "Key policies in AWS KMS": without the key's own word nothing suffices
        return answer(self.request, identity=self.identity, own=self.resource.policy, own_must_allow=in_kms)

    def _find(self, *formulas: Any) -> Iterator[Counterexample]:
        policies = [*self.identity, *([self.resource.policy] if self.resource.policy else [])]

        def wishes() -> list[Any]:
            well_known = [self.is_exactly(), self._is_about(f"{self.resource.arn}/index/any")]
            return [*well_known, *wishes_for(self.request, policies)]

        model = find(self.request, [self._is_about_it(), *formulas], wishes)
        if model is not None:
            yield read(model, self.request, policies)

    def _is_about_it(self) -> Any:
        """It, or what is below it: the ARNs of indexes, streams, backups and exports begin with the table's."""
        texts, resource = self.request.texts, self.request.resource
        is_table = z3.BoolVal(self._service == "dynamodb")
        below = z3.And(is_table, texts.has(resource, starting_with(f"{self.resource.arn}/")))
        # An action of one service never acts on a resource of another.
        of_its_service = texts.has(self.request.action, starting_with(f"{self._service}:"))
        return z3.And(of_its_service, z3.Or(self.is_exactly(), below))


def _is_anything(_: Text) -> Any:
    return TRUE


def caller_of(role: Role) -> Caller:
    """Return a role as somebody who asks."""
    return Caller(role.arn, account_of(role.arn))


THEOREMS = (
    Theorem(
        name="own-rows-only",
        sentence="No request in a session tagged with a tenant reaches a row of another tenant, whatever it names.",
        search=reaching_another_tenant,
    ),
    Theorem(
        name="one-tenant-per-session",
        sentence="No chain of AssumeRole, from a function's role or from outside, ends in a session that may reach "
        "records and is not tagged with exactly one tenant.",
        search=getting_another_session,
    ),
    Theorem(
        name="no-records-untagged",
        sentence="No role reaches records in a session without a tenant's tag, and nobody from another account does.",
        search=reaching_records_untagged,
    ),
    Theorem(
        name="named-roles-only",
        sentence="Only the worker sends to the dead-letter queue and uses the fingerprint keys, only the authorizer "
        "reads API keys and records their use, and nobody does anything else with them.",
        search=reaching_what_is_kept_apart,
    ),
    Theorem(
        name="named-callers-only",
        sentence="Only Lambda gets a session as a function, only the worker as `tenant-writer` and only the query "
        "function as `tenant-reader`, even if the policies of everybody else allow everything.",
        search=getting_somebody_elses_session,
    ),
    Theorem(
        name="no-plain-http",
        sentence="Both queues deny every request over plain HTTP, whoever asks.",
        search=passing_over_plain_http,
    ),
)

ASSUMED = (
    "IAM, STS, KMS and SQS decide as AWS documents it, and nobody can forge a session's tags.",
    "DynamoDB tells IAM every partition key that a call names (dynamodb:LeadingKeys), and none if it names none.",
    "An action works on resources of its own service only.",
)
NOT_COVERED = (
    "What the account's administrators allow elsewhere, and roles outside the stack that trust the stack's roles.",
    "Who may invoke the functions, and what they do: a worker that asks for the wrong tenant's session gets it.",
    "Permissions boundaries, session policies and organisation policies: they can only take away.",
)
