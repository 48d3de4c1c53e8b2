"""Candidates: each in a process of its own, so that neither imports nor garbage of one weigh on another."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from bench.compare.cpu_speed import PROCESSOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

CHECKOUT = Path(__file__).resolve().parents[2]
START_SECONDS = 120


class TooSlow(Exception):
    """A candidate did not answer in time, and was ended."""


class Candidate:
    """One implementation in a child process, as a context manager.

    Args:
        name: what the tables call it.
        target: `module:factory`; what the factory returns is called once per order.
        arguments: the factory's keyword arguments.
        environment: environment variables on top of this process's.
    """

    def __init__(
        self,
        name: str,
        target: str,
        *,
        arguments: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.missing: str | None = None
        self.loop_seconds = 0.0
        self._order = [
            sys.executable,
            "-m",
            "bench.compare.candidate_process",
            target,
            json.dumps(dict(arguments or {})),
        ]
        self._environment = {**os.environ, "TZ": "UTC", "PYTHONHASHSEED": "0", **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def __call__(self, *, timeout_seconds: float = START_SECONDS, **arguments: object) -> Any:
        """Return what the candidate answers to one order.

        Raises:
            TooSlow: it took longer; it is started again, and may be asked again.
            RuntimeError: it raised, or is not installed.
        """
        if self.missing:
            raise RuntimeError(f"{self.name} cannot be measured: {self.missing}")
        self._write(arguments)
        try:
            answer, self.loop_seconds = self._read(timeout_seconds)
        except TooSlow:
            self._stop()
            self._start()
            raise
        return answer

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._order, cwd=CHECKOUT, env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.missing = self._read(START_SECONDS)

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()
            process.communicate()

    def _write(self, arguments: Mapping[str, object]) -> None:
        self._pipes().stdin.write(json.dumps(arguments).encode() + b"\n")  # type: ignore[union-attr]
        self._pipes().stdin.flush()  # type: ignore[union-attr]

    def _read(self, timeout_seconds: float) -> Any:
        stdout = self._pipes().stdout
        if not select.select([stdout], [], [], timeout_seconds)[0]:
            raise TooSlow(f"{self.name} took more than {timeout_seconds:g} s")
        line = stdout.readline()  # type: ignore[union-attr]
        if not line:
            raise RuntimeError(f"{self.name} ended with status {self._pipes().wait()}; its error stands above")
        return json.loads(line)

    def _pipes(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running; use it in a with block")
        return self._process


def taking_turns(candidates: Iterable[Candidate], *, rounds: int, **order: object) -> dict[str, float]:
    """Return each candidate's typical time of some rounds; in every round each has its turn, after one to warm up."""
    present = [candidate for candidate in candidates if not candidate.missing]
    answers: dict[str, list[float]] = {candidate.name: [] for candidate in present}
    loops: dict[str, list[float]] = {candidate.name: [] for candidate in present}
    for number in range(rounds + 1):
        for candidate in present:
            answer = candidate(**order)
            if number:
                answers[candidate.name].append(answer)
                loops[candidate.name].append(candidate.loop_seconds)
    return {name: PROCESSOR.typical(times, loops=loops[name]) for name, times in answers.items()}
