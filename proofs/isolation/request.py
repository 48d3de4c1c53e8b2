"""A request of which nothing is known: each part of it is a variable of the solver.

Sets. A key with several values, such as `dynamodb:LeadingKeys`, is a row of places, each of which may be empty. That
speaks of sets of any size: policies and theorems only say "some value is so" and "every value is so". Take any set,
and keep one value for each "some value is so" that is true of it: what was true or false stays so. As there
are no more such sentences than places, whatever a large set can do, a set that fits can do as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import z3

from proofs.isolation.refusal import NotTranslatable, require
from proofs.isolation.texts import TRUE, Text, Texts

if TYPE_CHECKING:
    from proofs.isolation.stack import Policy, Role

_SEVERAL = frozenset({"dynamodb:leadingkeys", "dynamodb:attributes", "aws:tagkeys", "sts:transitivetagkeys"})
_ONE = frozenset(
    {
        "aws:principalarn",
        "aws:principalaccount",
        "aws:securetransport",
        "aws:sourcearn",
        "aws:sourceaccount",
        "kms:viaservice",
        "sts:rolesessionname",
        "sts:externalid",
    }
)
SESSION_TAG, REQUEST_TAG = "aws:principaltag/", "aws:requesttag/"
_SENTENCES_OF_A_THEOREM = 3
"""A theorem says of a set at most that it is empty, that a value differs from another, and that one is not a key."""


@dataclass(frozen=True)
class OneValue:
    """A context key with one value, or absent."""

    is_present: Any
    value: Text


@dataclass(frozen=True)
class Place:
    """A place for one value of a set."""

    is_taken: Any
    value: Text


@dataclass(frozen=True)
class SeveralValues:
    """A context key with any number of values."""

    places: tuple[Place, ...]

    def some(self, holds: Callable[[Text], Any]) -> Any:
        """Return the formula that some value is so.

        Args:
            holds: returns the formula about a value.
        """
        return z3.Or(*(z3.And(place.is_taken, holds(place.value)) for place in self.places))

    def every(self, holds: Callable[[Text], Any]) -> Any:
        """Return the formula that every value is so, as it is of no value at all."""
        return z3.And(*(z3.Implies(place.is_taken, holds(place.value)) for place in self.places))


@dataclass(frozen=True)
class Caller:
    """Who asks: a role, a user, a service, or `anonymous`."""

    principal: str
    account: str
    """Empty for services and anonymous callers."""


class Request:
    """One request by a caller; action and resource are any, and so is each context key that is asked for.

    Args:
        caller: who asks.
        places: how many values a set may have; see `places_for`.
    """

    def __init__(self, caller: Caller, *, places: int) -> None:
        self.caller = caller
        self.places = places
        self.texts = Texts()
        # Actions ignore case; so the variable is the action in lower case.
        self.action = self.texts.variable("action")
        self.resource = self.texts.variable("resource")
        self.rules: list[Any] = []
        """What is so in every request."""
        self.context: dict[str, OneValue | SeveralValues] = {}
        """By the name of the key in lower case, as names ignore case."""
        self.session_tags: dict[str, OneValue] = {}
        """The tags that the caller's session was given, by name; it also has those of its role."""
        if caller.account:
            self.fix("aws:PrincipalArn", caller.principal)
            self.fix("aws:PrincipalAccount", caller.account)

    def fix(self, key: str, value: str) -> None:
        """Give a context key the one value that it has in every such request."""
        self.context[key.lower()] = OneValue(TRUE, Text(value))

    def of_role(self, role: Role) -> None:
        """Have the caller's session be one as this role: the role's own tags are tags of each of its sessions."""
        for tag, own in role.tags.items():
            key = f"{SESSION_TAG}{tag.lower()}"
            given = self.one(key)
            value = self.texts.either(given.is_present, given.value, Text(own))
            self.context[key] = OneValue(TRUE, value)

    def session_tag(self, tag: str) -> OneValue:
        """Return a tag that the session was given, or not."""
        self.key(f"{SESSION_TAG}{tag}")
        return self.session_tags[tag.lower()]

    def key(self, name: str) -> OneValue | SeveralValues:
        """Return a context key.

        Raises:
            NotTranslatable: whether such a key has one value or several is not known here.
        """
        lower = name.lower()
        if lower not in self.context:
            self.context[lower] = self._new(lower)
        return self.context[lower]

    def one(self, name: str) -> OneValue:
        """Return a context key that has one value."""
        found = self.key(name)
        if not isinstance(found, OneValue):
            raise NotTranslatable(f"a proof needs a key with one value, got {name}")
        return found

    def several(self, name: str) -> SeveralValues:
        """Return a context key that has any number of values."""
        found = self.key(name)
        if not isinstance(found, SeveralValues):
            raise NotTranslatable(f"a proof needs a key with several values, got {name}")
        return found

    def _new(self, name: str) -> OneValue | SeveralValues:
        if name in _SEVERAL:
            numbers = range(self.places)
            return SeveralValues(tuple(Place(z3.Bool(f"{name}?{n}"), self.texts.variable(name)) for n in numbers))
        one = OneValue(z3.Bool(f"{name}?"), self.texts.variable(name))
        if name == "aws:securetransport":  # "AWS global condition context keys": always there
            self.rules += [one.is_present, self.texts.is_one_of(one.value, ("true", "false"))]
        elif name.startswith(SESSION_TAG):
            self.session_tags[name.removeprefix(SESSION_TAG)] = one
        known = name in _ONE or name.startswith((SESSION_TAG, REQUEST_TAG))
        require(known, "to know how many values a context key has", name)
        return one


def places_for(policies: Iterable[Policy]) -> int:
    """Return how many places a set needs so that it stands for sets of any size."""
    keys = [key for policy in policies for key in condition_keys(policy) if key in _SEVERAL]
    # Each condition says that there is a value, and that some value matches, or does not.
    return _SENTENCES_OF_A_THEOREM + 2 * len(keys)


def condition_keys(policy: Policy) -> Iterator[str]:
    """Yield the context keys that a policy asks for, in lower case, as often as it does."""
    for statement in statements_of(policy):
        for keys in statement.get("Condition", {}).values():
            yield from (key.lower() for key in keys)


def statements_of(policy: Policy) -> Sequence[Mapping[str, Any]]:
    """Return the statements of a policy, which may be one without a list."""
    found = policy["Statement"]
    return [found] if isinstance(found, Mapping) else found
