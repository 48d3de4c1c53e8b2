"""Processes: which ones descend from this one, and what they are doing."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path


def children(pid: int | None = None) -> set[int]:
    """Return the process ids of a process's children, whichever of its threads started them; by default of this one."""
    found: set[int] = set()
    # Threads and processes come and go meanwhile.
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid or os.getpid()}/task").iterdir():
            with contextlib.suppress(OSError):
                found.update(map(int, (thread / "children").read_text().split()))
    return found


def grandchildren() -> set[int]:
    """Return the children of this process's children."""
    return {grandchild for child in children() for grandchild in children(child)}


def is_running(pid: int) -> bool:
    """Return whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def open_files(pid: int | None = None) -> int:
    """Return how many file descriptors a process has open; by default this one."""
    return len(list(Path(f"/proc/{pid or os.getpid()}/fd").iterdir()))


def wait_until(condition: Callable[[], bool], *, seconds: float = 20) -> bool:
    """Return whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
