"""`python -m local`: the whole pipeline on this machine, without an AWS account and without the Pulumi CLI."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from local import missing_packages

with missing_packages.explaining():
    import click
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Column, Table
    from rich.text import Text

    from local.demo import EXPECTATIONS, Row, rows_when_settled, send_all
    from local.emulator import PREFERRED_PORT, Emulator
    from local.event_lines import Totals, event_line
    from local.failure import Failure
    from local.scenarios import JSON_SCENARIO, TEXT_SCENARIO
    from local.state import STATE_FOLDER, State, invocation
    from local.watch import DeadLetterWatch, Watch, follow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.cloud import Cloud
    from local.reload import ProcessorReload

EXIT_CODES = (
    "Exit codes: 0 all is well, 1 something is not and the last line says what, 2 wrong usage, 3 one runs already, "
    "130 Ctrl-C."
)
TOTALS_SECONDS = 60
PIPE_WIDTH = 10_000
"""Nothing is cut in a pipe."""

console = Console()
complaints = Console(stderr=True)
_stopping = threading.Event()


def _settings(_context: click.Context, _parameter: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise click.BadParameter(f"must be KEY=VALUE, got {pair!r}; as in --config processingSecondsPerChar=0.01")
    return dict(pair.split("=", 1) for pair in pairs)


port = click.option("--port", type=click.IntRange(1, 65535), help="Loopback port; by default 4566, else a free one.")
config = click.option(
    "--config",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_settings,
    help="A setting of Pulumi.yaml that differs from Pulumi.local.yaml; may be given several times.",
)


@click.group(epilog=EXIT_CODES)
def main() -> None:
    """Run the whole pipeline on this machine: no AWS account, no Pulumi CLI."""


@main.command(epilog=EXIT_CODES)
@port
@config
@click.option("--tenant", metavar="ID", help="Show and count what happens to this tenant's logs only.")
def up(port: int | None, config: dict[str, str], tenant: str | None) -> None:
    """Start the embedded cloud, deploy the stack `local`, and show what happens until Ctrl-C; then all data is gone."""
    from local.program import check

    state = State()
    with state.claimed():
        check(config)  # before the emulator starts a new log: what is refused must not cost the old one
        with Emulator(port=port) as emulator:
            _say_where(emulator, asked_for=port)
            outputs = _deploy(emulator.cloud, config)
            state.publish(outputs, emulator.root_key)
            _print_outputs(outputs)
            _print_curls(outputs["ingest_url"], auth=outputs["auth"])
            _show_events(emulator, outputs["dead_letter_queue_url"], tenant=tenant, reload=_reload(emulator, config))


@main.command(epilog=EXIT_CODES)
@port
def demo(port: int | None) -> None:
    """Send logs of every protocol through the whole pipeline and check what happened to each."""
    with Emulator(port=port, log=STATE_FOLDER / "demo-emulator.log") as emulator:
        _say_where(emulator, asked_for=port)
        outputs = _deploy(emulator.cloud)
        console.print(f"Deployed; sending {len(EXPECTATIONS)} logs to {outputs['api_gateway_url']}", soft_wrap=True)
        answers = send_all(outputs["ingest_url"])
        with _progress() as progress:
            task = progress.add_task("Stored or dead", total=len(answers))
            rows = rows_when_settled(
                emulator.cloud, outputs, answers, progress=lambda done: progress.update(task, completed=done)
            )
    _print_rows(rows)
    if not all(row.as_expected for row in rows):
        raise Failure("not every log ended as it should; see the table")
    console.print("Every log ended as it should.")


@main.command(epilog=EXIT_CODES)
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")
def output(name: str | None, *, as_json: bool) -> None:
    """Print the stack outputs of the running embedded cloud, as `pulumi stack output` does."""
    outputs = State().outputs()
    if name is None:
        _print_outputs(outputs) if not as_json else click.echo(json.dumps(outputs, indent=2, sort_keys=True))
        return
    if name not in outputs:
        raise Failure(f"there is no output {name!r}; there are {', '.join(sorted(outputs))}")
    click.echo(json.dumps(outputs[name]) if as_json else outputs[name])


def _deploy(cloud: Cloud, config: Mapping[str, str] | None = None) -> dict[str, Any]:
    from local.program import deploy

    return deploy(cloud, config=config)


def _reload(emulator: Emulator, config: Mapping[str, str]) -> ProcessorReload | None:
    from local.program import settings_of
    from local.reload import ProcessorReload

    settings = settings_of(config)
    return ProcessorReload(emulator.cloud, settings) if settings.processor else None


def _say_where(emulator: Emulator, *, asked_for: int | None) -> None:
    taken = "" if emulator.port in {PREFERRED_PORT, asked_for} else f" ({PREFERRED_PORT} is taken)"
    log = os.path.relpath(emulator.log)
    console.print(f"Embedded cloud at {emulator.endpoint_url}{taken}; its own log: {log}", soft_wrap=True)


def _log_groups(emulator: Emulator) -> list[str]:
    functions = emulator.cloud.client("lambda").list_functions()["Functions"]
    return [function["FunctionName"] for function in functions]


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def _print_outputs(outputs: Mapping[str, Any]) -> None:
    width = max(map(len, outputs))
    click.echo("Current stack outputs:")
    for name, value in sorted(outputs.items()):
        click.echo(f"    {name:<{width}}  {value}")


def _print_curls(ingest_url: str, *, auth: str) -> None:
    click.echo("\nTry it, in another terminal:\n")
    for scenario in (JSON_SCENARIO, TEXT_SCENARIO):
        click.echo(f"    {scenario.as_curl(ingest_url)}\n")
    if auth == "api-key":
        click.echo("Each also needs a key of its tenant:\n")
        click.echo(f"    {invocation('cli')} keys create acme\n")
        click.echo("and the option -H 'Authorization: Bearer KEY'.\n")
    if auth == "jwt":
        click.echo("Each also needs a token of jwtIssuer: -H 'Authorization: Bearer TOKEN'.\n")
    click.echo("What happens, in UTC (Ctrl-C stops everything, and the data goes with it):\n")


def _show_events(
    emulator: Emulator, dead_letter_queue_url: str, *, tenant: str | None, reload: ProcessorReload | None
) -> None:
    functions = Watch(emulator.cloud, _log_groups(emulator))
    dead_letters = DeadLetterWatch(emulator.cloud, dead_letter_queue_url)
    width = console.width if console.is_terminal else PIPE_WIDTH
    totals, due = Totals(), time.monotonic() + TOTALS_SECONDS
    try:
        for happening in follow(functions, dead_letters):
            emulator.check()
            if _stopping.is_set():
                raise KeyboardInterrupt
            if happening is not None and tenant in (None, happening.tenant_id):
                totals.add(happening)
                console.print(event_line(happening, width=width), soft_wrap=True)
            if happening is None and reload and (change := reload.look()):
                style = "red" if change.failed else "green"
                console.print(Text(f"{time.strftime('%H:%M:%S', time.gmtime())}  {change.sentence}", style=style))
            if time.monotonic() >= due:
                due += TOTALS_SECONDS
                _print_totals(totals.news())
    finally:
        _print_totals(str(totals) or "nothing happened")


def _print_totals(totals: str | None) -> None:
    if totals:
        console.print(Text(f"{time.strftime('%H:%M:%S', time.gmtime())}  in all: {totals}", style="bold"))


def _print_rows(rows: list[Row]) -> None:
    table = Table("tenant", "source", Column("log id", overflow="fold"), "original", "modified", "ok")
    for row in rows:
        cells = (row.tenant_id, row.source, row.log_id, row.original, row.modified, "yes" if row.as_expected else "NO")
        table.add_row(*map(Text, cells))
    console.print(table)


def _stop(signal_number: int, _frame: object) -> None:
    # Python drops an exception that is raised while it runs a callback of its own: so we also remember.
    _stopping.set()
    raise KeyboardInterrupt(signal_number)


def run() -> int:
    """Run the command line and return its exit code; what goes wrong is one sentence on standard error."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        main.main(prog_name=invocation("local"), standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        complaints.print("Stopped.")
        return 130
    except Failure as failure:
        complaints.print(Text(f"error: {failure}"), soft_wrap=True)
        return failure.exit_code
    return 0


if __name__ == "__main__":
    with missing_packages.explaining():
        sys.exit(run())
