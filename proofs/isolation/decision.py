"""What IAM answers to a request, as a formula ("Policy evaluation logic" in the IAM User Guide).

Written apart from the evaluator of the tests: that the two agree is evidence only as long as they share nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import z3

from proofs.isolation.globs import FIELDS_OF_AN_ARN, arn_glob, glob, literal
from proofs.isolation.refusal import NotTranslatable, require
from proofs.isolation.request import OneValue, Place, Request, SeveralValues, statements_of
from proofs.isolation.texts import TRUE, Text, Wildcard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proofs.isolation.stack import Policy

WITH_VARIABLES = "2012-10-17"

_ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "Condition"}
_OPERATOR = re.compile(
    r"(?:(?P<set>ForAllValues|ForAnyValue):)?"
    r"(?P<test>String(?:Not)?(?:Equals|Like)|Arn(?:Not)?(?:Equals|Like)|Bool)(?P<if_exists>IfExists)?"
)

_VARIABLE = re.compile(r"\$\{[^}]*\}")
_PARTS = re.compile(r"\$\{(?P<variable>[^}]*)\}|(?P<sign>[*?])|[^*?$]+|\$")

IDENTITY, RESOURCE, TRUST = "identity", "resource", "trust"


@dataclass(frozen=True)
class Answer:
    """When a request is allowed, and when a statement denies it outright."""

    is_allowed: Any
    is_denied: Any


def answer(
    request: Request, *, identity: Sequence[Policy], own: Policy | None, own_kind: str = RESOURCE, own_must_allow: bool
) -> Answer:
    """Return the answer of the caller's policies and the resource's own together.

    Args:
        request: who asks, and for what.
        identity: the policies of the caller.
        own: the policy of the resource, or of the role that is to be assumed.
        own_kind: RESOURCE or TRUST.
        own_must_allow: whether the resource's own policy has to allow it or to name the caller's account, as
            AWS STS and AWS KMS demand; elsewhere the caller's policies suffice within one account.
    """
    by_identity = _said(request, identity, IDENTITY)
    by_own = _said(request, [own] if own else [], own_kind)
    denied = z3.Or(*by_identity["Deny"], *by_own["Deny"], *by_own["Deny for the account"])
    identity_allows = z3.Or(*by_identity["Allow"])
    names_caller, names_account = z3.Or(*by_own["Allow"]), z3.Or(*by_own["Allow for the account"])
    same = _is_of_the_same_account(request)
    allowed = z3.Or(
        z3.And(names_caller, same),
        z3.And(identity_allows, z3.Or(names_caller, names_account)),
        z3.And(identity_allows, same, z3.BoolVal(not own_must_allow)),
    )
    return Answer(z3.And(allowed, z3.Not(denied)), denied)


def _is_of_the_same_account(request: Request) -> Any:
    """A resource without an account, such as a bucket, counts as one of the caller's; so does any for a service."""
    account = request.caller.account
    if not account:
        return TRUE

    def owned_by(owner: str) -> Any:
        return request.texts.has(request.resource, arn_glob(f"arn:*:*:*:{owner}:*"))

    return z3.Or(owned_by(account), z3.Not(owned_by("?*")))


def _said(request: Request, policies: Sequence[Policy], kind: str) -> dict[str, list[Any]]:
    """What the statements say: for each effect, the formulas of when one applies."""
    said: dict[str, list[Any]] = {
        effect + whom: [] for effect in ("Allow", "Deny") for whom in ("", " for the account")
    }
    for policy in policies:
        require(not policy.keys() - {"Version", "Id", "Statement"}, "Version, Id and Statement only", dict(policy))
        reader = _Reader(request, variables=policy.get("Version") == WITH_VARIABLES)
        for statement in statements_of(policy):
            _check(statement, kind)
            formula = reader.applies(statement)
            whom = _whom(statement.get("Principal"), request) if kind != IDENTITY else ""
            if whom is not None:
                said[statement["Effect"] + whom].append(formula)
    return said


def _check(statement: Policy, kind: str) -> None:
    require(not statement.keys() - _ELEMENTS, "known elements", dict(statement))
    require(statement.get("Effect") in {"Allow", "Deny"}, "the effect Allow or Deny", dict(statement))
    require(("Action" in statement) != ("NotAction" in statement), "Action or NotAction", dict(statement))
    resources = ("Resource" in statement) + ("NotResource" in statement)
    require(resources == (kind != TRUST), "Resource or NotResource, neither in a trust policy", dict(statement))
    require(("Principal" in statement) == (kind != IDENTITY), "Principal, not in an identity policy", dict(statement))


def _whom(principal: Any, request: Request) -> str | None:
    """Whether a principal element names the caller, its account, or somebody else."""
    names = named_in(principal)
    caller = request.caller
    if names & {"*", caller.principal}:
        return ""
    return " for the account" if caller.account and names & _account_names(caller.account) else None


def named_in(principal: Any) -> set[str]:
    """Return whom a principal element names.

    Raises:
        NotTranslatable: a kind of principal or a wildcard that is not known.
    """
    groups = principal if isinstance(principal, dict) else {"AWS": principal}
    require(not groups.keys() - {"AWS", "Service"}, "an AWS or Service principal", principal)
    names = {name for group in groups.values() for name in strings(group)}
    require(not any("*" in name for name in names - {"*"}), "principals without wildcards", principal)
    return names


def _account_names(account: str) -> set[str]:
    return {account, f"arn:aws:iam::{account}:root"}


