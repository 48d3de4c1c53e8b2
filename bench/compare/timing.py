"""Timing of one subject in its own process: CPU or wall time per call, in microseconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bench.compare import ingest_handlers

if TYPE_CHECKING:
    from collections.abc import Callable

ACCEPTED = 202
_CLOCKS = {"cpu": time.process_time, "wall": time.perf_counter}


def request_timer(*, name: str, make: str, clock: str = "cpu") -> Callable[..., float]:
    """Return what times a subject's handler.

    Args:
        name: the subject.
        make: the function of `bench.compare.ingest_handlers` that makes its handler.
        clock: `cpu` or `wall`.
    """
    handler = getattr(ingest_handlers, make)(name)
    now, context = _CLOCKS[clock], ingest_handlers.Context()

    def time_calls(*, calls: int, lines: int = 0) -> float:
        event = ingest_handlers.ndjson_event(lines) if lines else ingest_handlers.json_event()
        _check(handler(event, context))
        start = now()
        for _ in range(calls):
            handler(event, context)
        return (now() - start) / calls / max(lines, 1) * 1e6

    return time_calls


def _check(response: dict[str, Any]) -> None:
    if response["statusCode"] != ACCEPTED:
        raise RuntimeError(f"the request must be accepted, got {response}; mend the subject")
