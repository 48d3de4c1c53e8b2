"""Isolation: each text is processed in its own process, which may crash, hang or eat memory without harm to others."""

import time
from collections.abc import Mapping
from typing import Any, Protocol

from handlers.processing.fork_client import ForkClient
from handlers.processing.frames import value_in
from handlers.processing.simulation import Attributes, ProcessingFailed, ProcessingOptions
from handlers.redaction import Redacted

__all__ = ["Isolation", "ProcessIsolation", "ProcessingFailed", "child_memory_bytes"]

_MEBIBYTE = 1 << 20
# The worker with its clients and ten threads, and the fork server beside it.
RESERVED_BYTES = 144 * _MEBIBYTE
# Twice what the longest text of a message needs with all kinds (50,688 characters took less than 2 MiB).
LEAST_CHILD_BYTES = 4 * _MEBIBYTE


class Isolation(Protocol):
    """Processes a log so that a crash affects no other log."""

    def process(self, text: str, attributes: Attributes | None = None, *, timeout_seconds: float) -> Redacted:
        """Return the log processed.

        Raises:
            ProcessingFailed: there is no result.
        """


def child_memory_bytes(*, memory_mb: int, batch_size: int) -> int:
    """Return how much memory each child may take, so that a whole batch of children fits into the function's memory."""
    return max((memory_mb * _MEBIBYTE - RESERVED_BYTES) // batch_size, LEAST_CHILD_BYTES)


class ProcessIsolation:
    """Processes each text in a child process, which is killed when its time is up.

    Children are forked by a server that is started with the first text, and again whenever it has died. Threads may
    call this at the same time. It protects from crashes; it does not confine an attacker who runs code in a child.

    Args:
        options: what a child does with a text.
        environment: the children's environment variables; no AWS credentials, because they need none.
        child_memory_bytes: how much memory each child may take.
        server_module: what runs as the fork server.
    """

    def __init__(
        self,
        options: ProcessingOptions,
        *,
        environment: Mapping[str, str],
        child_memory_bytes: int,
        server_module: str = "handlers.processing.fork_server",
    ) -> None:
        self._children = ForkClient(
            options, environment=environment, child_memory_bytes=child_memory_bytes, server_module=server_module
        )

    def process(self, text: str, attributes: Attributes | None = None, *, timeout_seconds: float) -> Redacted:
        """Return the log as processed by a child process, which has ended by then.

        Raises:
            ProcessingFailed: there is no result.
        """
        deadline = time.monotonic() + timeout_seconds
        try:
            with self._children.child(deadline=deadline) as child:
                return _result_in(child.answer([text, attributes], deadline=deadline))
        except TimeoutError:
            raise ProcessingFailed("TimeoutExpired") from None

    def close(self) -> None:
        """End the server and all children."""
        self._children.close()


def _result_in(answer: bytearray) -> Redacted:
    match _json_in(answer):
        case {"text": str(text), "counts": dict(counts), "attributes": dict() | None as attributes}:
            return Redacted(text, counts, attributes)
        # Only a name: what a broken child writes may be part of the text.
        case {"error": str(name)} if name.isidentifier():
            raise ProcessingFailed(name)
    raise ProcessingFailed("BadAnswer")


def _json_in(answer: bytearray) -> Any:
    try:
        return value_in(answer)
    except ValueError:
        return None
