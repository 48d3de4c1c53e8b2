"""Throttling: holds a process and its descendants to a share of one core, as Lambda does a small function."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator

from tests.support.processes import children

# AWS Lambda, "Configure Lambda function memory": 1,769 MB are one core. A function with 512 MB gets 0.29 of it.
SHARE_OF_512_MB = 0.29
_PERIOD_SECONDS = 0.1


@contextlib.contextmanager
def held_to(share: float, pid: int) -> Iterator[None]:
    """Let a process and its descendants run on one core only, and there for this share of the time."""
    os.sched_setaffinity(pid, {min(os.sched_getaffinity(0))})  # what it starts later inherits that
    ended = threading.Event()
    thread = threading.Thread(target=_throttle, args=(pid, share, ended))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _throttle(pid: int, share: float, ended: threading.Event) -> None:
    while not ended.is_set():
        _stop_all(pid)
        time.sleep(_PERIOD_SECONDS * (1 - share))
        _signal(_family(pid), signal.SIGCONT)
        time.sleep(_PERIOD_SECONDS * share)


def _stop_all(pid: int) -> None:
    stopped: set[int] = set()
    # One that is not stopped yet may start another.
    while more := _family(pid) - stopped:
        _signal(more, signal.SIGSTOP)
        stopped |= more


def _family(pid: int) -> set[int]:
    found, new = {pid}, {pid}
    while new := {child for parent in new for child in children(parent)} - found:
        found |= new
    return found


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
