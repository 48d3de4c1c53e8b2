"""`bench ingest`: what one warm request costs, without the send to SQS and with it up to the socket."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bench.compare.candidate import Candidate, in_turns
from bench.compare.ingest_handlers import ALTERNATIVES, ENVIRONMENT, FLASK, OURS
from bench.report.report import Report, Table, Values, at_most, compared, paragraphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.report.report import Cell

TITLE = "One warm request to POST /ingest"
LINES = (1, 10, 100, 1000)
NOTES = paragraphs(
    """
Every candidate runs in its own process and takes its turn in each round. Each validates a log of the contract, sends
it with boto3 and answers 202. Ours also logs an event (with no handler attached, as for the others) and enforces
every rule of the contract; the alternatives enforce those of a single log.

“Without send” replaces the client's method; “HTTP stubbed” lets botocore do everything but use the socket. CPU time.

The alternatives use `boto3.client("sqs")` as it comes. “json + boto3, our client” uses our client settings, of which
a fixed user agent saves the most; they work with any framework.
"""
)


def measure(*, quick: bool) -> Report:
    """Measure all handlers, round by round."""
    rounds, calls = (1, 5) if quick else (15, 200)
    columns = {
        "without send": _per_request("send", rounds=rounds, calls=calls * 2),
        "HTTP stubbed": _per_request("http", rounds=rounds, calls=calls),
    }
    lines = {"without send": _per_line("send", quick=quick), "HTTP stubbed": _per_line("http", quick=quick)}
    shares = {what: column[OURS] / column[FLASK] if FLASK in column else None for what, column in columns.items()}
    claims = [
        at_most("warm ingest without the send, as a share of Flask's", shares["without send"], 0.1),
        at_most("warm ingest with the send stubbed, as a share of Flask's", shares["HTTP stubbed"], 0.6),
    ]
    comparisons = []
    for what, column in columns.items():
        frameworks = {name: value for name, value in column.items() if not name.startswith("json")}
        comparisons += compared(f"warm request, {what}, µs", column)
        comparisons += compared(f"warm request, {what}, µs; frameworks only", frameworks)
    return Report("ingest", [_requests(columns), _lines(lines)], claims, comparisons)


def warm_seconds(*, quick: bool) -> float:
    """Return the CPU seconds that one warm request to ours takes, up to the socket."""
    rounds, calls = (1, 5) if quick else (5, 150)
    return _per_request("http", rounds=rounds, calls=calls, names=[OURS])[OURS] / 1e6


def _candidate(name: str, stub: str) -> Candidate:
    target = "bench.compare.ingest_handlers:request_timer"
    return Candidate(name, target, arguments={"name": name, "stub": stub}, environment=ENVIRONMENT)


def _per_request(stub: str, *, rounds: int, calls: int, names: Sequence[str] = (OURS, *ALTERNATIVES)) -> Values:
    with contextlib.ExitStack() as stack:
        candidates = [stack.enter_context(_candidate(name, stub)) for name in names]
        return in_turns(candidates, rounds=rounds, calls=calls)


def _per_line(stub: str, *, quick: bool) -> dict[int, float]:
    rounds, logs, least = (1, 1, 1) if quick else (9, 300, 3)
    with _candidate(OURS, stub) as ours:
        return {
            lines: in_turns([ours], rounds=rounds, calls=max(logs // lines, least), lines=lines)[OURS]
            for lines in LINES
        }


def _requests(columns: dict[str, Values]) -> Table:
    rows: list[list[Cell]] = []
    for name in (OURS, *ALTERNATIVES):
        row: list[Cell] = [name]
        for column in columns.values():
            row += [column[name], column[name] / column[OURS]] if name in column else ["not installed", None]
        rows.append(row)
    return Table("µs per request", ["", *(head for what in columns for head in (what, "× ours"))], rows)


def _lines(measured: dict[str, dict[int, float]]) -> Table:
    rows: list[list[Cell]] = [[f"{lines}", *(column[lines] for column in measured.values())] for lines in LINES]
    return Table("µs per log in a request of newline-delimited JSON", ["logs in the request", *measured], rows)
