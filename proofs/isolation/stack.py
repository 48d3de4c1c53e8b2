"""What a proof speaks of: the roles and the guarded resources of a stack, with their policies as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Policy = Mapping[str, Any]

ACCOUNT_FIELD = 4


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role: who may assume it, and what it may do."""

    name: str
    """As the program calls it, such as `logs-worker`."""
    arn: str
    trust: Policy
    policies: tuple[Policy, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    """The role's own tags, which each of its sessions has as well."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A table, a queue or a key, with the policy of its own if it has one."""

    name: str
    arn: str
    policy: Policy | None = None


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Everything that the theorems speak of."""

    name: str
    """For people, such as `auth api-key, as declared`."""
    roles: tuple[Role, ...]
    records: Resource
    api_keys: Resource
    key_usage: Resource
    ingest_queue: Resource
    dead_letters: Resource
    fingerprint_keys: tuple[Resource, ...]

    @property
    def account(self) -> str:
        """The AWS account of the stack."""
        return account_of(self.records.arn)

    def role(self, name: str) -> Role:
        """Return the role with this name."""
        [found] = [role for role in self.roles if role.name == name]
        return found

    def resources(self) -> Iterator[Resource]:
        """Yield every guarded resource."""
        yield from (self.records, self.api_keys, self.key_usage, self.ingest_queue, self.dead_letters)
        yield from self.fingerprint_keys


def account_of(arn: str) -> str:
    """Return the account in an ARN; nothing for what is none, such as a service."""
    return arn.split(":")[ACCOUNT_FIELD] if arn.startswith("arn:") else ""
