"""A forked child as the worker sees it: takes one text, gives one answer, and is gone at the end."""

import contextlib
import os
import select
import signal
import socket
import time

from handlers.processing.frames import frame_of, length_of, read_number
from handlers.processing.simulation import ProcessingFailed

SECONDS_TO_END = 0.5
_CHUNK_BYTES = 1 << 16
# How long an answer may be: a marker can be longer than what it replaces, and the counts come on top. A processor may
# answer with more than it was asked.
_ANSWER_BYTES_PER_BYTE = 8
_ANSWER_BYTES_ON_TOP = 1 << 16


class ForkedChild:
    """One child of the fork server.

    Args:
        connection: where the child reads the text and writes the answer.
        status: where the server writes the child's exit code, and what is closed to end the child.
        pid: the child's process id, which is also its process group.
    """

    def __init__(self, connection: socket.socket, status: socket.socket, *, pid: int) -> None:
        self._connection, self._status, self._pid = connection, status, pid
        self._server_is_alive = True
        self._exit_code: int | None = None

    def answer(self, log: object, *, deadline: float, most_bytes: int = 0) -> bytearray:
        """Send a log, as a JSON value, and return the child's answer, a whole frame.

        Args:
            log: what the child's work understands.
            deadline: when to give up, on the monotonic clock.
            most_bytes: how long the answer may be if that is more than usual for a log so long.

        Raises:
            ProcessingFailed: the child ended without an answer, or the answer is too long.
            TimeoutError: there is no answer by the deadline.
        """
        question = frame_of(log)
        try:
            self._connection.settimeout(seconds_until(deadline))
            self._connection.sendall(question)
            longest = max(_ANSWER_BYTES_ON_TOP + _ANSWER_BYTES_PER_BYTE * len(question), most_bytes)
            return self._receive(longest=longest, by=deadline)
        except (BrokenPipeError, ConnectionResetError, EOFError):
            raise ProcessingFailed(self._how_it_ended()) from None

    def end(self) -> bool:
        """End the child if it has not ended; return whether the server has confirmed that it is gone."""
        self._connection.close()
        with contextlib.suppress(OSError):
            self._status.shutdown(socket.SHUT_WR)
        confirmed = self._await_exit_code() is not None
        self._status.close()
        if not confirmed:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)
        return confirmed

    def _receive(self, *, longest: int, by: float) -> bytearray:
        received = bytearray()
        while (length := length_of(received)) is None or len(received) < length:
            if length is not None and not 0 < length <= longest:
                raise ProcessingFailed("BadAnswer")
            self._await_answer_or_end(by)
            chunk = self._connection.recv(_CHUNK_BYTES)
            if not chunk:
                raise EOFError
            received += chunk
        return received

    def _await_answer_or_end(self, deadline: float) -> None:
        """Wait until there is something to read.

        Raises:
            EOFError: the child has ended, though a process that it started may hold its connection open.
            TimeoutError: there is nothing by the deadline.
        """
        while True:
            sockets = [self._connection, self._status] if self._server_is_alive else [self._connection]
            readable = _readable(sockets, timeout_seconds=seconds_until(deadline))
            if self._connection in readable:
                return
            if self._await_exit_code() is not None:
                raise EOFError
            # Only the server has died: its child goes on.
            self._server_is_alive = False

    def _how_it_ended(self) -> str:
        code = self._await_exit_code()
        return "NoAnswer" if code is None else f"ExitStatus{code}"

    def _await_exit_code(self) -> int | None:
        """Return the exit code; None if the server has died or does not say it in time."""
        if self._exit_code is None:
            self._status.settimeout(SECONDS_TO_END)
            with contextlib.suppress(OSError):
                self._exit_code = read_number(self._status)
        return self._exit_code


def _readable(sockets: list[socket.socket], *, timeout_seconds: float) -> list[socket.socket]:
    # Not select(): it refuses file descriptors from 1024 on.
    poller = select.poll()
    for each in sockets:
        poller.register(each, select.POLLIN)
    ready = {descriptor for descriptor, _ in poller.poll(timeout_seconds * 1000)}
    if not ready:
        raise TimeoutError
    return [each for each in sockets if each.fileno() in ready]


def seconds_until(deadline: float) -> float:
    """Return how long it is until the deadline.

    Raises:
        TimeoutError: it is over.
    """
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
