"""The processed log: what processing made of a log, before it is stored."""

from typing import NamedTuple

from handlers.redaction import Redacted


class ProcessedLog(NamedTuple):
    """One log as it will be stored.

    Attributes:
        redacted: its text, severity and attributes without what had to go, and how much went.
        timestamp: when it happened, ISO 8601 with offset; None if nobody said.
    """

    redacted: Redacted
    timestamp: str | None = None
