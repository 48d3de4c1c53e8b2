"""Fresh interpreters: what one spends on a script, from its start."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import NamedTuple

from bench.contestant import CHECKOUT
from bench.subjects import ENVIRONMENT
from bench.typical import typical

# The clock is read in the child, before the interpreter tears itself down.
_CLOCK = """
import os, resource
def tell():
    used = resource.getrusage(resource.RUSAGE_SELF)
    os.write(1, b"%f\\n" % (used.ru_utime + used.ru_stime))
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
    starts: dict[str, list[Start]] = {name: [] for name in scripts}
    for number in range(rounds + 1):
        for name, script in scripts.items():
            found = start(script, bytecode=bytecode, write=write)
            # The first of each only writes bytecode, or warms the disk.
            starts[name] += [found] if found and number else []
    return {name: Start(*map(typical, zip(*found, strict=True))) for name, found in starts.items() if found}


def start(script: str, *, bytecode: str, write: bool = True) -> Start | None:
    """Return what one start took; None where a package is not installed."""
    python = {"PYTHONDONTWRITEBYTECODE": "" if write else "1", "PYTHONPYCACHEPREFIX": bytecode}
    begin = time.perf_counter()
    child = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", f"{_CLOCK}{script}\ntell()"],
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
    told = [1000 * float(line) for line in child.stdout.split()]
    return Start(told[0], told[-1], 1000 * wall)
