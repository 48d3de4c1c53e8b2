"""Printing: tables for people, JSON for machines, and no control character from a log."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")

# Nothing is wrapped or cut in a pipe: the next program needs whole lines.
_PIPE_WIDTH = 10_000
_PREVIEW_CHARS = 60
# Far enough that every match that begins within the preview also ends here.
_PREVIEW_CONTEXT_CHARS = 4096


def visible(text: str, *, keep: str = "") -> str:
    r"""Return a text in which whatever a terminal would execute, hide or reorder is an escape such as `\x1b`.

    Args:
        text: from any source.
        keep: unprintable characters to keep, such as line ends.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character in keep else character.encode("unicode_escape").decode()
        for character in text
    )


def preview(text: str) -> str:
    """Return the beginning of a text on one line, redacted, because lists are often shown to others."""
    from handlers.redaction import redact

    shown = visible(redact(text[:_PREVIEW_CONTEXT_CHARS]).text)
    return shown if len(shown) <= _PREVIEW_CHARS else shown[:_PREVIEW_CHARS] + "…"


def print_json(value: Any) -> None:
    """Print a value as JSON in printable ASCII, a list with one entry per line."""
    if isinstance(value, list) and value:
        click.echo("[\n" + ",\n".join(json.dumps(entry) for entry in value) + "\n]")
    else:
        click.echo(json.dumps(value))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, to_stderr: bool = False) -> None:
    """Print rows as a table; markup in them is not interpreted."""
    from rich.table import Table
    from rich.text import Text

    table = Table(*headings)
    for column in table.columns:
        column.overflow = "fold"
    for row in rows:
        table.add_row(*(Text(visible(str(cell))) for cell in row))
    console(to_stderr=to_stderr).print(table)


def print_details(pairs: Iterable[tuple[str, object]]) -> None:
    """Print one name and value per line."""
    listed = [(name, value) for name, value in pairs if value is not None]
    width = max(len(name) for name, _ in listed)
    for name, value in listed:
        click.echo(f"{name:<{width}}  {visible(str(value))}")


def print_text(text: str) -> None:
    """Print a whole text; unprintable characters other than line ends and tabs become escapes."""
    click.echo(visible(text, keep="\n\t"))


def note(sentence: str) -> None:
    """Print a sentence for people, on standard error."""
    click.echo(visible(sentence), err=True)


def console(*, to_stderr: bool = False) -> Console:
    """Return a console for standard output or standard error as it is now."""
    from rich.console import Console

    stream = sys.stderr if to_stderr else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else _PIPE_WIDTH, highlight=False)
