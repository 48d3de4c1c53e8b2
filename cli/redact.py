"""`redact`: the pipeline's redaction on standard input, with reasons on request."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from cli.chunks import chunks_of
from cli.terminal import as_json_option, note, print_json, print_table
from handlers.redaction import DEFAULT_KINDS, KINDS
from handlers.redaction import redact as redacted
from handlers.redaction.scanner import scanner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.chunks import Position


def _kinds(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    kinds = tuple(dict.fromkeys(kind.strip() for kind in value.split(",")))
    for kind in kinds:
        if kind not in KINDS:
            raise click.BadParameter(f"must be a comma-separated list of {', '.join(KINDS)}; got {kind!r}.")
    return kinds


@click.command()
@click.option("--explain", is_flag=True, help="Also show what was found, by which rule, and what an exception keeps.")
@click.option(
    "--kinds",
    callback=_kinds,
    default=",".join(DEFAULT_KINDS),
    show_default=True,
    help=f"What to redact, comma-separated: {', '.join(KINDS)}.",
)
@as_json_option
def redact(*, explain: bool, kinds: tuple[str, ...], as_json: bool) -> None:
    """Read text from standard input and write it redacted, every other byte unchanged.

    With --explain, a table of findings goes to standard error; with --json too, findings replace the text.
    """
    if sys.stdin.isatty():
        note("Type or paste text; end it with Ctrl-D.")
    counts = dict.fromkeys(kinds, 0)
    findings: list[dict[str, Any]] = []
    texts: list[str] = []
    for chunk, position in chunks_of(sys.stdin.buffer, kinds=kinds):
        result = redacted(chunk, kinds)
        counts = {kind: counts[kind] + result.counts[kind] for kind in kinds}
        if explain:
            findings += _findings(chunk, kinds, position)
        if not as_json:
            sys.stdout.buffer.write(result.text.encode(errors="surrogateescape"))
        elif not explain:
            texts.append(result.text)
    sys.stdout.buffer.flush()
    if as_json:
        print_json({"counts": counts, **({"findings": findings} if explain else {"text": "".join(texts)})})
    elif explain:
        _print_findings(findings)


def _findings(chunk: str, kinds: tuple[str, ...], position: Position) -> Iterator[dict[str, Any]]:
    for match in scanner(frozenset(kinds)).matches(chunk):
        position = position.after(chunk, match.start)
        yield {
            "line": position.line,
            "column": position.column,
            "text": chunk[match.start : match.end],
            "kind": match.rule.kind,  # None if an exception keeps it
            "rule": match.rule.name,
            "example": match.rule.matches[0],
        }


def _print_findings(findings: list[dict[str, Any]]) -> None:
    if not findings:
        note("Nothing was found.")
        return
    rows = [
        (
            f"{found['line']}:{found['column']}",
            found["text"],
            f"redacted: {found['kind']}" if found["kind"] else "kept",
            found["rule"],
            found["example"],
        )
        for found in findings
    ]
    print_table(("line:column", "found", "result", "rule", "example"), rows, to_stderr=True)
