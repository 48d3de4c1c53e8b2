"""Fresh interpreters: what one spends on a script, from its start."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import time
from typing import NamedTuple

from bench.compare.candidate import CHECKOUT
from bench.compare.cpu_speed import PROCESSOR, loop_seconds
from bench.compare.ingest_handlers import ENVIRONMENT

# The clock is read in the child, before the interpreter tears itself down.
_CLOCK = f"""
import os, resource, time
{inspect.getsource(loop_seconds)}
def tell():
    used = resource.getrusage(resource.RUSAGE_SELF)
    os.write(1, b"%f\\n" % (used.ru_utime + used.ru_stime))
loop = loop_seconds()
"""
_END = """
tell()
os.write(1, b"%f\\n" % ((loop + loop_seconds()) / 2))
"""
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


class Start(NamedTuple):
    """One start, in milliseconds: CPU until ready, CPU until the first 202, wall time of the whole process."""

    ready: float
    first: float
    wall: float


def taking_turns(scripts: dict[str, str], *, rounds: int, bytecode: str, write: bool = True) -> dict[str, Start]:
    """Return what every script's starts typically take; nothing for one whose packages are not installed."""
    starts: dict[str, list[tuple[Start, float]]] = {name: [] for name in scripts}
    for number in range(rounds + 1):
        for name, script in scripts.items():
            found = start(script, bytecode=bytecode, write=write)
            # The first of each only writes bytecode, or warms the disk.
            starts[name] += [found] if found and number else []
    return {name: _typical(found) for name, found in starts.items() if found}


def _typical(starts: list[tuple[Start, float]]) -> Start:
    loops = [loop for _, loop in starts]
    return Start(*(PROCESSOR.typical(times, loops=loops) for times in zip(*(s for s, _ in starts), strict=True)))


def start(script: str, *, bytecode: str, write: bool = True) -> tuple[Start, float] | None:
    """Return what one start took, and the fixed loop meanwhile; None where a package is not installed."""
    python = {"PYTHONDONTWRITEBYTECODE": "" if write else "1", "PYTHONPYCACHEPREFIX": bytecode}
    begin = time.perf_counter()
    child = subprocess.run(
        [sys.executable, "-c", f"{_CLOCK}{script}{_END}"],
        cwd=CHECKOUT,
        env={**os.environ, **_VARIABLES, **python},
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - begin
    if "ModuleNotFoundError" in child.stderr:
        return None
    if child.returncode:
        raise RuntimeError(f"a cold start must work, but {script!r} ended with:\n{child.stderr}")
    *told, loop = map(float, child.stdout.split())
    return Start(1000 * told[0], 1000 * told[-1], 1000 * wall), loop
