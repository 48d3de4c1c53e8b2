"""Scopes: what a credential allows within its tenant."""

from collections.abc import Iterable
from enum import StrEnum


class Scope(StrEnum):
    """One right of a credential."""

    WRITE = "write"
    """Send logs."""
    READ = "read"
    """Read stored logs, redacted."""
    READ_ORIGINAL = "read-original"
    """Read stored logs, redacted and as they came in."""


Scopes = frozenset[Scope]

NO_SCOPES: Scopes = frozenset()
ALL_SCOPES: Scopes = frozenset(Scope)
WRITING: Scopes = frozenset({Scope.WRITE})
"""What sending a log needs."""
READING: Scopes = frozenset({Scope.READ, Scope.READ_ORIGINAL})
"""What reading needs: either of them."""


def scopes_in(names: Iterable[object]) -> Scopes:
    """Return the scopes with these names; an unknown name allows nothing."""
    return frozenset(scope for scope in Scope if scope in names)


def spelled(scopes: Scopes) -> str:
    """Return scopes separated by commas, always in the same order."""
    return ",".join(scope for scope in Scope if scope in scopes)
