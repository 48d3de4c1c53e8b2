"""Retries: how long a failed message waits before it is tried again."""

LONGEST_DELAY_SECONDS = 900


def retry_delay_seconds(*, base_seconds: int, receive_count: int) -> int:
    """Return the delay after the `receive_count`-th failure: the base, doubled with every further failure."""
    return min(base_seconds << (receive_count - 1), LONGEST_DELAY_SECONDS)
