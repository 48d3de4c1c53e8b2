"""The slow work on one text; it needs nothing but the redaction, so that a child process starts fast."""

import time
from dataclasses import asdict, dataclass
from typing import Any

from handlers.processing.chaos import misbehave
from handlers.redaction import Redacted, redact

# Far more than redaction takes, and enough for slow calls before and after it.
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is done to a text.

    Attributes:
        seconds_per_char: simulated cost of one character.
        kinds: what is redacted.
        chaos: whether texts that begin with `chaos:` are obeyed.
    """

    seconds_per_char: float
    kinds: tuple[str, ...]
    chaos: bool

    def seconds_for(self, text: str) -> float:
        """Return how long the simulated work on a text takes."""
        return len(text) * self.seconds_per_char

    def longest_seconds_for(self, text: str) -> float:
        """Return after how long work on a text is taken for hanging."""
        return self.seconds_for(text) + PATIENCE_SECONDS

    def on(self, text: str) -> Redacted:
        """Return the text redacted, after the simulated work."""
        if self.chaos:
            misbehave(text)
        time.sleep(self.seconds_for(text))
        return redact(text, self.kinds)

    def as_json(self) -> dict[str, Any]:
        """Return what a child process needs to do the same work."""
        return asdict(self)

    @classmethod
    def from_json(cls, written: dict[str, Any]) -> "Work":
        """Return the work that `as_json` described."""
        return cls(**written | {"kinds": tuple(written["kinds"])})
