"""`redact`: the pipeline's redaction on standard input, with reasons where they are asked for."""

from __future__ import annotations

import sys

import click

from cli.findings import Finding, findings_in
from cli.pieces import pieces_of
from cli.terminal import as_json_option, note, print_json, print_table
from handlers.redaction.redacting import redact as redacted
from handlers.redaction.rules import DEFAULT_KINDS, KINDS


def _kinds(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    kinds = tuple(dict.fromkeys(kind.strip() for kind in value.split(",")))
    for kind in kinds:
        if kind not in KINDS:
            raise click.BadParameter(f"must be among {', '.join(KINDS)}, with commas between; got {kind!r}.")
    return kinds


@click.command()
@click.option("--explain", is_flag=True, help="Also say what was found, by which rule, and what stays by exception.")
@click.option(
    "--kinds",
    callback=_kinds,
    default=",".join(DEFAULT_KINDS),
    show_default=True,
    help=f"What to redact, with commas between: {', '.join(KINDS)}.",
)
@as_json_option
def redact(*, explain: bool, kinds: tuple[str, ...], as_json: bool) -> None:
    """Read text on standard input and write it redacted, every other byte as it was.

    With --explain, the reasons go to standard error as a table, or with --json to standard output instead of the text.
    """
    if sys.stdin.isatty():
        note("Type or paste text; Ctrl-D ends it.")
    counts = dict.fromkeys(kinds, 0)
    findings: list[Finding] = []
    texts: list[str] = []
    for piece, place in pieces_of(sys.stdin.buffer, kinds=kinds):
        text, found = redacted(piece, kinds)
        counts = {kind: counts[kind] + found[kind] for kind in kinds}
        if explain:
            findings += findings_in(piece, kinds, place)
        if not as_json:
            sys.stdout.buffer.write(text.encode(errors="surrogateescape"))
        elif not explain:
            texts.append(text)
    sys.stdout.buffer.flush()
    if as_json:
        said = {"findings": [finding.as_json() for finding in findings]} if explain else {"text": "".join(texts)}
        print_json({"counts": counts, **said})
    elif explain:
        _print_findings(findings)


def _print_findings(findings: list[Finding]) -> None:
    if not findings:
        note("Nothing was found.")
        return
    headings = ("line:column", "what", "goes or stays", "rule", "as in")
    print_table(headings, (finding.as_row() for finding in findings), to_stderr=True)
