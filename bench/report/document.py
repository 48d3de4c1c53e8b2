"""Writes docs/benchmarks.md and its charts from the results of `python -m bench all --json`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from bench.measurements import MEASUREMENTS
from bench.report.charts import CHARTS
from bench.report.report import Report, Table, claims_table, comparisons_table, shown

if TYPE_CHECKING:
    from pathlib import Path

    from bench.report.report import Cell

INTRODUCTION = """# Benchmarks

Ours and the alternatives, measured in the same run. `make bench` writes this page; do not edit it by hand. Compare
ratios, not times: times differ between machines. To run a single measurement: `. .venv/bin/activate`, then
`python -m bench redact`, and so on. Alternatives that are not installed are left out; `make bench` installs them,
and so does `pip install -r requirements-bench.txt`.

Cold starts, requests and the speed of redaction are medians of several rounds, scaled to the processor's full speed:
on a shared machine the speed can drop by half for seconds at a time, so every measurement times a fixed loop before
and after. The worker's times are medians of the faster half. On adversarial texts ours is the fastest of five runs, the
others ran once.

What happens to accepted logs when workers are killed and AWS fails is not a matter of speed:
`python -m bench chaos` does both, then looks for every log that got a 202. Each must be one record or one dead letter.
A dead letter that was kept twice has the same id both times and counts as one; the tally names these copies.
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
    claims = claims_table([claim for report in reports for claim in report.claims])
    comparisons = comparisons_table([comparison for report in reports for comparison in report.comparisons])
    summary = [comparisons] if found["quick"] else [claims, comparisons]
    parts = [INTRODUCTION, _machine(found), *(_table(table, level=2) for table in summary), *map(_report, reports)]
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


def _report(report: Report) -> str:
    module = importlib.import_module(MEASUREMENTS[report.name])
    chart = CHARTS.get(report.name)
    picture = [f"![{chart.title}](benchmarks/{report.name}.svg)\n"] if chart else []
    notes = [f"{note}\n" for note in module.NOTES]
    heading = [f"## {module.TITLE}\n", f"`python -m bench {report.name}`\n"]
    return "\n".join([*heading, *notes, *picture, *map(_table, report.tables)])


def _table(table: Table, *, level: int = 3) -> str:
    lines = [table.columns, ["---", *["---:"] * (len(table.columns) - 1)], *table.rows]
    cells = "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)
    note = f"\n{table.note}\n" if table.note else ""
    return f"{'#' * level} {table.title}\n\n{cells}{note}"


def _cell(cell: Cell) -> str:
    # A bar or a line break would end the cell.
    return shown(cell).replace("|", "\\|").replace("\n", "\\n")
