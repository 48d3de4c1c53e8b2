"""Reports: what one benchmark found, as data that prints as tables and is kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from rich.table import Table as RichTable

if TYPE_CHECKING:
    from rich.console import Console

Cell = str | float | None
Values = Mapping[str, float]

_SMALL = 0.0095
_LARGE = 99.95
# Two runs of the same code differ by up to this.
_EVEN = 0.1


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        title: what it shows, with the unit where all columns share one.
        columns: the heads; the first column names what was measured.
        rows: the cells; None where there is nothing to measure.
        note: how to read it, and what was computed instead of measured.
    """

    title: str
    columns: list[str]
    rows: list[list[Cell]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Something the project wants to be true: the limit, what was measured, and whether that meets the limit.

    `met` is None where the run could not tell.
    """

    what: str
    limit: str
    measured: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ours and the best alternative in one measurement: ours is `factor` times better, or worse if that is below 1."""

    what: str
    ours: float
    best: float
    best_name: str
    factor: float


@dataclass(frozen=True, slots=True)
class Report:
    """What one benchmark found; `name` is its subcommand."""

    name: str
    tables: list[Table]
    claims: list[Claim] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, written: dict[str, Any]) -> Report:
        """Return the report that `as_json` described."""
        return cls(
            name=written["name"],
            tables=[Table(**table) for table in written["tables"]],
            claims=[Claim(**claim) for claim in written["claims"]],
            comparisons=[Comparison(**comparison) for comparison in written["comparisons"]],
        )


def at_most(what: str, measured: float | None, limit: float, unit: str = "") -> Claim:
    """Return the claim that a measured value does not exceed its limit."""
    met = None if measured is None else measured <= limit
    return Claim(what, f"≤ {limit:g}{unit}", _measured(measured, unit), met)


def at_least(what: str, measured: float | None, limit: float, unit: str = "") -> Claim:
    """Return the claim that a measured value reaches its limit."""
    met = None if measured is None else measured >= limit
    return Claim(what, f"≥ {limit:g}{unit}", _measured(measured, unit), met)


def compared(what: str, measured: Values, *, larger_is_better: bool = False) -> list[Comparison]:
    """Return how "ours" compares with the best alternative; nothing if no alternative was measured."""
    others = {name: value for name, value in measured.items() if name != "ours"}
    if not others:
        return []
    best_name = (max if larger_is_better else min)(others, key=others.__getitem__)
    own, best = measured["ours"], others[best_name]
    return [Comparison(what, own, best, best_name, own / best if larger_is_better else best / own)]


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text, each as one line."""
    return [" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n")]


def shown(cell: Cell) -> str:
    """Return a cell as people read it: numbers with three significant digits."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) or abs(cell) >= _LARGE:
        return f"{cell:,.0f}"
    return f"{cell:.3g}" if abs(cell) >= _SMALL or cell == 0 else f"{cell:.2g}"


def claims_table(claims: Sequence[Claim]) -> Table:
    """Return the claims, each with its limit and whether it is met."""
    verdicts = {True: "yes", False: "no", None: "unknown"}
    rows: list[list[Cell]] = [[claim.what, claim.limit, claim.measured, verdicts[claim.met]] for claim in claims]
    return Table("Claims", ["", "limit", "measured", "met"], rows)


def comparisons_table(comparisons: Sequence[Comparison]) -> Table:
    """Return ours and the best alternative in each measurement."""
    rows: list[list[Cell]] = [
        [one.what, one.ours, f"{shown(one.best)} ({one.best_name})", f"{shown(one.factor)} ×", _judged(one.factor)]
        for one in comparisons
    ]
    heads = ["", "ours", "best alternative", "ours is better by", ""]
    return Table("Where we win, where we lose", heads, rows, f"A difference of up to {_EVEN:.0%} is even.")


def print_report(report: Report, console: Console, *, quick: bool = False) -> None:
    """Print the report's tables and claims; a quick run judges no claim."""
    claims = [claims_table(report.claims)] if report.claims and not quick else []
    for table in [*report.tables, *claims]:
        console.print(_rich(table))
        if table.note:
            console.print(f"[dim]{table.note}[/dim]\n")


def _judged(factor: float) -> str:
    if 1 - _EVEN <= factor <= 1 + _EVEN:
        return "even"
    return "win" if factor > 1 else "**lose**"


def _measured(value: float | None, unit: str) -> str:
    return "not measured" if value is None else f"{shown(value)}{unit}"


def _rich(table: Table) -> RichTable:
    drawn = RichTable(title=table.title, title_justify="left")
    for number, column in enumerate(table.columns):
        drawn.add_column(column, justify="right" if number else "left", overflow="fold")
    for row in table.rows:
        drawn.add_row(*map(shown, row))
    return drawn
