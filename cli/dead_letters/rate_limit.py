"""A rate limit in messages a second."""

import time
from collections.abc import Callable


class RateLimit:
    """Makes a caller wait that is too fast.

    Args:
        per_second: how many messages a second, in the long run.
        clock: a monotonic clock, in seconds.
        sleep: sleeps for that many seconds.
    """

    def __init__(
        self,
        per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.per_second = per_second
        self._clock = clock
        self._sleep = sleep
        self._free_at = clock()

    def wait_for(self, messages: int) -> None:
        """Wait until this many messages may be sent."""
        now = self._clock()
        if self._free_at > now:
            self._sleep(self._free_at - now)
        self._free_at = max(self._free_at, now) + messages / self.per_second
