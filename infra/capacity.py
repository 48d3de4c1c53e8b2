"""How much the worker processes with the settings of a stack, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from infra.budget import HEAD_ROOM_SECONDS, MAX_BACKLOG_SECONDS

if TYPE_CHECKING:
    from infra.settings import Settings

TYPICAL_LOG_CHARS: Final = 1000

_SHOWN_WHOLE = 10  # smaller rates are shown with a fraction
_SHARE_OF_ONE_REQUEST = timedelta(minutes=5)
_FULL_SIZE_LOGS_OF_AGE = 4
_LEAST_ALARMING_AGE = timedelta(minutes=5)  # a shorter one would page for a retry or a cold start
_ALARMING_SHARE_OF_BACKLOG = 0.1
_LEAST_SECONDS_PER_MESSAGE = 1.0  # without simulated work, what a message takes is not known here


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What all worker invocations do together."""

    concurrency: int
    """How many logs are processed at once."""
    seconds_per_char: float
    """Simulated cost of one character."""
    max_text_chars: int
    """The most characters of one message."""

    @classmethod
    def of(cls, settings: Settings) -> Capacity:
        """Return the capacity that settings give."""
        return cls(
            concurrency=settings.worker_max_concurrency * settings.worker_batch_size,
            seconds_per_char=settings.simulated_seconds_per_char(),
            max_text_chars=settings.max_text_chars(),
        )

    def drain_rate(self) -> str:
        """Return how fast a backlog goes down, in a sentence for people."""
        if self.seconds_per_char == 0:
            return f"drain rate: {self.concurrency} logs at once, without simulated work"
        rate = self.concurrency / (TYPICAL_LOG_CHARS * self.seconds_per_char)
        shown = f"{rate:,.0f}" if rate >= _SHOWN_WHOLE else f"{rate:.2g}"
        return f"drain rate: {shown} a second (logs of {TYPICAL_LOG_CHARS:,} characters); more than that waits"

    def max_processing_seconds_per_request(self) -> int:
        """Return how much simulated work one request may bring: what the worker does in five minutes."""
        return self.concurrency * int(_SHARE_OF_ONE_REQUEST.total_seconds())

    def alarming_age_seconds(self) -> int:
        """Return the age at which a waiting message is too old: a few times what a full-size log takes."""
        full_size = HEAD_ROOM_SECONDS + self._full_size_seconds()
        return int(max(_FULL_SIZE_LOGS_OF_AGE * full_size, _LEAST_ALARMING_AGE.total_seconds()))

    def alarming_backlog_messages(self) -> int:
        """Return how many full-size messages take a tenth of the time at which ingest starts to refuse logs."""
        seconds = MAX_BACKLOG_SECONDS * _ALARMING_SHARE_OF_BACKLOG
        return int(seconds * self.concurrency / max(self._full_size_seconds(), _LEAST_SECONDS_PER_MESSAGE))

    def _full_size_seconds(self) -> float:
        return self.max_text_chars * self.seconds_per_char
