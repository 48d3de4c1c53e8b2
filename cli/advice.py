"""Commands that messages advise: ready to paste, with the Python that has the packages, and for the same stack."""

from __future__ import annotations

import shlex

import click

from local.state import invocation

TARGET_OPTIONS = "cli.target_options"
"""Where a command's context keeps the options that chose its stack."""


def advised(*arguments: str) -> str:
    """Return a command line of ours with these arguments."""
    context = click.get_current_context(silent=True)
    target_options = context.meta.get(TARGET_OPTIONS, []) if context else []
    return f"{invocation('cli')} {shlex.join([*arguments, *target_options])}"
