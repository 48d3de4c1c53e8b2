"""The backlog: how long the worker needs for the messages in the queue."""

import time
from collections.abc import Callable

from handlers.aws.failures import QueueUnavailable

DEPTH_LASTS_SECONDS = 5.0
# A new process assumes full-size messages; the assumption counts as much as ten messages that it has seen.
ASSUMED_MESSAGES = 10
# Messages from longer ago say little about those that wait now.
REMEMBERED_MESSAGES = 100_000
# A message without simulated work still takes a few calls to AWS. A cautious assumption.
LEAST_SECONDS_PER_MESSAGE = 0.1


class Backlog:
    """Estimates how long the worker needs for the messages that wait.

    SQS reports how many messages wait, but not how much work they are. So each counts as the mean of the messages that
    this process was asked to send, including those that it refused. A Lambda environment sees a sample of all requests,
    so its mean is close to that of the queue, unless what is sent changes faster than the queue drains.

    Args:
        depth: asks how many messages the queue holds; it may raise `QueueUnavailable`.
        full_size_seconds: how long the worker takes for the longest message.
        concurrency: how many messages the worker processes at once.
        clock: the time, in seconds.
    """

    def __init__(
        self,
        depth: Callable[[], int],
        *,
        full_size_seconds: float,
        concurrency: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask_depth = depth
        self._concurrency = concurrency
        self._clock = clock
        self._messages = float(ASSUMED_MESSAGES)
        self._seconds = ASSUMED_MESSAGES * full_size_seconds
        self._depth = 0
        self._depth_until = float("-inf")

    def learn(self, *, messages: int, seconds: float) -> None:
        """Count messages that are to be sent, and how long the worker takes for all of them."""
        self._messages += messages
        self._seconds += seconds
        if self._messages > REMEMBERED_MESSAGES:
            self._messages, self._seconds = self._messages / 2, self._seconds / 2

    def seconds(self) -> float:
        """Return how long the worker needs for the messages that wait; 0 if SQS does not say how many there are."""
        per_message = max(self._seconds / self._messages, LEAST_SECONDS_PER_MESSAGE)
        return self._known_depth() * per_message / self._concurrency

    def _known_depth(self) -> int:
        now = self._clock()
        if now >= self._depth_until:
            self._depth_until = now + DEPTH_LASTS_SECONDS
            try:
                self._depth = self._ask_depth()
            except QueueUnavailable:
                # A guess is no reason to refuse logs. If SQS is really unavailable, sending them fails anyway.
                self._depth = 0
        return self._depth
