"""A request that breaks a theorem, as a person would write it down, and as it can be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import z3

from proofs.isolation.decision import strings
from proofs.isolation.request import OneValue, Request, SeveralValues, statements_of
from proofs.isolation.texts import Text, Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from proofs.isolation.stack import Policy

SECONDS_TO_SETTLE = 10

TENANT, OTHER_TENANT = "acme", "globex"

# Tried in this order where a request could name many: the sooner, the easier to picture.
_WELL_KNOWN_ACTIONS = (
    "dynamodb:Scan",
    "dynamodb:Query",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:DeleteTable",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
    "sqs:PurgeQueue",
    "kms:GenerateMac",
    "kms:VerifyMac",
    "kms:GenerateRandom",
    "sts:AssumeRole",
)


class Unsettled(RuntimeError):
    """The solver found neither a counterexample nor that there is none."""


@dataclass(frozen=True, kw_only=True)
class Counterexample:
    """One request that is answered as the theorem says it never is."""

    caller: str
    session_tags: Mapping[str, str] = field(default_factory=dict)
    """The tags of the caller's session."""
    action: str
    resource: str
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    """What else the request says, by the name of the context key."""
    inherited: tuple[str, ...] = ()
    """The tags of the caller's session that are transitive, so that the new session has them too."""
    before: tuple[str, ...] = ()
    """How the caller came by its session, a step at a time."""

    def __str__(self) -> str:
        """Return it as a sentence."""
        tags = ", ".join(f"{key}={value!r}" for key, value in self.session_tags.items())
        said = [f"{key} {_shown(value)}" for key, value in self.context.items()]
        said += [f"{', '.join(self.inherited)} inherited"] if self.inherited else []
        steps = "".join(f"{step}; then " for step in self.before)
        session = f" in a session tagged {tags}" if tags else ""
        return f"{steps}{self.caller}{session} may call {self.action} on {self.resource}{_with(said)}"

    def as_json(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "caller": self.caller,
            "session_tags": dict(self.session_tags),
            "action": self.action,
            "resource": self.resource,
            "context": {key: value if isinstance(value, str) else list(value) for key, value in self.context.items()},
            "inherited": list(self.inherited),
            "before": list(self.before),
        }


def _shown(value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return repr(value)
    return f"{{{', '.join(map(repr, value))}}}" if value else "absent"


def _with(said: Sequence[str]) -> str:
    return f", with {'; '.join(said)}" if said else ""


def find(request: Request, rules: Iterable[Any], wishes: Callable[[], Iterable[Any]] = tuple) -> z3.ModelRef | None:
    """Return values that satisfy all rules, and of the wishes each that the ones before it leave possible.

    Raises:
        Unsettled: the solver gave up, or its finding nothing would prove nothing.
    """
    asked = [*rules]
    found, solver = _check(request, asked)
    if not found and not request.texts.is_exact:
        raise Unsettled("a policy variable stands beside other text: no counterexample was found, but there may be one")
    if not found:
        return None
    wished = [*wishes()]  # they ask for more texts, so the lists of texts change
    if wished:
        _, solver = _check(request, asked)
    model = solver.model()
    for wish in wished:
        solver.push()
        solver.add(wish)
        if solver.check() == z3.sat:
            model = solver.model()
        else:
            solver.pop()
    return model


def _check(request: Request, asked: Sequence[Any]) -> tuple[bool, z3.Solver]:
    solver = z3.Solver()
    solver.set(timeout=SECONDS_TO_SETTLE * 1000)
    solver.add(*asked, *request.rules, *request.texts.rules())
    answer = solver.check()
    if answer == z3.unknown:
        raise Unsettled(solver.reason_unknown())
    return answer == z3.sat, solver


def wishes_for(request: Request, policies: Iterable[Policy]) -> list[Any]:
    """Return what makes a request easy to picture: known names, few values."""
    texts = request.texts
    actions = [action.lower() for action in spelled_actions(policies)]
    wishes: list[Any] = [texts.is_one_of(request.action, actions)]
    wishes += [texts.equal(request.action, Text(action.lower())) for action in _WELL_KNOWN_ACTIONS]
    for tag in request.session_tags.values():
        wishes += _wishes_for_key(texts, tag)
    for name, key in request.context.items():
        if not name.startswith("aws:principal"):
            wishes += _wishes_for_key(texts, key)
    return wishes


def _wishes_for_key(texts: Texts, key: OneValue | SeveralValues) -> list[Any]:
    if isinstance(key, OneValue):
        return [z3.Not(key.is_present), texts.equal(key.value, Text(TENANT))]
    free = [z3.Not(place.is_taken) for place in reversed(key.places)]
    names = ((TENANT, OTHER_TENANT), (TENANT, OTHER_TENANT, f"{TENANT}-2"))
    return [*free, *(texts.is_one_of(place.value, some) for place in key.places for some in names)]


def spelled_actions(policies: Iterable[Policy]) -> list[str]:
    """Return the actions that policies spell out, and well-known ones."""
    spelled = [
        action
        for policy in policies
        for statement in statements_of(policy)
        for action in strings(statement.get("Action", statement.get("NotAction")))
        if "*" not in action and "?" not in action
    ]
    return [*spelled, *_WELL_KNOWN_ACTIONS]


def read(model: z3.ModelRef, request: Request, policies: Iterable[Policy]) -> Counterexample:
    """Return the request that the solver's values make."""
    action = request.texts.value(model, request.action)
    spelling = {spelled.lower(): spelled for spelled in spelled_actions(policies)}
    tags = {name: _value(model, request, tag) for name, tag in sorted(request.session_tags.items())}
    context = {
        _SPELLED.get(name, name): value
        for name, key in sorted(request.context.items())
        if not name.startswith("aws:principal") and (value := _value(model, request, key)) is not None
    }
    return Counterexample(
        caller=request.caller.principal,
        session_tags={name: str(value) for name, value in tags.items() if value is not None},
        action=spelling.get(action, action),
        resource=request.texts.value(model, request.resource),
        context=context,
    )


_SPELLED = {
    "dynamodb:leadingkeys": "dynamodb:LeadingKeys",
    "aws:tagkeys": "aws:TagKeys",
    "aws:securetransport": "aws:SecureTransport",
    "kms:viaservice": "kms:ViaService",
}


def _value(model: z3.ModelRef, request: Request, key: OneValue | SeveralValues) -> str | tuple[str, ...] | None:
    if isinstance(key, OneValue):
        return request.texts.value(model, key.value) if is_true(model, key.is_present) else None
    taken = [place for place in key.places if is_true(model, place.is_taken)]
    return tuple(sorted({request.texts.value(model, place.value) for place in taken}))


def is_true(model: z3.ModelRef, formula: Any) -> bool:
    """Return whether the solver's values make a formula true."""
    return bool(z3.is_true(model.eval(formula, model_completion=True)))
