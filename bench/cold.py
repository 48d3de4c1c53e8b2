"""`bench cold`: what a fresh interpreter spends until a function is ready, and until it has answered its first request."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from bench.contestant import CHECKOUT
from bench.report import Report, Table, at_most
from bench.subjects import ALTERNATIVES, ENVIRONMENT, OURS

if TYPE_CHECKING:
    from bench.report import Cell, Claim

TITLE = "Cold start: a fresh interpreter that imports a handler and builds its clients"
EMPTY = "an empty interpreter"
FLASK, FASTAPI = "Flask + apig-wsgi", "FastAPI + Mangum"

# The clock is read in the child, before the interpreter tears itself down.
_END = """
import os as _os, resource as _resource
_used = _resource.getrusage(_resource.RUSAGE_SELF)
_os.write(1, b"%f\\n" % (_used.ru_utime + _used.ru_stime))
"""
_INGEST = "from bench.subjects import {call}; h = {call}({name!r})"
_FIRST_REQUEST = """
from bench.subjects import Context, json_event
assert h(json_event(), Context())["statusCode"] == 202
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
    "json + boto3, no route": "import json, boto3; boto3.client('sqs')",
}
_VARIABLES = {
    **ENVIRONMENT,
    "DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/dead",
    "TABLE_NAME": "logs",
    "TENANT_ROLE_ARN": "arn:aws:iam::123456789012:role/writer",
    "PROCESSING_SECONDS_PER_CHAR": "0",
    "RETRY_DELAY_SECONDS": "0",
    "KEEP_ORIGINAL_TEXT": "true",
    "RECORD_RETENTION_DAYS": "0",
    "REDACT": "email,phone",
    "CHAOS": "false",
}
NOTES = [
    "Each start is a new process, and the contestants take turns; `.pyc` files are there, as they should be in a package. What an"
    f" empty interpreter takes ({EMPTY}) is subtracted, for every function in the same way; CPU time includes the system's.",
    "“First 202” also answers one request, with botocore stubbed just before the socket, so that nobody wins by putting work off.",
]


class Start(NamedTuple):
    """One start: seconds of CPU and of wall time."""

    cpu: float
    wall: float


def measure(*, quick: bool) -> Report:
    """Start every function again and again, taking turns."""
    scripts = _scripts()
    rounds = 1 if quick else 9
    starts: dict[str, list[Start]] = {}
    for number in range(rounds + 1):
        for name, script in scripts.items():
            start = None if name in starts and not starts[name] else _start(script)
            if start is None:
                starts[name] = []
            elif number:
                starts.setdefault(name, []).append(start)
    return Report("cold", TITLE, [_table(starts)], _claims(starts), NOTES)


def _scripts() -> dict[str, str]:
    scripts = {EMPTY: "", **_OTHER_FUNCTIONS}
    for name in (OURS, *ALTERNATIVES):
        scripts[name] = _INGEST.format(call="load_handler", name=name)
        scripts[_first(name)] = _INGEST.format(call="with_stubbed_http", name=name) + _FIRST_REQUEST
    return scripts


def _first(name: str) -> str:
    return f"{name}, first 202"


def _start(script: str) -> Start | None:
    begin = time.perf_counter()
    child = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", script + _END],
        cwd=CHECKOUT,
        env={**os.environ, **_VARIABLES},
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - begin
    if "ModuleNotFoundError" in child.stderr:
        return None
    if child.returncode:
        raise RuntimeError(f"a cold start must work, but {script!r} ended with:\n{child.stderr}")
    return Start(json.loads(child.stdout), wall)


def _table(starts: dict[str, list[Start]]) -> Table:
    names = [OURS, *ALTERNATIVES, *_OTHER_FUNCTIONS]
    ours = _cpu_ms(starts, OURS)
    rows: list[list[Cell]] = []
    for name in names:
        cpu = _cpu_ms(starts, name)
        ratio = cpu / ours if cpu is not None and ours else None
        first = _cpu_ms(starts, _first(name)) if _first(name) in starts else None
        rows.append([name, "not installed" if cpu is None else cpu, ratio, _wall_ms(starts, name), first])
    heads = ["CPU until ready", "× ours", "wall until ready", "CPU until first 202"]
    empty = f"The empty interpreter itself: {1000 * _median(starts[EMPTY], 'cpu'):.0f} ms of CPU."
    return Table("ms over an empty interpreter", ["", *heads], rows, empty)


def _cpu_ms(starts: dict[str, list[Start]], name: str) -> float | None:
    return _over_empty(starts, name, "cpu")


def _wall_ms(starts: dict[str, list[Start]], name: str) -> float | None:
    return _over_empty(starts, name, "wall")


def _over_empty(starts: dict[str, list[Start]], name: str, clock: str) -> float | None:
    if not starts[name]:
        return None
    return 1000 * (_median(starts[name], clock) - _median(starts[EMPTY], clock))


def _median(starts: list[Start], clock: str) -> float:
    return median(getattr(start, clock) for start in starts)


def _claims(starts: dict[str, list[Start]]) -> list[Claim]:
    return [
        at_most("cold start of ingest, as a share of Flask's with boto3", _share(starts, FLASK), 0.85),
        at_most("cold start of ingest, as a share of FastAPI's with boto3", _share(starts, FASTAPI), 0.6),
    ]


def _share(starts: dict[str, list[Start]], other: str) -> float | None:
    ours, theirs = _cpu_ms(starts, OURS), _cpu_ms(starts, other)
    return ours / theirs if ours is not None and theirs else None
