"""Writes docs/benchmarks.md, and the plots in it, from the results of `python -m bench all --json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.report.report import Claim, Comparison, Report, Table, shown, verdict

if TYPE_CHECKING:
    from pathlib import Path

# A factor so near to 1 is what two runs of the same thing differ by.
EVEN = 0.1
INTRODUCTION = """# Benchmarks

Ours and the alternatives, measured in the same run. `make bench` writes this page: do not edit it by hand. Compare
ratios, not times: another machine has other times. For a single measurement: `python -m bench redact`, and so on.

Cold starts, requests and redaction of logs are medians of some rounds, told as at the processor's full speed: on a
shared machine it is half of that for seconds at a time, so a fixed loop is timed before and after each measurement.
The worker's times are medians of the faster half. Of hostile texts ours is the least of five, the others' the only one.
"""


def write(found: dict[str, Any], folder: Path) -> None:
    """Write `benchmarks.md`, and its plots to `benchmarks/*.svg`."""
    from bench.report.charts import draw

    (folder / "benchmarks").mkdir(parents=True, exist_ok=True)
    for report in _reports(found):
        draw(report, folder / "benchmarks" / f"{report.name}.svg")
    (folder / "benchmarks.md").write_text(markdown(found))


def markdown(found: dict[str, Any]) -> str:
    """Return the document that belongs to the results."""
    reports = _reports(found)
    parts = [
        INTRODUCTION,
        _machine(found),
        "## What we set out to reach\n",
        _claims([claim for report in reports for claim in report.claims]),
        "## Where we win, where we lose\n",
        f"Beside the best alternative in each respect; up to {EVEN:.0%} is even.\n",
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


def _claims(claims: list[Claim]) -> str:
    rows = [[claim.what, claim.limit, claim.measured, verdict(claim)] for claim in claims]
    return _rows(["", "limit", "measured", "met"], rows)


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
    picture = f"![{report.title}](benchmarks/{report.name}.svg)\n" if report.name in PICTURED else ""
    notes = "".join(f"{note}\n\n" for note in report.notes)
    return f"## {report.title}\n\n`python -m bench {report.name}`\n\n{notes}{picture}\n" + "\n".join(
        map(_table, report.tables)
    )


PICTURED = ("cold", "ingest", "redact", "accuracy", "worker", "cost")


def _table(table: Table) -> str:
    rows = [[shown(cell) for cell in row] for row in table.rows]
    note = f"\n{table.note}\n" if table.note else ""
    return f"### {table.title}\n\n{_rows(table.columns, rows)}{note}"


def _rows(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
