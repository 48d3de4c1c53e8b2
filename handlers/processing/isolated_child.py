"""A child of the fork server: reads one log, writes what happened to it, and ends."""

import os
import resource
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from handlers.processing.frames import frame_of, read_frame, value_in
from handlers.processing.work import Work

_CONNECTION = 3  # the first file descriptor after the standard streams


def run_child(connection: socket.socket, work: Work, *, memory_bytes: int) -> NoReturn:
    """Answer one log over the connection and end this process.

    Args:
        connection: to whoever wants the text processed.
        work: what is done to the log.
        memory_bytes: how much memory this process may take on top of what it was forked with.
    """
    exit_code = 1
    try:
        _keep_only(connection.fileno())
        _limit(memory_bytes)
        _answer(socket.socket(fileno=_CONNECTION), work)
        exit_code = 0
    finally:
        # Not an ordinary exit: that would run what the server has yet to do.
        os._exit(exit_code)


def _keep_only(connection: int) -> None:
    """Give up everything that belongs to the server: its process group, signals, streams and connections."""
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # What a crash prints may hold the text; standard output is /dev/null.
    os.dup2(1, 2)
    os.dup2(connection, _CONNECTION)
    os.closerange(_CONNECTION + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _limit(memory_bytes: int) -> None:
    for limit, value in (
        (resource.RLIMIT_DATA, _data_bytes() + memory_bytes),
        (resource.RLIMIT_CORE, 0),
        # No process may start another one. Linux does not limit root, but Lambda runs functions as another user.
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (value, value))
    with suppress(OSError):  # there is no such file on a Mac
        # If memory runs out anyway, the kernel ends this process and not the worker.
        Path("/proc/self/oom_score_adj").write_text("1000")


def _data_bytes() -> int:
    """Return how much of RLIMIT_DATA this process takes up already."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[5])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def _answer(connection: socket.socket, work: Work) -> None:
    try:
        answer = frame_of(work.answer(value_in(read_frame(connection))))
    except Exception as error:  # noqa: BLE001 - whatever it was, the worker learns its name
        answer = frame_of({"error": type(error).__name__})
    connection.sendall(answer)
