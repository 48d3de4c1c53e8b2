"""What a setting's value may be: rules that test a value and can say what they ask for."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

Value = str | int | float | bool


class Rule(Protocol):
    """A condition on a value; its text completes the sentence that begins with the setting's name."""

    def accepts(self, value: Value) -> bool:
        """Return whether the value keeps the rule."""

    def __str__(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Between:
    """A number within two bounds, both included."""

    low: float
    """The least that is accepted."""
    high: float
    """The most that is accepted."""

    def accepts(self, value: Value) -> bool:
        """Return whether the value is a number within the bounds."""
        return isinstance(value, int | float) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"must be between {self.low} and {self.high}"


@dataclass(frozen=True, kw_only=True)
class OneOf:
    """One of a few values."""

    choices: Collection[Value]
    """All that is accepted."""

    def accepts(self, value: Value) -> bool:
        """Return whether the value is one of the choices."""
        return value in self.choices

    def __str__(self) -> str:
        return f"must be one of {', '.join(map(str, self.choices))}"


@dataclass(frozen=True, kw_only=True)
class Matching:
    """A text of a given form."""

    pattern: str
    """Regular expression for the whole text."""
    example: str
    """A text that people recognise the form by."""

    def accepts(self, value: Value) -> bool:
        """Return whether the whole value matches the pattern."""
        return re.fullmatch(self.pattern, str(value)) is not None

    def __str__(self) -> str:
        return f"must look like {self.example}"


@dataclass(frozen=True, kw_only=True)
class SomeOf:
    """One or more of a few words, with commas between."""

    choices: Collection[str]
    """All that is accepted."""

    def accepts(self, value: Value) -> bool:
        """Return whether each word is one of the choices, and none stands there twice."""
        words = str(value).split(",")
        return set(words) <= set(self.choices) and len(set(words)) == len(words)

    def __str__(self) -> str:
        return f"must be one or more of {', '.join(self.choices)}, with commas between"


def ruled(default: Value, rule: Rule) -> Any:
    """Return a dataclass field with a default and a rule."""
    return field(default=default, metadata={"rule": rule})


def whole(default: int, *, low: int, high: int) -> Any:
    """Return a dataclass field for a whole number within two bounds."""
    return ruled(default, Between(low=low, high=high))


def choice(default: Value, *others: Value) -> Any:
    """Return a dataclass field for one of a few values."""
    return ruled(default, OneOf(choices=(default, *others)))


def parse(text: str, kind: type[Value]) -> Value:
    """Return a configured text as the kind of value that its setting has.

    Raises:
        ValueError: the text is no such value; the message completes "workerBatchSize …".
    """
    return _PARSERS[kind](text)


def _parse_flag(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text.lower() == "true"


def _parse_whole(text: str) -> int:
    if re.fullmatch(r"[+-]?[0-9]+", text) is None:
        raise ValueError("must be a whole number")
    return int(text)


def _parse_number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("must be a number")
    return number


_PARSERS: dict[type[Value], Callable[[str], Value]] = {
    bool: _parse_flag,
    int: _parse_whole,
    float: _parse_number,
    str: str,
}
