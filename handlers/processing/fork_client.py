"""The worker's side of the fork server: starts it, asks it for children, and starts it again when it has died."""

import json
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from handlers.processing.forked_child import SECONDS_TO_END, ForkedChild, seconds_until
from handlers.processing.frames import read_number
from handlers.processing.simulation import ProcessingFailed, ProcessingOptions

# A server that has forked nothing by then counts as broken; it starts within a second on a third of a core.
_SECONDS_TO_START = 10.0
_ATTEMPTS = 2
_ROOT = Path(__file__).parents[2]


class ForkClient:
    """Hands out children of the fork server.

    Args:
        options: what the children do with a text.
        environment: the environment variables of the server and its children.
        child_memory_bytes: how much memory each child may take.
        server_module: what runs as the server.
    """

    def __init__(
        self, options: ProcessingOptions, *, environment: Mapping[str, str], child_memory_bytes: int, server_module: str
    ) -> None:
        self._arguments = [server_module, json.dumps(asdict(options)), str(child_memory_bytes)]
        self._environment = dict(environment)
        self._lock = threading.Lock()
        self._server: _Server | None = None

    @contextmanager
    def child(self, *, deadline: float) -> Iterator[ForkedChild]:
        """Yield a child, and end it.

        Raises:
            ProcessingFailed: no child could be forked.
            TimeoutError: there is no child by the deadline.
        """
        server, child = self._fork(deadline)
        try:
            yield child
        finally:
            if not child.end():
                self._discard(server)

    def close(self) -> None:
        """End the server, and with it all children."""
        with self._lock:
            server, self._server = self._server, None
        if server:
            server.stop()

    def _fork(self, deadline: float) -> tuple["_Server", ForkedChild]:
        for _ in range(_ATTEMPTS):
            seconds_until(deadline)
            with self._lock:
                if self._server is None:
                    self._server = _Server(*self._arguments, environment=self._environment)
                server = self._server
                requested = server.request_child()
            child = requested and server.await_child(*requested, deadline=deadline)
            if child:
                return server, child
            self._discard(server)
        raise ProcessingFailed("NoChild")

    def _discard(self, server: "_Server") -> None:
        with self._lock:
            if self._server is server:
                self._server = None
        server.kill()


class _Server:
    def __init__(self, module: str, *arguments: str, environment: dict[str, str]) -> None:
        self._started = time.monotonic()
        self._requests, theirs = socket.socketpair()
        self._requests.settimeout(SECONDS_TO_END)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, str(theirs.fileno()), *arguments],
                cwd=_ROOT,
                env=environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C in the terminal is for the worker, which then ends the server
            )
        self._stop = weakref.finalize(self, _stop, self._process, self._requests)

    def request_child(self) -> tuple[socket.socket, socket.socket] | None:
        """Ask for a child; return its connection and status, or None if the server has died."""
        with ExitStack() as on_error, ExitStack() as theirs:
            pairs = [socket.socketpair(), socket.socketpair()]
            for ours, other in pairs:
                on_error.enter_context(ours)
                theirs.enter_context(other)
            try:
                socket.send_fds(self._requests, [b"f"], [other.fileno() for _, other in pairs])
            except OSError:
                return None
            on_error.pop_all()
        return pairs[0][0], pairs[1][0]

    def await_child(self, connection: socket.socket, status: socket.socket, *, deadline: float) -> ForkedChild | None:
        """Return the child that was asked for; None if the server died before it could fork.

        Raises:
            TimeoutError: there is no child by the deadline.
        """
        with ExitStack() as unless_forked:
            unless_forked.enter_context(connection)
            unless_forked.enter_context(status)
            pid = self._process_id(status, deadline)
            if pid is None:
                return None
            unless_forked.pop_all()
            return ForkedChild(connection, status, pid=pid)

    def _process_id(self, status: socket.socket, deadline: float) -> int | None:
        try:
            status.settimeout(seconds_until(deadline))
            return read_number(status)
        except TimeoutError:
            if time.monotonic() - self._started > _SECONDS_TO_START:
                self.kill()
            raise
        except OSError:
            return None

    def kill(self) -> None:
        self._process.kill()
        self._stop()

    def stop(self) -> None:
        self._stop()


def _stop(process: subprocess.Popen[bytes], requests: socket.socket) -> None:
    requests.close()
    try:
        process.wait(timeout=SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
