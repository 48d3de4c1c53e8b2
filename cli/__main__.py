"""`python -m cli`: look after a deployed stack, or the embedded cloud on this machine."""

from __future__ import annotations

import importlib
import io
import sys
from typing import Any

from local import missing_packages

with missing_packages.explaining():
    import click

    from cli.failures import explaining
    from local.state import invocation

EPILOG = """\b
Exit codes
  0    done
  1    it failed, or nothing was found; standard error says what, and how to fix it
  2    wrong usage
  3    `prove` found a request that gets through, or could not settle whether there is one
  130  interrupted by Ctrl-C

\b
Data goes to standard output, everything else to standard error; with --json, standard output is JSON only."""


class Commands(click.Group):
    """The commands, each imported only when it is used: boto3, pydantic and the redaction rules load slowly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return sorted([*super().list_commands(ctx), *_MODULES])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command with this name; None if there is none."""
        if cmd_name not in _MODULES:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(importlib.import_module(_MODULES[cmd_name]), cmd_name.replace("-", "_"))
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a failure of AWS becomes one sentence."""
        with explaining():
            return super().invoke(ctx)


_MODULES = {
    "dead-letters": "cli.dead_letters.commands",
    "keys": "cli.keys",
    "logs": "cli.logs.commands",
    "prove": "cli.prove",
    "redact": "cli.redact",
}


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Look after one stack: API keys, stored logs, dead letters, and redaction by hand."""


def run(targets: object = None) -> int:
    """Run the command line and return its exit code; an expected failure is a sentence, never a traceback.

    Args:
        targets: finds the target, instead of `cli.target.Targets`.
    """
    # A terminal that cannot show a character must not stop the command half-way.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        result = main.main(prog_name=invocation("cli"), standalone_mode=False, obj=targets)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        return 130
    return result if isinstance(result, int) else 0  # `--help` returns its exit code


if __name__ == "__main__":
    with missing_packages.explaining():
        sys.exit(run())
