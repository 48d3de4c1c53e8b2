"""The fork server: a small process without threads and credentials, which forks a child for each text.

Forking takes a few milliseconds where a new interpreter takes hundreds. The worker itself cannot fork: it has threads,
and its memory holds credentials. The texts do not pass through the server; each child has its own connection.
"""

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable, Sequence

from handlers.processing.frames import send_number
from handlers.processing.isolated_child import run_child
from handlers.processing.simulation import ProcessingOptions
from handlers.processing.work import Work, work_of
from handlers.redaction import redact
from handlers.redaction.rules import RULES
from handlers.redaction.scanner import scanner


class ForkServer:
    """Forks a child for each request, ends it when asked to, and reports its exit code.

    A request is one byte with two sockets: the child's connection, and a status socket. On the latter the server sends
    the child's process id, and at the end its exit code. The other side ends the child by closing the status socket.

    Args:
        requests: where requests come from; when it is closed, everything ends.
        work: what children do.
        child_memory_bytes: how much memory each may take on top of the server's.
    """

    def __init__(self, requests: socket.socket, work: Work, *, child_memory_bytes: int) -> None:
        self._requests, self._work, self._child_memory_bytes = requests, work, child_memory_bytes
        self._children: dict[int, socket.socket] = {}
        self._selector = selectors.PollSelector()
        self._serving = True

    def serve(self) -> None:
        """Fork and watch children until the connection for requests is closed; then end those that still run."""
        self._watch(self._requests, self._accept)
        self._watch(_signals_of_ended_children(), self._reap)
        while self._serving:
            for key, _ in self._selector.select():
                key.data(key.fileobj)
        for pid in self._children:
            _kill(pid)

    def _watch(self, connection: socket.socket, on_readable: Callable[[socket.socket], None]) -> None:
        self._selector.register(connection, selectors.EVENT_READ, on_readable)

    def _accept(self, requests: socket.socket) -> None:
        message, descriptors, _, _ = socket.recv_fds(requests, 1, 2)
        if not message:
            self._serving = False
            return
        connection, status = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        with connection:
            self._fork(connection, status)

    def _fork(self, connection: socket.socket, status: socket.socket) -> None:
        try:
            pid = os.fork()
        except OSError:
            status.close()  # without a process id, which says that there is no child
            return
        if pid == 0:
            run_child(connection, self._work, memory_bytes=self._child_memory_bytes)
        # The child does this too. Whichever is first, the group exists before anything can ask to end it.
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        self._children[pid] = status
        self._watch(status, lambda _: self._end(pid))
        _send(status, pid)

    def _end(self, pid: int) -> None:
        # Both ends of the status socket may be gone within one round of events.
        if pid in self._children:
            self._forget_events(self._children[pid])
            _kill(pid)

    def _reap(self, signals: socket.socket) -> None:
        signals.recv(4096)
        for pid in list(self._children):
            ended, wait_status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            _kill(pid)  # what it started and left behind
            status = self._children.pop(pid)
            self._forget_events(status)
            _send(status, os.waitstatus_to_exitcode(wait_status))
            status.close()

    def _forget_events(self, status: socket.socket) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(status)


def _send(status: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # the worker is no longer waiting for it
        send_number(status, number)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _signals_of_ended_children() -> socket.socket:
    """Return a socket that becomes readable when a child has ended."""
    ours, signals = socket.socketpair()
    ours.settimeout(0)
    signals.settimeout(0)
    signal.set_wakeup_fd(signals.detach(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return ours


def serve(work: Work, *, kinds: Sequence[str], requests: str, child_memory_bytes: str) -> None:
    """Serve requests that come over the file descriptor `requests`, from children that redact these kinds."""
    # Rules are compiled at their first use, and what finds them learns from what it reads: so that no child has to.
    scanner(frozenset(kinds)).compile_all()
    examples = [example for rule in RULES for example in rule.matches]
    for known in (examples, filter(str.isascii, examples)):
        redact("\n".join(known), kinds)
    # What exists now stays: the garbage collector of a child would only copy it, page by page.
    gc.collect()
    gc.freeze()
    ForkServer(socket.socket(fileno=int(requests)), work, child_memory_bytes=int(child_memory_bytes)).serve()


def options_from(written: str) -> ProcessingOptions:
    """Return the options that the worker has written as JSON."""
    read = json.loads(written)
    return ProcessingOptions(**read | {"kinds": tuple(read["kinds"])})


if __name__ == "__main__":
    descriptor, written, memory_bytes = sys.argv[1:]
    options = options_from(written)
    serve(work_of(options), kinds=options.kinds, requests=descriptor, child_memory_bytes=memory_bytes)
