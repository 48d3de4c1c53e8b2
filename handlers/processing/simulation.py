"""The slow processing of one log. It imports only the redaction, so that a child process starts fast."""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.redaction import Redacted, redact, redact_attributes

Attributes = Mapping[str, Any]

# Far more than redaction takes, and enough for slow calls before and after it.
PATIENCE_SECONDS = 30.0


class ProcessingFailed(Exception):
    """Processing a text raised, ended its process or took too long; the argument says which."""


# Redaction keeps one core busy, and compiles its rules at first use: the threads of a batch would each compile them.
_REDACTING = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Processing:
    """What is done to a log: simulated work, then redaction.

    Attributes:
        seconds_per_char: simulated cost of one character.
        kinds: what is redacted.
    """

    seconds_per_char: float
    kinds: tuple[str, ...]

    def seconds_for(self, text: str) -> float:
        """Return how long the simulated work on a text takes."""
        return len(text) * self.seconds_per_char

    def longest_seconds_for(self, text: str) -> float:
        """Return the time after which processing of a text counts as hanging."""
        return self.seconds_for(text) + PATIENCE_SECONDS

    def process(self, text: str, attributes: Attributes | None = None) -> Redacted:
        """Return the text and what came with it redacted, after the simulated work."""
        time.sleep(self.seconds_for(text))
        with _REDACTING:
            return redact_log(text, attributes, self.kinds)

    def answer(self, question: Any) -> Any:
        """Return what a child process answers, as JSON; the question is a list of text and attributes."""
        text, attributes = question
        return self.process(text, attributes)._asdict()


def redact_log(text: str, attributes: Attributes | None, kinds: Iterable[str]) -> Redacted:
    """Return a text and what came with it redacted, their counts added up."""
    redacted = redact(text, kinds)
    if attributes is None:
        return redacted
    further = redact_attributes(attributes, kinds)
    counts = {kind: count + further.counts[kind] for kind, count in redacted.counts.items()}
    return Redacted(redacted.text, counts, further.attributes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingOptions:
    """What the stack asks for.

    Attributes:
        seconds_per_char: simulated cost of one character.
        kinds: what is redacted.
        chaos: whether texts that begin with `chaos:` make their processing fail.
        processor: the stack's own code, as `package.module:function`; empty if it brings none.
    """

    seconds_per_char: float
    kinds: tuple[str, ...]
    chaos: bool
    processor: str = ""


def processing_of(options: ProcessingOptions) -> Processing:
    """Return the processing that the stack asks for, without its own code."""
    if not options.chaos:
        return Processing(seconds_per_char=options.seconds_per_char, kinds=options.kinds)
    # A package for a stack without chaos does not contain this module.
    from handlers.processing.chaos import ChaosProcessing

    return ChaosProcessing(seconds_per_char=options.seconds_per_char, kinds=options.kinds)
