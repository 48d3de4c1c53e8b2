"""Writes docs/benchmarks.md and its charts from the results of `python -m bench all --json`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from bench.measurements import MEASUREMENTS
from bench.report.charts import CHARTS
from bench.report.report import Claim, Comparison, Report, Table, shown, verdict

if TYPE_CHECKING:
    from pathlib import Path

# Two runs of the same code differ by up to this.
EVEN = 0.1
INTRODUCTION = """# Benchmarks

Ours and the alternatives, measured in the same run. `make bench` writes this page; do not edit it by hand. Compare
ratios, not times: times differ between machines. To run a single measurement: `. .venv/bin/activate`, then
`python -m bench redact`, and so on.

Cold starts, requests and the speed of redaction are medians of several rounds, scaled to the processor's full speed:
on a shared machine the speed can drop by half for seconds at a time, so every measurement times a fixed loop before
and after. The worker's times are medians of the faster half. On adversarial texts ours is the fastest of five runs, the
others ran once.
"""


def write(found: dict[str, Any], folder: Path) -> None:
    """Write `benchmarks.md`, and its charts to `benchmarks/*.svg`."""
    (folder / "benchmarks").mkdir(parents=True, exist_ok=True)
    for report in _reports(found):
        if report.name in CHARTS:
            (folder / "benchmarks" / f"{report.name}.svg").write_text(CHARTS[report.name].svg(report))
    (folder / "benchmarks.md").write_text(markdown(found))


def markdown(found: dict[str, Any]) -> str:
    """Return the document for these results."""
    reports = _reports(found)
    parts = [
        INTRODUCTION,
        _machine(found),
        *(_claims([claim for report in reports for claim in report.claims]) if not found["quick"] else ()),
        "## Where we win, where we lose\n",
        f"Ours and the best alternative in each respect; a difference of up to {EVEN:.0%} is even.\n",
        _comparisons([comparison for report in reports for comparison in report.comparisons]),
        *map(_report, reports),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _reports(found: dict[str, Any]) -> list[Report]:
    return [Report.from_json(report) for report in found["reports"]]


def _machine(found: dict[str, Any]) -> str:
    machine = found["machine"]
    quick = " **Measured with `--quick`: the numbers mean nothing.**" if found["quick"] else ""
    return (
        f"Last run on {machine['day']}: {machine['processor']}; {machine['system']}, Python {machine['python']}; took"
        f" {found['seconds']} s.{quick}\n\nVersions: {machine['packages']}.\n"
    )


def _claims(claims: list[Claim]) -> list[str]:
    rows = [[claim.what, claim.limit, claim.measured, verdict(claim)] for claim in claims]
    return ["## Claims\n", _rows(["", "limit", "measured", "met"], rows)]


def _comparisons(comparisons: list[Comparison]) -> str:
    rows = [
        [c.what, shown(c.ours), f"{shown(c.best)} ({c.best_name})", f"{shown(c.factor)} ×", _judged(c.factor)]
        for c in comparisons
    ]
    return _rows(["", "ours", "best alternative", "ours is better by", ""], rows)


def _judged(factor: float) -> str:
    if 1 - EVEN <= factor <= 1 + EVEN:
        return "even"
    return "win" if factor > 1 else "**lose**"


def _report(report: Report) -> str:
    module = importlib.import_module(MEASUREMENTS[report.name])
    chart = CHARTS.get(report.name)
    picture = [f"![{chart.title}](benchmarks/{report.name}.svg)\n"] if chart else []
    notes = [f"{note}\n" for note in module.NOTES]
    heading = [f"## {module.TITLE}\n", f"`python -m bench {report.name}`\n"]
    return "\n".join([*heading, *notes, *picture, *map(_table, report.tables)])


def _table(table: Table) -> str:
    rows = [[shown(cell) for cell in row] for row in table.rows]
    note = f"\n{table.note}\n" if table.note else ""
    return f"### {table.title}\n\n{_rows(table.columns, rows)}{note}"


def _rows(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
