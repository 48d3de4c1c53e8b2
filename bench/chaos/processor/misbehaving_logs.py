"""A processor that does what a text asks for after `do:`, and what no processor should do."""
# ruff: noqa: INP001 - the package imports it from its folder, as no part of this one

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.processing.log import Log


class Misbehaved(Exception):
    """The text asked for an exception."""


def process(log: Log) -> Any:
    """Return the log with an attribute, unless its text asks for something else."""
    asked, _, rest = log.text.partition(" ")
    act = _ACTS.get(asked)
    if act:
        return act(log, rest)
    log.attributes["processed"] = True
    return log


def _raise(_log: Log, rest: str) -> None:
    raise Misbehaved(rest)


def _exit(_log: Log, _rest: str) -> None:
    os._exit(3)


def _hang(_log: Log, _rest: str) -> None:
    while True:
        time.sleep(3600)


def _take_memory(_log: Log, _rest: str) -> None:
    taken = [bytearray(1 << 24) for _ in range(1 << 6)]
    os._exit(len(taken) % 2 + 1)


def _leak(log: Log, _rest: str) -> Log:
    number = "555-0199"
    log.text = f"leaked, call {number}"
    log.severity_text = f"call {number}"
    log.attributes = {"leaked": [f"call {number}"], f"call {number}": 1}
    return log


def _split(log: Log, rest: str) -> list[Log]:
    # Never the same pieces twice: what was stored first must stay.
    return [log.copy(text=f"{word} at {time.time_ns()}") for word in rest.split()]


def _drop(_log: Log, _rest: str) -> None:
    return None


def _rename(log: Log, _rest: str) -> Log:
    return log.copy(tenant_id="another")


_ACTS: dict[str, Callable[[Log, str], Any]] = {
    "do:raise": _raise,
    "do:exit": _exit,
    "do:hang": _hang,
    "do:memory": _take_memory,
    "do:nonsense": lambda _log, rest: {"text": rest},
    "do:too-many": lambda log, _rest: [log] * 100,
    "do:rename": _rename,
    "do:leak": _leak,
    "do:split": _split,
    "do:drop": _drop,
}
