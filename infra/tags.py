"""The tags of every resource that takes them, so that bills and searches find what belongs to a stack."""

from __future__ import annotations

import pulumi


def tags(component: str) -> dict[str, str]:
    """Return project and stack of the running program, and the component that the resource is a part of."""
    return {"project": pulumi.get_project(), "stack": pulumi.get_stack(), "component": component}
