"""How one resource type is created, and which of its inputs mean nothing here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.cloud import Cloud

Inputs = Mapping[str, Any]
Created = tuple[str, dict[str, Any]]
"""The id, and the outputs beyond the inputs."""


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """A type that the embedded cloud can create; any input that it does not name is refused."""

    create: Callable[[Cloud, str, Inputs], Created]
    """Creates one, given its logical name and its inputs."""
    inputs: frozenset[str]
    """What takes effect as on AWS."""
    without_effect: Mapping[str, str] = field(default_factory=dict)
    """What is accepted and changes nothing here, and why that is so."""


def request(inputs: Inputs, *, leave_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return inputs as AWS's API spells them: camel case with a capital first letter, at every level.

    boto3 refuses every name that the API does not have, so nothing gets lost by a slip in the spelling.
    """
    return {_capital(key): _spelled(value) for key, value in inputs.items() if key not in leave_out}


def _spelled(value: Any) -> Any:
    return request(value) if isinstance(value, dict) else value


def _capital(key: str) -> str:
    return key[:1].upper() + key[1:]