class _Reader:
    """Turns statements into formulas about one request."""

    def __init__(self, request: Request, *, variables: bool) -> None:
        self._request = request
        self._texts = request.texts
        self._variables = variables

    def applies(self, statement: Policy) -> Any:
        """Return the formula that action, resource and every condition match ("IAM JSON policy elements")."""
        conditions = [
            self._holds(operator, key, strings(wanted))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        ]
        return z3.And(self._acts(statement), self._concerns(statement), *conditions)

    def _acts(self, statement: Policy) -> Any:
        wanted = strings(statement.get("Action", statement.get("NotAction")))
        hit = z3.Or(*(self._texts.has(self._request.action, glob(w.lower())) for w in wanted))
        return z3.Not(hit) if "NotAction" in statement else hit

    def _concerns(self, statement: Policy) -> Any:
        negated = "NotResource" in statement
        wanted = strings(statement.get("Resource", statement.get("NotResource", "*")))
        hit = z3.Or(*(self._arn(self._request.resource, w, negated=negated) for w in wanted if w != "*"))
        if "*" in wanted:
            hit = TRUE
        return z3.Not(hit) if negated else hit

    def _holds(self, operator: str, key: str, wanted: list[str]) -> Any:
        """One operator on one key ("IAM JSON policy elements: Condition operators")."""
        values = self._request.key(key)
        if operator == "Null":
            require(wanted in (["true"], ["false"]), "true or false for Null", wanted)
            return self._is_absent(values) if wanted == ["true"] else z3.Not(self._is_absent(values))
        parsed = _OPERATOR.fullmatch(operator)
        if parsed is None:
            raise NotTranslatable(f"a proof needs a known operator, got {operator!r}")
        quantifier, test, if_exists = parsed["set"], parsed["test"], bool(parsed["if_exists"])
        negated = "Not" in test

        def hit(value: Text) -> Any:
            found = z3.Or(*(self._compares(test, value, w, negated=negated) for w in wanted))
            return z3.Not(found) if negated else found

        if quantifier is None:
            if not isinstance(values, OneValue):
                raise NotTranslatable(f"a proof needs a set operator for {key}, got {operator!r}")
            return z3.If(values.is_present, hit(values.value), z3.BoolVal(negated or if_exists))
        if_absent = z3.BoolVal(quantifier == "ForAllValues" or if_exists)
        several = SeveralValues((Place(values.is_present, values.value),)) if isinstance(values, OneValue) else values
        found = several.some(hit) if quantifier == "ForAnyValue" else several.every(hit)
        return z3.If(self._is_absent(values), if_absent, found)

    def _is_absent(self, values: OneValue | SeveralValues) -> Any:
        """Empty text counts as absent here ("Set operators for multivalued context keys")."""

        def is_something(value: Text) -> Any:
            return z3.Not(self._texts.equal(value, Text("")))

        if isinstance(values, OneValue):
            return z3.Not(z3.And(values.is_present, is_something(values.value)))
        return z3.Not(values.some(is_something))

    def _compares(self, test: str, value: Text, wanted: str, *, negated: bool) -> Any:
        if test == "Bool":
            require(wanted.lower() in {"true", "false"}, "true or false for Bool", wanted)
            return self._texts.is_one_of(value, (wanted.lower(), wanted.capitalize()))
        if test.startswith("Arn"):
            return self._arn(value, wanted, negated=negated)
        return self._text(value, wanted, wildcards=test.endswith("Like"), negated=negated)

    def _arn(self, value: Text, wanted: str, *, negated: bool) -> Any:
        """The six fields of an ARN match one by one ("IAM JSON policy elements: Resource")."""
        if "${" not in wanted or not self._variables:
            return self._texts.has(value, arn_glob(wanted))
        fields = _VARIABLE.sub("", wanted).split(":", FIELDS_OF_AN_ARN - 1)
        require(len(fields) == FIELDS_OF_AN_ARN, "an ARN with all its six fields", wanted)
        plain = not any(sign in _VARIABLE.sub("", wanted) for sign in "*?")
        require(plain, "no wildcard in an ARN with a variable", wanted)
        return self._text(value, wanted, wildcards=False, negated=negated)

    def _text(self, value: Text, wanted: str, *, wildcards: bool, negated: bool) -> Any:
        """A variable that the request lacks matches nothing ("IAM policy elements: Variables and tags")."""
        if "${" not in wanted or not self._variables:
            return self._texts.has(value, glob(wanted) if wildcards else literal(wanted))
        parts, known = self._parts(wanted, wildcards=wildcards)
        # What AWS does there is not documented.
        sure = all(z3.is_true(one) for one in known)
        require(sure or not negated, "no variable under a negation that the request may lack", wanted)
        return z3.And(*known, self._texts.has_parts(value, parts))

    def _parts(self, text: str, *, wildcards: bool) -> tuple[list[Text | Wildcard], list[Any]]:
        """Return a policy's text in parts, and the formulas that its variables are in the request."""
        parts: list[Text | Wildcard] = []
        known: list[Any] = []
        for found in _PARTS.finditer(text):
            variable, sign = found["variable"], found["sign"]
            if variable in {"*", "?", "$"}:
                parts.append(Text(variable))
            elif variable is not None:
                value = self._variable(variable)
                parts.append(value.value)
                known.append(value.is_present)
            else:
                parts.append(Wildcard(sign) if sign and wildcards else Text(found[0]))
        return parts, known

    def _variable(self, written: str) -> OneValue:
        name, comma, default = (part.strip() for part in written.partition(","))
        key = self._request.one(name)
        if not comma:
            return key
        return OneValue(TRUE, self._texts.either(key.is_present, key.value, Text(default.strip("'"))))


def strings(value: object) -> list[str]:
    """Return one value or several; JSON's true and false as policies spell them."""
    values = value if isinstance(value, list) else [value]
    return [str(v).lower() if isinstance(v, bool) else str(v) for v in values]
