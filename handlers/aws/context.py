"""The context: what Lambda tells a function about an invocation."""

from typing import Protocol


class Context(Protocol):
    """An invocation's context object."""

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still take, in milliseconds."""


def remaining_seconds(context: Context) -> float:
    """Return how long the invocation may still take."""
    return context.get_remaining_time_in_millis() / 1000
