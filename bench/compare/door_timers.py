"""Timers of the doors, for a process of their own: a whole request, its plain decoding, and what OTLP's reader adds."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any

from bench.compare.door_samples import SAMPLES, otlp, otlp_parsed
from bench.compare.ingest_handlers import OURS, Context, load, stub_send

if TYPE_CHECKING:
    from collections.abc import Callable


def requests(*, name: str) -> Callable[..., float]:
    """Return a function that times a door, in µs of CPU per log.

    Args:
        name: which of the samples.
    """
    handler, client = load(OURS)
    stub_send(client)
    sample = SAMPLES[name]

    def time_calls(*, what: str, logs: int, calls: int) -> float:
        if what == "decoding":
            body = sample.body(logs)
            return _seconds(lambda: sample.decode(body), calls) / logs * 1e6
        event, context = sample.event(logs), Context()
        response = handler(event, context)
        if response["statusCode"] not in {200, 202, 204} or "partialSuccess" in response["body"]:
            raise RuntimeError(f"the request must be accepted, got {response}; fix the sample")
        return _seconds(lambda: handler(event, context), calls) / logs * 1e6

    return time_calls


def otlp_reading() -> Callable[..., float]:
    """Return a function that times OTLP in protobuf, in µs of CPU per log: its parse, or up to the last entry."""
    from handlers.web.doors.otlp.in_protobuf import entries_in

    actions: dict[str, Callable[[bytes], Any]] = {
        "parse": otlp_parsed,
        "entries": lambda body: deque(entries_in(body), maxlen=0),
    }

    def time_calls(*, what: str, attributes: int, logs: int, calls: int) -> float:
        body = otlp(logs, attributes)
        return _seconds(lambda: actions[what](body), calls) / logs * 1e6

    return time_calls


def _seconds(action: Callable[[], object], calls: int) -> float:
    action()
    start = time.process_time()
    for _ in range(calls):
        action()
    return (time.process_time() - start) / calls
