"""Filters: which of the logs that were read are shown, by what they say and by their attributes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cli.logs.reading import Log


class Attribute(NamedTuple):
    """An attribute that a log must have.

    Attributes:
        name: its key, or several keys that lead to it, joined by dots; the first of them may be at any level.
        value: what it is: a text as it stands, anything else as JSON writes it.
    """

    name: str
    value: str

    def is_in(self, attributes: Mapping[str, Any]) -> bool:
        """Return whether some attributes hold it; of a list, one element is enough."""
        return any(
            self.value == as_text(value) and any(self.name == ".".join(path[start:]) for start in range(len(path)))
            for path, value in leaves(attributes)
        )


class Filters(NamedTuple):
    """What a log must say and have.

    Attributes:
        text: what its redacted text contains, in exactly this case; empty for any.
        attributes: what it has, all of them.
    """

    text: str
    attributes: tuple[Attribute, ...]

    def hold(self, log: Log) -> bool:
        """Return whether a log is shown."""
        attributes = log.get("attributes", {})
        return self.text in log["modified_data"] and all(wanted.is_in(attributes) for wanted in self.attributes)


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every value within a JSON map that is no map and no list, and the keys that lead to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, value


def as_text(value: Any) -> str:
    """Return a text as it stands, and anything else as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value)


class _Attribute(click.ParamType[Attribute]):
    name = "attribute"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Attribute:
        name, separator, wanted = value.partition("=")
        if not name or not separator:
            self.fail(f"must be KEY=VALUE, such as service.name=shop, got {value!r}.", param, ctx)
        return Attribute(name, wanted)


ATTRIBUTE = _Attribute()
