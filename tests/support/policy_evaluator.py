"""Decides requests by IAM policies as AWS documents it, so that a test can prove what a role may do.

The titles of AWS's pages stand beside the rules that they state. Permissions boundaries, session policies
and organisation policies are left out: the stack has none. What is unknown raises PolicyError.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Policy = Mapping[str, Any]
Values = str | Sequence[str]

ANONYMOUS = "anonymous"
"""The principal of an unsigned request."""

FIELDS_OF_AN_ARN = 6
_ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "Condition"}
_TESTS = {"StringEquals", "StringLike", "Bool", "ArnEquals", "ArnLike"}
_NEGATED = {"StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike"}
_OPERATOR = re.compile(r"(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?")
_PRINCIPAL = re.compile(r"anonymous|[\w.-]+\.amazonaws\.com|arn:aws:iam::\d{12}:(role|user)/.+")
_VARIABLE_OR_CHARACTER = re.compile(r"\$\{([^}]*)\}|(.)", re.DOTALL)


class Decision(enum.Enum):
    """What AWS answers, with its reason ("Policy evaluation logic")."""

    ALLOW = "allow"
    EXPLICIT_DENY = "explicit_deny"
    IMPLICIT_DENY = "implicit_deny"


class PolicyError(ValueError):
    """A policy or a request that cannot be decided exactly."""


class _Names(enum.IntEnum):
    """Whom a resource's own policy names: somebody else, the caller's account, or the caller."""

    NOBODY = 0
    ACCOUNT = 1
    CALLER = 2


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call by a role, a user or a service; a context key with a list or tuple is a multivalued one."""

    action: str
    resource: str
    principal: str
    context: Mapping[str, Values] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a principal that policies name in another way, such as the ARN of a session."""
        rule = "the ARN of a role or user, a service, or anonymous as principal"
        _require(_PRINCIPAL.fullmatch(self.principal), rule, self.principal)

    def value(self, key: str) -> Values | None:
        """The value of a context key, whose name ignores case ("IAM JSON policy elements: Condition")."""
        known: dict[str, Values] = {name.lower(): value for name, value in self.context.items()}
        if account := _account(self.principal):
            known |= {"aws:principalarn": self.principal, "aws:principalaccount": account}
        return known.get(key.lower())


def decide(
    request: Request, identity_policies: Iterable[Policy] = (), resource_policy: Policy | None = None
) -> Decision:
    """The answer of the caller's policies and the resource's own together ("Policy evaluation logic")."""
    identity = [s for policy in identity_policies for s in _applying(policy, request, kind="identity")]
    own = _applying(resource_policy, request, kind="resource") if resource_policy else []
    return _combine(request, identity, own, own_must_allow=False)


def decide_assume_role(
    *,
    principal: str,
    role: str,
    trust_policy: Policy,
    identity_policies: Iterable[Policy] = (),
    tags: Mapping[str, str] | None = None,
    context: Mapping[str, Values] | None = None,
) -> Decision:
    """The answer to sts:AssumeRole and, with tags, to sts:TagSession too ("Pass session tags in AWS STS").

    A trust policy that names the caller suffices; where it names the caller's account, the caller's own
    policies decide; without it, nothing suffices ("AssumeRole" in the AWS STS API Reference).
    """
    tag_context = {f"aws:RequestTag/{key}": value for key, value in (tags or {}).items()}
    known = {**(context or {}), **tag_context, **({"aws:TagKeys": list(tags)} if tags else {})}
    policies = list(identity_policies)
    answer = Decision.ALLOW
    for action in ["sts:AssumeRole", "sts:TagSession"] if tags else ["sts:AssumeRole"]:
        request = Request(action=action, resource=role, principal=principal, context=known)
        identity = [s for policy in policies for s in _applying(policy, request, kind="identity")]
        own = _applying(trust_policy, request, kind="trust")
        if answer is Decision.ALLOW:
            answer = _combine(request, identity, own, own_must_allow=True)
    return answer


def _combine(request: Request, identity: list[Policy], own: list[Policy], *, own_must_allow: bool) -> Decision:
    named = [(s["Effect"], _names(s["Principal"], request.principal)) for s in own]
    effects = {s["Effect"] for s in identity} | {effect for effect, names in named if names}
    if "Deny" in effects:
        return Decision.EXPLICIT_DENY
    own_allows = max((names for effect, names in named if effect == "Allow"), default=_Names.NOBODY)
    identity_allows = bool(identity)
    # "Cross-account policy evaluation logic": across accounts, both sides must allow.
    caller, owner = _account(request.principal), _account(request.resource)
    same_account = not caller or not owner or caller == owner
    allowed = (
        (own_allows is _Names.CALLER and same_account)
        or (identity_allows and bool(own_allows))
        or (identity_allows and same_account and not own_must_allow)
    )
    return Decision.ALLOW if allowed else Decision.IMPLICIT_DENY


def _applying(policy: Policy, request: Request, *, kind: str) -> list[Policy]:
    """The statements that match the request, whomever they name."""
    _require(not policy.keys() - {"Version", "Id", "Statement"}, "Version, Id and Statement only", policy)
    found = policy["Statement"]
    statements = [found] if isinstance(found, Mapping) else found
    for statement in statements:
        _check(statement, kind)
    # "IAM JSON policy elements: Version": without this version a variable is plain text.
    matcher = _Matcher(request, variables=policy.get("Version") == "2012-10-17")
    return [statement for statement in statements if matcher.applies(statement)]


def _check(statement: Policy, kind: str) -> None:
    """Refuse the unknown, even where it would not match ("IAM JSON policy element reference")."""
    _require(not statement.keys() - _ELEMENTS, "known elements", statement)
    _require(statement.get("Effect") in {"Allow", "Deny"}, "the effect Allow or Deny", statement)
    _require(("Action" in statement) != ("NotAction" in statement), "Action or NotAction", statement)
    resources = ("Resource" in statement) + ("NotResource" in statement)
    _require(resources == (kind != "trust"), "Resource or NotResource, neither in a trust policy", statement)
    has_principal = "Principal" in statement
    _require(has_principal == (kind != "identity"), "Principal, but not in an identity policy", statement)
    _names(statement.get("Principal", "*"), ANONYMOUS)
    for operator in statement.get("Condition", {}):
        parsed = _OPERATOR.fullmatch(operator)
        _require(operator == "Null" or (parsed and parsed[2] in _TESTS | _NEGATED), "a known operator", operator)


@dataclass(frozen=True)
class _Matcher:
    request: Request
    variables: bool

    def applies(self, statement: Policy) -> bool:
        """Whether action, resource and every condition match ("IAM JSON policy elements")."""
        conditions = [
            (operator, key, _strings(wanted))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        ]
        return self._acts(statement) and self._concerns(statement) and all(self._holds(*c) for c in conditions)

    def _acts(self, statement: Policy) -> bool:
        """Names of actions ignore case ("IAM JSON policy elements: Action")."""
        patterns = _strings(statement.get("Action", statement.get("NotAction")))
        action = self.request.action.lower()
        hit = any(re.fullmatch(_regex(pattern.lower(), wildcard="."), action) for pattern in patterns)
        return hit != ("NotAction" in statement)

    def _concerns(self, statement: Policy) -> bool:
        negated = "NotResource" in statement
        wanted = _strings(statement.get("Resource", statement.get("NotResource", "*")))
        hit = any(w == "*" or self._arn(self.request.resource, w, negated=negated) for w in wanted)
        return hit != negated

    def _holds(self, operator: str, key: str, wanted: list[str]) -> bool:
        """One operator on one key ("IAM JSON policy elements: Condition operators")."""
        value = self.request.value(key)
        values = [value] if isinstance(value, str) else list(value or ())
        # "Set operators for multivalued context keys": empty text counts as absent for these and for Null.
        absent = not any(values)
        if operator == "Null":
            _require(wanted in (["true"], ["false"]), "true or false for Null", wanted)
            return absent == (wanted == ["true"])
        parsed = _OPERATOR.fullmatch(operator)
        quantifier, test, if_exists = parsed.groups() if parsed else ("", operator, "")
        if absent if quantifier else value is None:
            return bool(if_exists) or quantifier == "ForAllValues" or (test in _NEGATED and not quantifier)
        _require(quantifier or isinstance(value, str), f"a set operator for the multivalued {key}", operator)
        # "Conditions with multiple context keys or values": an OR of values, a NOR when negated.
        hits = [any(self._compare(test, v, w) for w in wanted) != (test in _NEGATED) for v in values]
        return any(hits) if quantifier == "ForAnyValue" else all(hits)

    def _compare(self, test: str, value: str, wanted: str) -> bool:
        negated = test in _NEGATED
        if test == "Bool":
            return value.lower() == wanted.lower()
        if test.startswith("Arn"):
            return self._arn(value, wanted, negated=negated)
        return self._text(value, wanted, wildcard="." if test.endswith("Like") else "", negated=negated)

    def _arn(self, value: str, wanted: str, *, negated: bool) -> bool:
        """The six fields of an ARN match one by one ("IAM JSON policy elements: Resource")."""
        fields = re.sub(r"\$\{[^}]*\}", "", wanted).count(":") + 1
        _require(fields >= FIELDS_OF_AN_ARN, "an ARN with all its six fields", wanted)
        return self._text(value, wanted, wildcard="[^:]", negated=negated)

    def _text(self, value: str, wanted: str, *, wildcard: str, negated: bool) -> bool:
        """A variable that the request lacks matches nothing; where that would widen access, it is refused.

        AWS only says that the statement may become invalid ("IAM policy elements: Variables and tags").
        """
        try:
            regex = _regex(wanted, wildcard=wildcard, resolve=self._resolve if self.variables else None)
        except LookupError as absent:
            _require(not negated, "a variable under a negation to be in the request", absent)
            return False
        return re.fullmatch(regex, value, re.DOTALL) is not None

    def _resolve(self, variable: str) -> str:
        """The text of ${key}, ${key, 'default'} or an escape ("IAM policy elements: Variables and tags")."""
        if variable in {"*", "?", "$"}:
            return variable
        key, comma, default = (part.strip() for part in variable.partition(","))
        value = self.request.value(key)
        if value is None and not comma:
            raise LookupError(key)
        _require(value is None or isinstance(value, str), "a variable with a single value", variable)
        return default.strip("'") if value is None else str(value)


def _regex(text: str, *, wildcard: str, resolve: Callable[[str], str] | None = None) -> str:
    """The text as a regular expression; what a variable brings in is never a wildcard."""
    regex, colons = "", 0
    for part in _VARIABLE_OR_CHARACTER.finditer(text):
        variable, character = part.groups()
        # Only the sixth field of an ARN may hold colons.
        star = "." if colons >= FIELDS_OF_AN_ARN - 1 else wildcard
        if variable is not None and resolve:
            regex += re.escape(resolve(variable))
        elif wildcard and character in {"*", "?"}:
            regex += star + ("*" if character == "*" else "")
        else:
            regex += re.escape(part[0])
            colons += character == ":"
    return regex


def _names(principal: object, caller: str) -> _Names:
    """Whom a principal element names ("AWS JSON policy elements: Principal")."""
    groups = principal if isinstance(principal, Mapping) else {"AWS": principal}
    _require(not groups.keys() - {"AWS", "Service"}, "an AWS or Service principal", principal)
    names = {name for group in groups.values() for name in _strings(group)}
    _require(not any("*" in name for name in names - {"*"}), "principals without wildcards", principal)
    account = _account(caller)
    if names & {"*", caller}:
        return _Names.CALLER
    return _Names.ACCOUNT if account and names & {account, f"arn:aws:iam::{account}:root"} else _Names.NOBODY


def _account(arn: str) -> str:
    return arn.split(":")[4] if arn.startswith("arn:") else ""


def _strings(value: object) -> list[str]:
    """One value or several; JSON's true and false as policies spell them."""
    values = value if isinstance(value, list) else [value]
    return [str(v).lower() if isinstance(v, bool) else str(v) for v in values]


def _require(holds: object, rule: str, got: object) -> None:
    if not holds:
        raise PolicyError(f"a policy test needs {rule}, got {got!r}")
