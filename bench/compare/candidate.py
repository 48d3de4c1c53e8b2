"""Candidates: each implementation in a process of its own, so that its imports and garbage do not slow down another."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, Self, cast

from bench.compare.cpu_speed import CPU_SPEED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CHECKOUT = Path(__file__).resolve().parents[2]
START_SECONDS = 120


class Contender(Protocol):
    """What takes part in a measurement; `Candidate` says what each member is."""

    name: str
    missing: str | None
    loop_seconds: float

    def __call__(self, **arguments: Any) -> Any:
        """Return the answer to one request."""


class TooSlow(Exception):
    """A candidate did not answer in time and was killed."""


class Candidate:
    """One implementation in a child process, as a context manager.

    Args:
        name: what the tables call it.
        target: `module:factory`; the child calls what the factory returns once per request.
        arguments: the factory's keyword arguments.
        environment: environment variables on top of this process's.

    Attributes:
        missing: a sentence that names the package that is not installed; None if the candidate runs.
        loop_seconds: how long the fixed loop of `cpu_speed` took around the last request.
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
        self.loop_seconds = 0.0
        self._command = [sys.executable, "-m", "bench.compare.candidate_process", target, json.dumps(arguments or {})]
        self._environment = {**os.environ, "TZ": "UTC", "PYTHONHASHSEED": "0", **(environment or {})}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, cwd=CHECKOUT, env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.missing: str | None = self._read(START_SECONDS)
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.communicate()

    def __call__(self, *, timeout_seconds: float = START_SECONDS, **arguments: object) -> Any:
        """Return the candidate's answer to one request.

        Raises:
            TooSlow: it took longer; it was restarted and accepts further requests.
            RuntimeError: it raised, or is not installed.
        """
        if self.missing:
            raise RuntimeError(f"{self.name} cannot be measured: {self.missing}")
        stdin = cast("IO[bytes]", self._process.stdin)
        stdin.write(json.dumps(arguments).encode() + b"\n")
        stdin.flush()
        try:
            answer, self.loop_seconds = self._read(timeout_seconds)
        except TooSlow:
            self.__exit__()
            self.__enter__()
            raise
        return answer

    def _read(self, timeout_seconds: float) -> Any:
        stdout = cast("IO[bytes]", self._process.stdout)
        if not select.select([stdout], [], [], timeout_seconds)[0]:
            raise TooSlow(f"{self.name} took more than {timeout_seconds:g} s")
        line = stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with status {self._process.wait()}; its error is printed above")
        return json.loads(line)


def in_turns(candidates: Iterable[Contender], *, rounds: int, **request: object) -> dict[str, float]:
    """Return each installed candidate's median time; candidates take turns in each round, after one to warm up."""
    present = [candidate for candidate in candidates if not candidate.missing]
    answers: dict[str, list[float]] = {candidate.name: [] for candidate in present}
    loops: dict[str, list[float]] = {candidate.name: [] for candidate in present}
    for number in range(rounds + 1):
        for candidate in present:
            answer = candidate(**request)
            if number:
                answers[candidate.name].append(answer)
                loops[candidate.name].append(candidate.loop_seconds)
    return {name: CPU_SPEED.scaled_median(times, loops=loops[name]) for name, times in answers.items()}
