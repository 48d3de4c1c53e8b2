"""Following: shows logs as they are stored, each once, and outlasts failures that pass."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore import exceptions
from botocore.parsers import ResponseParserError

from cli.failures import explained
from cli.terminal import note
from handlers.aws.failures import TableUnavailable
from handlers.logs.clock import SYSTEM_CLOCK, Clock
from handlers.logs.identifiers import milliseconds_in
from handlers.logs.time_range import TimeRange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cli.logs.reading import Log

POLL_SECONDS = 2
LONGEST_PAUSE_SECONDS = 60
_SERVER_ERROR = 500
# "Error handling with DynamoDB": what may succeed when it is repeated.
_PASSING_CODES = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
    }
)


@dataclass(kw_only=True)
class Follower:
    """Shows every log once that is stored at most `overlap` after its time.

    Each round reads from where the one before it began, less the overlap. A log that misses parts is held back until it
    is whole, or until the overlap is over.

    Attributes:
        read: yields the logs of a time range, the oldest first.
        since: the time from which on logs are shown, in milliseconds since 1970.
        overlap: how far each round reads back, in milliseconds.
        clock: the present time.
        pause: waits for so many seconds.
    """

    read: Callable[[TimeRange], Iterable[Log]]
    since: int
    overlap: int
    clock: Clock = SYSTEM_CLOCK
    pause: Callable[[float], None] = time.sleep
    _shown: set[str] = field(default_factory=set)
    _held: dict[str, Log] = field(default_factory=dict)

    def logs(self) -> Iterator[Log]:
        """Yield logs for ever.

        Raises:
            TableUnavailable: reading failed, and no repeat would help.
        """
        start, failures = self.since, 0
        while True:
            began = self._now()
            try:
                yield from self._new(TimeRange.of(start, None, now=began))
            except TableUnavailable as error:
                if not _passes(error):
                    raise
                failures += 1
                seconds = min(POLL_SECONDS << min(failures, 10), LONGEST_PAUSE_SECONDS)
                note(f"{explained(error.__cause__)}. Trying again in {seconds} s; nothing is left out.")
                self.pause(seconds)
                continue
            failures, start = 0, max(start, began - self.overlap)
            yield from self._overdue(start)
            self._shown = {log_id for log_id in self._shown if _time_of(log_id) >= start}
            self.pause(POLL_SECONDS)

    def _new(self, times: TimeRange) -> Iterator[Log]:
        for log in self.read(times):
            log_id = log["log_id"]
            if log_id in self._shown:
                continue
            if "incomplete" in log:
                self._held[log_id] = log
                continue
            self._held.pop(log_id, None)
            self._shown.add(log_id)
            yield log

    def _overdue(self, start: int) -> Iterator[Log]:
        for log_id in [log_id for log_id in self._held if _time_of(log_id) < start]:
            yield self._held.pop(log_id)

    def _now(self) -> int:
        return int(self.clock.now().timestamp() * 1000)


def _time_of(log_id: str) -> int:
    return milliseconds_in(log_id) or 0


def _passes(error: TableUnavailable) -> bool:
    cause = error.__cause__
    if not isinstance(cause, exceptions.ClientError):
        return isinstance(cause, (exceptions.ConnectionError, exceptions.HTTPClientError, ResponseParserError))
    status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= _SERVER_ERROR or str(cause.response.get("Error", {}).get("Code")) in _PASSING_CODES
