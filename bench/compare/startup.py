"""Starts: the CPU time that a new Python process spends on a script, from its very start."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from typing import NamedTuple

from bench.compare.candidate import CHECKOUT
from bench.compare.cpu_speed import CPU_SPEED, loop_seconds
from bench.compare.ingest_handlers import ENVIRONMENT
from bench.compare.worker_batches import ENVIRONMENT as WORKER_ENVIRONMENT

# The child reads the clock itself, before the interpreter shuts down.
_CLOCK = f"""
import os, resource, time
{inspect.getsource(loop_seconds)}
def report_cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    os.write(1, b"%f\\n" % (used.ru_utime + used.ru_stime))
loop = loop_seconds()
"""
_END = """
report_cpu()
os.write(1, b"%f\\n" % ((loop + loop_seconds()) / 2))
"""


class Start(NamedTuple):
    """One start: milliseconds of CPU until the function is ready, and until the script ends."""

    ready: float
    end: float


def starts_in_turns(
    scripts: dict[str, str], *, rounds: int, bytecode: str, write_bytecode: bool = True
) -> dict[str, Start]:
    """Return each script's median start; without those whose packages are not installed."""
    starts: dict[str, list[tuple[Start, float]]] = {name: [] for name in scripts}
    for number in range(rounds + 1):
        for name, script in scripts.items():
            found = start(script, bytecode=bytecode, write_bytecode=write_bytecode)
            # The first start of each writes bytecode and warms the disk.
            starts[name] += [found] if found and number else []
    return {name: _median(found) for name, found in starts.items() if found}


def start(script: str, *, bytecode: str, write_bytecode: bool = True) -> tuple[Start, float] | None:
    """Return one start, and how long the fixed loop took around it; None if a package is not installed.

    Args:
        script: what runs; it may call `report_cpu()` when the function is ready.
        bytecode: the folder for bytecode.
        write_bytecode: whether to write bytecode for modules that have none.
    """
    python = {"PYTHONDONTWRITEBYTECODE": "" if write_bytecode else "1", "PYTHONPYCACHEPREFIX": bytecode}
    child = subprocess.run(
        [sys.executable, "-c", f"{_CLOCK}{script}{_END}"],
        cwd=CHECKOUT,
        env={**os.environ, **ENVIRONMENT, **WORKER_ENVIRONMENT, **python},
        capture_output=True,
        text=True,
        check=False,
    )
    if "ModuleNotFoundError" in child.stderr:
        return None
    if child.returncode:
        raise RuntimeError(f"a cold start must work, but {script!r} ended with:\n{child.stderr}")
    *cpu, loop = map(float, child.stdout.split())
    return Start(1000 * cpu[0], 1000 * cpu[-1]), loop


def _median(starts: list[tuple[Start, float]]) -> Start:
    loops = [loop for _, loop in starts]
    return Start(*(CPU_SPEED.scaled_median(times, loops=loops) for times in zip(*(s for s, _ in starts), strict=True)))
