"""The rule: one thing that must hold, of each resource alone or of the stack as a whole."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource of a stack.

    Attributes:
        type: its type, as `aws:sqs/queue:Queue`.
        urn: its URN, which holds stack and project.
        props: its inputs, by their names on the wire.
        depends_on: which resources each input was made from, as URNs. It is known before anything is created, when most
            ARNs are not.
    """

    type: str
    urn: str
    props: Mapping[str, Any]
    depends_on: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in the program."""
        return self.urn.rpartition("::")[2]

    @property
    def stack(self) -> str:
        """The stack that it belongs to."""
        return self.urn.removeprefix("urn:pulumi:").partition("::")[0]


@dataclass(frozen=True)
class Options:
    """What a team may set for the rules.

    Attributes:
        development_stacks: the stacks in which nobody's data is at stake.
        required_tags: the tags of everything that takes tags.
    """

    development_stacks: frozenset[str] = frozenset({"dev"})
    required_tags: tuple[str, ...] = ("project", "stack", "component")


@dataclass(frozen=True, kw_only=True)
class ResourceRule:
    """What must hold of each resource by itself; checked before it is created or changed.

    Attributes:
        name: in lower case, with hyphens.
        description: the rule, as one sentence.
        fix: what to do about a violation.
        types: the resource types that it is about.
        problems: yields a sentence for each violation.
    """

    name: str
    description: str
    fix: str
    types: frozenset[str]
    problems: Callable[[Resource, Options], Iterator[str]]


@dataclass(frozen=True, kw_only=True)
class StackRule:
    """What must hold between the resources of a stack; checked in every preview and after every update.

    Attributes:
        name: in lower case, with hyphens.
        description: the rule, as one sentence.
        fix: what to do about a violation.
        problems: yields the resource and a sentence for each violation.
    """

    name: str
    description: str
    fix: str
    problems: Callable[[Sequence[Resource]], Iterator[tuple[Resource, str]]]


Rule = ResourceRule | StackRule
