"""`python -m cli`: look after a deployed stack, or after the embedded cloud on this machine."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from cli.failures import explaining

EPILOG = """\b
Exit codes
  0    done
  1    it failed, or nothing was found; standard error says what and how to mend it
  2    wrong usage
  130  interrupted by Ctrl-C

\b
Data goes to standard output, everything else to standard error; with --json, standard output is JSON only."""


class Commands(click.Group):
    """The commands, each imported only when it is wanted: boto3, pydantic and the rules take their time."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        """Return their names."""
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Return the command of that name; None where there is none."""
        if cmd_name not in _MODULES:
            return None
        attribute = cmd_name.replace("-", "_")
        command: click.Command = getattr(importlib.import_module(_MODULES[cmd_name]), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a failure of AWS becomes a sentence."""
        with explaining():
            return super().invoke(ctx)


_MODULES = {"dead-letters": "cli.dead_letters", "keys": "cli.keys", "logs": "cli.logs", "redact": "cli.redact"}


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Look after one stack: API keys, stored logs, dead letters, and redaction by hand."""


def run(targets: object = None) -> int:
    """Run the command line and return its exit code; an expected failure is a sentence, never a traceback.

    Args:
        targets: what finds the target, in place of the usual `cli.target.Targets`.
    """
    # A terminal that cannot show a character must not end the command half-way.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # what Python opens can be
    try:
        answer = main.main(prog_name="python -m cli", standalone_mode=False, obj=targets)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        return 130
    return answer if isinstance(answer, int) else 0  # what `--help` and the like exit with


if __name__ == "__main__":
    sys.exit(run())
