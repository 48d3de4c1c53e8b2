"""Confirmation: nothing that moves or deletes messages happens without a yes."""

import sys

import click


def refuse_unless_answerable() -> None:
    """Return only if somebody is there to be asked.

    Raises:
        click.ClickException: standard input is no terminal.
    """
    if not sys.stdin.isatty():
        raise click.ClickException(
            "this needs a yes, and standard input is no terminal; look first with --dry-run, then add --yes"
        )


def confirm(question: str) -> None:
    """Return only if the person says yes.

    Raises:
        click.ClickException: the answer was no.
    """
    if not click.confirm(question, err=True):
        raise click.ClickException("nothing was done")
