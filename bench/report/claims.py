"""Claims and comparisons: what measured values mean beside a limit, and beside the best alternative."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.report.report import Claim, Comparison, shown

if TYPE_CHECKING:
    from collections.abc import Mapping


def at_most(what: str, measured: float | None, limit: float, unit: str = "") -> Claim:
    """Return the claim that a measured value is no larger than its limit."""
    met = None if measured is None else measured <= limit
    return Claim(what, f"≤ {limit:g}{unit}", _measured(measured, unit), met)


def at_least(what: str, measured: float | None, limit: float, unit: str = "") -> Claim:
    """Return the claim that a measured value is no smaller than its limit."""
    met = None if measured is None else measured >= limit
    return Claim(what, f"≥ {limit:g}{unit}", _measured(measured, unit), met)


def compared(
    what: str, measured: Mapping[str, float], *, ours: str = "ours", larger_is_better: bool = False
) -> list[Comparison]:
    """Return the comparison with the best alternative; none where there is no alternative."""
    others = {name: value for name, value in measured.items() if name != ours}
    if not others:
        return []
    best_name = (max if larger_is_better else min)(others, key=others.__getitem__)
    own, best = measured[ours], others[best_name]
    return [Comparison(what, own, best, best_name, own / best if larger_is_better else best / own)]


def _measured(value: float | None, unit: str) -> str:
    return "not measured" if value is None else f"{shown(value)}{unit}"
