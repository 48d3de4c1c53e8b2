"""What the translation does not know is refused: nothing that a policy says is ever left out silently."""

from __future__ import annotations


class NotTranslatable(ValueError):
    """A policy says something that has no formula here."""


def require(holds: object, expected: str, got: object) -> None:
    """Do nothing if it holds.

    Raises:
        NotTranslatable: it does not.
    """
    if not holds:
        raise NotTranslatable(f"a proof needs {expected}, got {got!r}")
