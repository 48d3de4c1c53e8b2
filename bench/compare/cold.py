"""`bench cold`: what a new process spends until a function is ready, and until it has answered once."""

from __future__ import annotations

import itertools
import tempfile
from typing import TYPE_CHECKING

from bench.compare.ingest_handlers import ALTERNATIVES, FASTAPI, FLASK, OURS
from bench.compare.startup import Start, start, starts_in_turns
from bench.report.report import Report, Table, at_most, compared, paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bench.report.report import Cell

TITLE = "Cold start: a new process that imports a handler and builds its clients"
_EMPTY = "an empty interpreter"
_BASE = "json + boto3, no route"
_INGEST = """
from bench.compare.ingest_handlers import Context, json_event, load, stub_http
handler, client = load({name!r})
report_cpu()
stub_http(client)
assert handler(json_event(), Context())["statusCode"] == 202
"""
_OTHER_FUNCTIONS = {
    "ours: worker": "import handlers.worker as w; w.worker()",
    "ours: query": (
        "import handlers.query as q; from handlers.aws.log_table import log_table;"
        " log_table('logs', tenant_role_arn='arn:aws:iam::123456789012:role/reader')"
    ),
    "ours: authorizer": (
        "import handlers.authorizer as a; from handlers.aws.key_table import key_table; key_table('keys')"
    ),
    _BASE: "import json, boto3; boto3.client('sqs')",
}
# What the worker's start consists of, each piece after those before it.
_PIECES = {
    "botocore and a client for DynamoDB": (
        "import handlers; from handlers.aws.clients import client, tenant_scoped_client as scoped; scoped('dynamodb')"
    ),
    "clients for SQS, STS and KMS": "client('sqs'); client('sts'); client('kms')",
    "pydantic and a first model": "import pydantic\nclass Model(pydantic.BaseModel):\n    x: int",
    "our models": (
        "from handlers.logs.envelope import Envelope; from handlers.environment import WorkerEnvironment as E; E.read()"
    ),
    "the redaction rules": "import handlers.redaction",
    "the rest of the worker": "import handlers.worker as w; w.worker()",
}
# What runs before the handler is loaded, to undo one optimisation.
_UNDO = {
    "the garbage collector left as Python sets it": "import gc, handlers; gc.set_threshold(700, 10, 10)",
    "pydantic looks for plugins": "import os; os.environ['PYDANTIC_DISABLE_PLUGINS'] = ''",
    "botocore looks for all of its services": (
        "import handlers.aws.clients as c; del c._LoaderOfOurServices.list_available_services"
    ),
    "boto3 loaded too, and its session made": "import boto3; boto3.session.Session()",
    "the redaction rules loaded at the start": "import handlers.redaction.cutting",
}
NOTES = paragraphs(
    """
Each start is a new process; the candidates take turns. The time of an empty interpreter is subtracted from all of
them; CPU time includes the system's. All code is there as bytecode, except in the last column: there only Python and
boto3 have bytecode, as in Lambda, and everything in the package is compiled at every start. Our Lambda package
carries bytecode if the machine that builds it has Lambda's Python version.

The worker has clients for four services, where the plain ones have one. The largest piece beyond its client for
DynamoDB is pydantic, in which the contract is written.

“First 202” also answers one request, with botocore stubbed just before the socket, so that postponed work counts too.

Two optimisations were left out. pydantic-core without pydantic would load faster, but then the contract would no
longer be classes that people can read. botocore without its argument check would send faster, but it would also
silently drop a misspelt argument.
"""
)


def measure(*, quick: bool) -> Report:
    """Start every function again and again, in turns."""
    routes = {name: _INGEST.format(name=name) for name in (OURS, *ALTERNATIVES)}
    undone = {what: f"{before}\n{routes[OURS]}" for what, before in _UNDO.items()}
    pieces = dict(zip(_PIECES, itertools.accumulate(_PIECES.values(), "{}\n{}".format), strict=True))
    rounds = 1 if quick else 15
    with tempfile.TemporaryDirectory() as whole, tempfile.TemporaryDirectory() as runtime:
        scripts = {_EMPTY: "", **routes, **_OTHER_FUNCTIONS, **undone, **pieces}
        cached = starts_in_turns(scripts, rounds=rounds, bytecode=whole)
        start(_OTHER_FUNCTIONS[_BASE], bytecode=runtime)
        fewer = (rounds + 1) // 3 or 1
        compiled = starts_in_turns({_EMPTY: "", **routes}, rounds=fewer, bytecode=runtime, write_bytecode=False)
    over, compiled_over = _over_empty(cached), _over_empty(compiled)
    note = f"The empty interpreter itself: {cached[_EMPTY].ready:.0f} ms of CPU."
    ratios = {name: over[OURS].ready / each.ready for name, each in over.items()}
    claims = [
        at_most("cold start of ingest, as a share of Flask's with boto3", ratios.get(FLASK), 0.85),
        at_most("cold start of ingest, as a share of FastAPI's with boto3", ratios.get(FASTAPI), 0.6),
    ]
    first = {name: over[name].end for name in routes if name in over}
    frameworks = {name: value for name, value in first.items() if not name.startswith("json")}
    what = "cold start until the first 202, ms of CPU"
    comparisons = compared(what, first) + compared(f"{what}; frameworks only", frameworks)
    tables = [_starts(over, compiled_over, note), _pieces(over), _optimisations(over, undone)]
    return Report("cold", tables, claims, comparisons)


def _over_empty(starts: Mapping[str, Start]) -> dict[str, Start]:
    empty = starts[_EMPTY]
    return {
        name: Start(each.ready - empty.ready, each.end - empty.end) for name, each in starts.items() if name != _EMPTY
    }


def _starts(over: Mapping[str, Start], compiled: Mapping[str, Start], note: str) -> Table:
    rows: list[list[Cell]] = []
    for name in (OURS, *ALTERNATIVES, *_OTHER_FUNCTIONS):
        if name not in over:
            rows.append([name, "not installed", None, None, None])
            continue
        own = over[name]
        first, bare = (own.end, compiled[name].ready) if name in compiled else (None, None)
        rows.append([name, own.ready, own.ready / over[OURS].ready, first, bare])
    heads = ["CPU until ready", "× ours", "CPU until first 202", "CPU until ready, package without bytecode"]
    return Table("ms over an empty interpreter", ["", *heads], rows, note)


def _pieces(over: Mapping[str, Start]) -> Table:
    ready = [over[name].ready for name in _PIECES]
    added = [after - before for before, after in itertools.pairwise([0.0, *ready])]
    rows: list[list[Cell]] = [[*row] for row in zip(_PIECES, added, ready, strict=True)]
    return Table("What the worker's start consists of, ms of CPU until ready", ["", "adds", "together"], rows)


def _optimisations(over: Mapping[str, Start], undone: Iterable[str]) -> Table:
    title = "What each optimisation saves: ours with one of them undone, ms of CPU until ready"
    rows: list[list[Cell]] = [[what, over[what].ready, over[what].ready / over[OURS].ready] for what in (OURS, *undone)]
    return Table(title, ["", "ms", "× ours"], rows)
