"""Processing in simulated time: of ordinary texts, of one that ends its process, and by a stack's own code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.simulate.posts import DROPPED, POISON, SPLIT
from handlers.logs.processed_log import ProcessedLog
from handlers.processing.simulation import Processing, ProcessingFailed, redact_log

if TYPE_CHECKING:
    from handlers.logs.envelope import Envelope
    from handlers.processing.simulation import Attributes
    from handlers.redaction import Redacted


@dataclass(frozen=True, kw_only=True)
class SimulatedProcessing(Processing):
    """Takes simulated time; a poisonous text ends its process.

    Attributes:
        thread: lets the current thread sleep, and ends it.
    """

    thread: Any

    def process(self, text: str, attributes: Attributes | None = None) -> Redacted:
        """Return the log redacted, after the simulated work."""
        self.thread.sleep(self.seconds_for(text))
        if text.startswith(POISON):
            self.thread.die(f"it processes {text!r}")
        return redact_log(text, attributes, self.kinds)


@dataclass(frozen=True)
class SimulatedIsolation:
    """Processes a text so that a poisonous one fails alone."""

    processing: SimulatedProcessing

    def process(self, text: str, attributes: Attributes | None = None, *, timeout_seconds: float) -> Redacted:
        """Return the log redacted.

        Raises:
            ProcessingFailed: it is poisonous, or takes too long.
        """
        if text.startswith(POISON):
            raise ProcessingFailed("exit code 1")
        if self.processing.seconds_for(text) > timeout_seconds:
            raise ProcessingFailed("Timeout")
        return self.processing.process(text, attributes)

    def process_envelope(self, envelope: Envelope, *, timeout_seconds: float) -> list[ProcessedLog]:
        """Do what a stack's own code might: drop a log, or split it in two."""
        redacted = self.process(envelope.text, envelope.fields_to_redact(), timeout_seconds=timeout_seconds)
        pieces = 0 if envelope.text.startswith(DROPPED) else 2 if envelope.text.startswith(SPLIT) else 1
        return [ProcessedLog(redacted, envelope.timestamp)] * pieces
