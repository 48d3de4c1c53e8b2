"""`python -m bench SUBCOMMAND`: measures, prints tables, writes JSON."""

from __future__ import annotations

import importlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local import missing_packages

with missing_packages.explaining():
    import click
    from rich.console import Console

    from bench.accuracy.cuts import cuts
    from bench.accuracy.sets import sets
    from bench.chaos.command import chaos
    from bench.measurements import MEASUREMENTS
    from bench.report.machine import machine
    from bench.report.report import print_report
    from bench.simulate.command import simulate

if TYPE_CHECKING:
    from bench.report.report import Report

_json_option = click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the results here too; those of other measurements stay.",
)
_quick_option = click.option("--quick", is_flag=True, help="Run each measurement once, to see that it works.")


@click.group()
def bench() -> None:
    """Measure ours and the alternatives in the same run."""


def _add(name: str) -> None:
    @bench.command(name, help=importlib.import_module(MEASUREMENTS[name]).TITLE + ".")
    @_json_option
    @_quick_option
    def command(*, json_file: Path | None, quick: bool) -> None:
        _run([name], json_file=json_file, quick=quick)


for _name in MEASUREMENTS:
    _add(_name)
bench.add_command(sets, "accuracy-of")
bench.add_command(cuts)
bench.add_command(chaos)
bench.add_command(simulate)


@bench.command("all")
@_json_option
@_quick_option
def measure_all(*, json_file: Path | None, quick: bool) -> None:
    """Measure everything."""
    _run(list(MEASUREMENTS), json_file=json_file, quick=quick)


@bench.command()
@click.argument("json_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=Path("docs"), show_default=True)
def document(*, json_file: Path, folder: Path) -> None:
    """Write docs/benchmarks.md and its charts from the results in JSON_FILE."""
    from bench.report.document import write

    write(json.loads(json_file.read_text()), folder)


def _run(names: list[str], *, json_file: Path | None, quick: bool) -> None:
    console = Console()
    start = time.monotonic()
    reports: list[Report] = []
    for name in names:
        console.rule(name)
        reports.append(importlib.import_module(MEASUREMENTS[name]).measure(quick=quick))
        print_report(reports[-1], console, quick=quick)
    seconds = round(time.monotonic() - start)
    console.print(f"{seconds} s in all")
    if json_file:
        found = {"machine": machine(), "seconds": seconds, "quick": quick}
        found["reports"] = [report.as_json() for report in reports]
        if json_file.exists():
            found = updated(json.loads(json_file.read_text()), found)
        json_file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def updated(before: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Return earlier results with the new reports in place of those of the same name; all new if none is left."""
    new = {report["name"]: report for report in found["reports"]}
    if all(report["name"] in new for report in before["reports"]):
        return found
    kept = [new.pop(report["name"], report) for report in before["reports"]]
    return {**before, "quick": before["quick"] or found["quick"], "reports": [*kept, *new.values()]}


if __name__ == "__main__":
    with missing_packages.explaining():
        bench(prog_name="python -m bench")
