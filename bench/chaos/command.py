"""`bench chaos`: puts load on the pipeline while everything around it fails, then audits what is left."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from bench.chaos.run import MIXED, loads, run_load, run_mixed
from bench.report.machine import machine
from bench.report.report import Claim, Report, Table, print_report

if TYPE_CHECKING:
    from bench.chaos.faults import FaultPlan
    from bench.chaos.run import Run
    from bench.report.report import Cell

TITLE = "What becomes of every accepted log while everything around it fails"
PROFILES = (MIXED, *loads(seed=0))
PROMISES = ("lost", "doubled", "altered")


@click.command("chaos", help=TITLE + ".")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides the logs, the faults and the kills.")
@click.option(
    "--minutes", type=click.FloatRange(min=0), default=1.0, show_default=True, help="How long the mixed load lasts."
)
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default=MIXED,
    show_default=True,
    help="mixed: all kinds of logs and all kinds of faults. While workers are killed: large (one text of 5 MB), lines"
    " (10,000 in one request), rate (1,000 requests a minute) or processor (400 logs, of which some make a processor"
    " raise, exit, hang, leak or split). outage: 15 s without STS, then 15 s without DynamoDB.",
)
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the results here too."
)
@click.option("--log", type=click.Path(dir_okay=False, path_type=Path), help="Keep the emulator's log here.")
def chaos(*, seed: int, minutes: float, profile: str, json_file: Path | None, log: Path | None) -> None:
    """Run, print the tally, and exit with status 1 if a promise was broken."""
    with tempfile.TemporaryDirectory() as folder:
        log = log or Path(folder) / "emulator.log"
        if profile == MIXED:
            run = run_mixed(seed=seed, seconds=minutes * 60, log=log)
        else:
            run = run_load(profile, seed=seed, log=log)
    report = report_of(run, profile=profile)
    console = Console()
    print_report(report, console)
    for example in run.tally.examples:
        console.print(example)
    if json_file:
        found = {"machine": machine(), "seed": seed, "reports": [report.as_json()]}
        json_file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    sys.exit(0 if all(claim.met for claim in report.claims) else 1)


def report_of(run: Run, *, profile: str) -> Report:
    """Return the report of a run."""
    counts = run.tally.counts()
    others: list[list[Cell]] = [
        ["execution environments killed at any time", run.kills],
        ["messages delivered twice", run.second_deliveries],
        ["conflicts redriven", run.redrives],
        ["seconds of load", run.load_seconds],
        ["seconds until no message was in flight", run.settle_seconds],
    ]
    tables = [
        Table("Calls to AWS, and the faults injected into them", ["", "number"], list(_calls(run.plan))),
        Table("What else happened", ["", "number"], others),
        Table("Tally", ["", "number"], [[name.replace("_", " "), value] for name, value in counts.items()]),
    ]
    claims = [Claim(f"{promise} logs", "0", str(counts[promise]), counts[promise] == 0) for promise in PROMISES]
    if profile == "outage":
        claims.append(Claim("healthy logs that are dead letters", "0", str(dead := run.tally.healthy_dead), dead == 0))
    return Report(f"chaos, {profile}", tables, claims)


def _calls(plan: FaultPlan) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for operation, calls in sorted(plan.calls.items()):
        rows.append([operation, calls])
        found = sorted((fault, times) for (name, fault), times in plan.injected.items() if name == operation)
        rows += [[f"  {fault}", times] for fault, times in found]
    return rows


if __name__ == "__main__":
    chaos(prog_name="python -m bench chaos")
