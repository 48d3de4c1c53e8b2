"""`bench ingest`: what one warm request costs, without the send, with it up to the socket, and over TLS."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

from bench.compare.candidate import CHECKOUT, Candidate, taking_turns
from bench.compare.ingest_handlers import ALTERNATIVES, ENVIRONMENT, OURS
from bench.report.claims import at_most, compared
from bench.report.report import Report, Table, paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.report.report import Cell, Claim, Comparison

TITLE = "One warm request to POST /ingest"
FLASK = "Flask + apig-wsgi"
LINES = (1, 10, 100, 1000)
NOTES = paragraphs(
    """
Every candidate is a process of its own; in each round each has its turn. Each validates a log of the contract,
sends it with boto3 and answers 202. Ours also writes an event to the log (with no handler attached, as for the
others), and holds every rule of the contract; the alternatives hold those of a single log.

“Without send” replaces the client's method; “HTTP stubbed” lets botocore do everything but use the socket;
“TLS” is a kept-alive connection to a server on loopback. CPU time, but wall time for TLS.

The alternatives use `boto3.client("sqs")` as it comes; “json + boto3, our client” is the plain one with our
client settings, of which a fixed user agent saves the most: anybody can have that, whatever the framework.
"""
)


def measure(*, quick: bool) -> Report:
    """Measure all subjects, round by round."""
    rounds, calls = (1, 5) if quick else (15, 200)
    bare = _per_request("without_send", rounds=rounds, calls=calls * 2, clock="cpu")
    stubbed = _per_request("with_stubbed_http", rounds=rounds, calls=calls, clock="cpu")
    with _tls_server() as address:
        over_tls = _per_request(
            "load_handler", rounds=rounds, calls=max(calls // 5, 1), clock="wall", environment=address
        )
    lines = {
        "without send": _per_line("without_send", quick=quick),
        "HTTP stubbed": _per_line("with_stubbed_http", quick=quick),
    }
    tables = [_requests(bare, stubbed, over_tls), _lines(lines)]
    comparisons = _comparisons(bare=bare, stubbed=stubbed, over_tls=over_tls)
    return Report("ingest", TITLE, tables, _claims(bare, stubbed), NOTES, comparisons)


def warm_seconds(*, quick: bool) -> float:
    """Return what one warm request to ours costs up to the socket, in seconds of CPU."""
    rounds, calls = (1, 5) if quick else (5, 150)
    return _per_request("with_stubbed_http", rounds=rounds, calls=calls, clock="cpu", names=[OURS])[OURS] / 1e6


def _per_request(
    make: str,
    *,
    rounds: int,
    calls: int,
    clock: str,
    names: Sequence[str] = (OURS, *ALTERNATIVES),
    environment: Mapping[str, str] | None = None,
) -> dict[str, float]:
    variables = {**ENVIRONMENT, **(environment or {})}
    with contextlib.ExitStack() as stack:
        candidates = [
            stack.enter_context(
                Candidate(
                    name,
                    "bench.compare.timing:request_timer",
                    arguments={"name": name, "make": make, "clock": clock},
                    environment=variables,
                )
            )
            for name in names
        ]
        return taking_turns(candidates, rounds=rounds, calls=calls)


def _per_line(make: str, *, quick: bool) -> dict[int, float]:
    with Candidate(
        OURS, "bench.compare.timing:request_timer", arguments={"name": OURS, "make": make}, environment=ENVIRONMENT
    ) as ours:
        rounds, logs = (1, 1) if quick else (9, 300)
        return {
            lines: taking_turns([ours], rounds=rounds, calls=max(logs // lines, 1 if quick else 3), lines=lines)[OURS]
            for lines in LINES
        }


@contextlib.contextmanager
def _tls_server() -> Iterator[dict[str, str]]:
    order = [sys.executable, "-m", "bench.compare.tls_server"]
    with subprocess.Popen(order, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        url, certificate = server.stdout.readline().split()  # type: ignore[union-attr]
        try:
            yield {
                "AWS_ENDPOINT_URL_SQS": url,
                "AWS_CA_BUNDLE": certificate,
                "INGEST_QUEUE_URL": f"{url}/123456789012/ingest",
            }
        finally:
            server.stdin.close()  # type: ignore[union-attr]


def _requests(*columns: dict[str, float]) -> Table:
    rows: list[list[Cell]] = []
    for name in (OURS, *ALTERNATIVES):
        row: list[Cell] = [name]
        for column in columns:
            row += [column.get(name, "not installed"), _ratio(column, name)]
        rows.append(row)
    heads = ["without send", "× ours", "HTTP stubbed", "× ours", "over TLS", "× ours"]
    return Table("µs per request", ["", *heads], rows)


def _ratio(column: dict[str, float], name: str) -> float | None:
    return column[name] / column[OURS] if name in column else None


def _lines(measured: dict[str, dict[int, float]]) -> Table:
    rows: list[list[Cell]] = [[f"{lines}", *(column[lines] for column in measured.values())] for lines in LINES]
    return Table("µs per log in a request of newline-delimited JSON", ["logs in the request", *measured], rows)


def _claims(bare: dict[str, float], stubbed: dict[str, float]) -> list[Claim]:
    return [
        at_most("warm ingest without the send, as a share of Flask's", _share(bare), 0.1),
        at_most("warm ingest with the send stubbed, as a share of Flask's", _share(stubbed), 0.6),
    ]


def _share(column: dict[str, float]) -> float | None:
    return column[OURS] / column[FLASK] if FLASK in column else None


def _comparisons(*, bare: dict[str, float], stubbed: dict[str, float], over_tls: dict[str, float]) -> list[Comparison]:
    found: list[Comparison] = []
    for what, column in (("without the send", bare), ("HTTP stubbed", stubbed), ("over TLS, wall", over_tls)):
        frameworks = {name: value for name, value in column.items() if not name.startswith("json")}
        found += compared(f"warm request {what}, µs", column)
        found += compared(f"warm request {what}, µs; frameworks only", frameworks)
    return found
