"""Isolation: each text is processed in its own process, which may crash, hang or eat memory without harm to others."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from handlers.logs.processed_log import ProcessedLog
from handlers.processing.fork_client import ForkClient
from handlers.processing.frames import MAX_LOGS_BYTES, value_in
from handlers.processing.simulation import Attributes, ProcessingFailed, ProcessingOptions
from handlers.redaction import Redacted

if TYPE_CHECKING:
    from handlers.logs.envelope import Envelope

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

    def process_envelope(self, envelope: "Envelope", *, timeout_seconds: float) -> list[ProcessedLog]:
        """Return what the stack's processor makes of a log: nothing, one log or several.

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
        return _result_in(self._answer([text, attributes], timeout_seconds=timeout_seconds))

    def process_envelope(self, envelope: "Envelope", *, timeout_seconds: float) -> list[ProcessedLog]:
        """Return what the stack's processor made of a log in a child process, which has ended by then.

        Raises:
            ProcessingFailed: there is no result.
        """
        answer = self._answer(_question_about(envelope), timeout_seconds=timeout_seconds, most_bytes=MAX_LOGS_BYTES)
        return _logs_in(answer)

    def _answer(self, question: object, *, timeout_seconds: float, most_bytes: int = 0) -> Any:
        """Return a child's answer, or raise the error that it names."""
        deadline = time.monotonic() + timeout_seconds
        try:
            with self._children.child(deadline=deadline) as child:
                answer = _json_in(child.answer(question, deadline=deadline, most_bytes=most_bytes))
        except TimeoutError:
            raise ProcessingFailed("TimeoutExpired") from None
        match answer:
            # Only a name: what a broken child writes may be part of the text.
            case {"error": str(name)} if name.isidentifier():
                raise ProcessingFailed(name)
        return answer

    def close(self) -> None:
        """End the server and all children."""
        self._children.close()


def _question_about(envelope: "Envelope") -> dict[str, Any]:
    names = ("text", "tenant_id", "log_id", "source", "received_at", "timestamp")
    return {name: getattr(envelope, name) for name in names} | {"fields": envelope.fields_to_redact()}


def _logs_in(answer: Any) -> list[ProcessedLog]:
    match answer:
        case {"logs": list(logs)}:
            return [_log_in(log) for log in logs]
    raise ProcessingFailed("BadAnswer")


def _log_in(answer: Any) -> ProcessedLog:
    match answer:
        case {"timestamp": str() | None as timestamp}:
            return ProcessedLog(_result_in(answer), timestamp)
    raise ProcessingFailed("BadAnswer")


def _result_in(answer: Any) -> Redacted:
    match answer:
        case {"text": str(text), "counts": dict(counts), "attributes": dict() | None as attributes}:
            return Redacted(text, counts, attributes)
    raise ProcessingFailed("BadAnswer")


def _json_in(answer: bytearray) -> Any:
    try:
        return value_in(answer)
    except ValueError:
        return None
