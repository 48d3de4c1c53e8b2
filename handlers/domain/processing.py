"""Processing: the slow work that turns an envelope into a record."""

import time
from dataclasses import dataclass

from handlers.domain.chaos import misbehave
from handlers.domain.envelope import Envelope
from handlers.domain.record import Record, record_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Processing:
    """How envelopes become records.

    Attributes:
        seconds_per_char: simulated cost of one character.
        chaos: whether texts that begin with `chaos:` are obeyed.
    """

    seconds_per_char: float
    chaos: bool

    def seconds_for(self, envelope: Envelope) -> float:
        """Return how long the envelope's simulated work takes, in seconds."""
        return len(envelope.text) * self.seconds_per_char

    def run(self, envelope: Envelope) -> Record:
        """Return the envelope's record, after the simulated work."""
        if self.chaos:
            misbehave(envelope.text)
        time.sleep(self.seconds_for(envelope))
        return record_of(envelope)
