"""Back-off: how long a message waits before it is tried again."""

# "SendMessage", DelaySeconds: at most fifteen minutes.
LONGEST_DELAY_SECONDS = 900
FIRST_OUTAGE_DELAY_SECONDS = 30


def retry_delay_seconds(*, base_seconds: int, receive_count: int) -> int:
    """Return the delay after the `receive_count`-th failure: the base, doubled with every further failure."""
    return _doubled(base_seconds, receive_count - 1)


def outage_delay_seconds(*, postponements: int, jitter: float) -> int:
    """Return how long a message waits until the next try to get through an outage.

    Args:
        postponements: how often it was postponed before.
        jitter: from 0 to 1; it spreads what was postponed together over the second half of the delay.
    """
    longest = _doubled(FIRST_OUTAGE_DELAY_SECONDS, postponements)
    return round(longest * (1 + jitter) / 2)


def _doubled(seconds: int, times: int) -> int:
    # Beyond ten doublings every base but 0 is over the limit.
    return min(seconds << min(times, 10), LONGEST_DELAY_SECONDS)
