"""`bench cold`: what a fresh interpreter spends until a function is ready, and until it has answered once."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from bench.compare.ingest_handlers import ALTERNATIVES, OURS
from bench.compare.optimisations import undone
from bench.compare.startup import Start, start, taking_turns
from bench.report.claims import at_most, compared
from bench.report.report import Report, Table, paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.report.report import Cell, Claim, Comparison

TITLE = "Cold start: a fresh interpreter that imports a handler and builds its clients"
EMPTY = "an empty interpreter"
BASE = "json + boto3, no route"
WITHOUT_BYTECODE = "CPU until ready, package without bytecode"
FLASK, FASTAPI = "Flask + apig-wsgi", "FastAPI + Mangum"

_INGEST = """
from bench.compare.ingest_handlers import Context, json_event, load, stub_http
handler, client = load({name!r})
tell()
stub_http(client)
assert handler(json_event(), Context())["statusCode"] == 202
"""
_OTHER_FUNCTIONS = {
    "ours: worker": "import handlers.worker as w; w._worker()",
    "ours: query": (
        "import handlers.query as q; from handlers.aws.stored_logs import stored_logs;"
        " stored_logs('logs', tenant_role_arn='arn:aws:iam::123456789012:role/reader')"
    ),
    "ours: authorizer": (
        "import handlers.authorizer as a; from handlers.aws.key_table import key_table; key_table('keys')"
    ),
    BASE: "import json, boto3; boto3.client('sqs')",
}
NOTES = paragraphs(
    """
Each start is a new process, and the candidates take turns. What an empty interpreter takes is subtracted, for
every function in the same way; CPU time includes the system's. All code is there as bytecode, but for the last
column: there only Python and boto3 are, which Lambda brings along, and what a package holds is compiled at every
start. Our Lambda package holds bytecode where the machine that builds it has the Python that Lambda runs.

“First 202” also answers one request, with botocore stubbed just before the socket, so that nobody wins by
putting work off.

Two tricks were left alone. pydantic-core without pydantic would load faster still, but then the contract would no
longer be classes that people read. botocore without its own check of arguments would send faster, but it would
also drop a misspelt argument in silence.
"""
)


def measure(*, quick: bool) -> Report:
    """Start every function again and again, taking turns."""
    routes = {name: _INGEST.format(name=name) for name in (OURS, *ALTERNATIVES)}
    tricks = undone(routes[OURS])
    rounds = 1 if quick else 15
    with tempfile.TemporaryDirectory() as whole, tempfile.TemporaryDirectory() as runtime:
        middle = taking_turns({EMPTY: "", **routes, **_OTHER_FUNCTIONS, **tricks}, rounds=rounds, bytecode=whole)
        start(_OTHER_FUNCTIONS[BASE], bytecode=runtime)
        bare = taking_turns({EMPTY: "", **routes}, rounds=(rounds + 1) // 3 or 1, bytecode=runtime, write=False)
    tables = [_table(middle, bare), _given(middle, tricks)]
    return Report("cold", TITLE, tables, _claims(middle), NOTES, _comparisons(middle))


def _table(middle: dict[str, Start], bare: dict[str, Start]) -> Table:
    rows: list[list[Cell]] = []
    for name in (OURS, *ALTERNATIVES, *_OTHER_FUNCTIONS):
        if name not in middle:
            rows.append([name, "not installed", *[None] * 4])
            continue
        over = _over_empty(middle, name)
        is_route = name in bare
        rows.append(
            [
                name,
                over.ready,
                over.ready / _over_empty(middle, OURS).ready,
                over.first if is_route else None,
                over.wall,
                _over_empty(bare, name).ready if is_route else None,
            ]
        )
    heads = ["CPU until ready", "× ours", "CPU until first 202", "wall, whole process", WITHOUT_BYTECODE]
    empty = f"The empty interpreter itself: {middle[EMPTY].ready:.0f} ms of CPU."
    return Table("ms over an empty interpreter", ["", *heads], rows, empty)


def _given(middle: dict[str, Start], tricks: Iterable[str]) -> Table:
    ours = _over_empty(middle, OURS).ready
    rows: list[list[Cell]] = [[OURS, ours, 1.0]]
    for what in tricks:
        undone_alone = _over_empty(middle, what).ready
        rows.append([what, undone_alone, undone_alone / ours])
    return Table(
        "What each trick gives: ours with one of them undone, ms of CPU until ready", ["", "ms", "× ours"], rows
    )


def _over_empty(middle: dict[str, Start], name: str) -> Start:
    return Start(*(own - empty for own, empty in zip(middle[name], middle[EMPTY], strict=True)))


def _claims(middle: dict[str, Start]) -> list[Claim]:
    return [
        at_most("cold start of ingest, as a share of Flask's with boto3", _share(middle, FLASK), 0.85),
        at_most("cold start of ingest, as a share of FastAPI's with boto3", _share(middle, FASTAPI), 0.6),
    ]


def _share(middle: dict[str, Start], other: str) -> float | None:
    return _over_empty(middle, OURS).ready / _over_empty(middle, other).ready if other in middle else None


def _comparisons(middle: dict[str, Start]) -> list[Comparison]:
    routes = {name: _over_empty(middle, name).first for name in (OURS, *ALTERNATIVES) if name in middle}
    frameworks = {name: value for name, value in routes.items() if not name.startswith("json")}
    what = "cold start until the first 202, ms of CPU"
    return compared(what, routes) + compared(f"{what}; frameworks only", frameworks)
