"""Outcomes: what happened to one message."""

from dataclasses import dataclass
from enum import StrEnum


class Event(StrEnum):
    """What happened to a message, as the event log names it."""

    STORED = "stored"
    DROPPED = "dropped"
    DUPLICATE = "duplicate"
    RETRIED = "retried"
    POSTPONED = "postponed"
    DEAD_LETTERED = "dead_lettered"


class Reason(StrEnum):
    """Why it happened: the code in the event log, and the attribute `reason` of a dead letter."""

    STORED = "stored"
    SPLIT = "split"
    DROPPED = "dropped"
    DUPLICATE = "duplicate"
    NOT_AN_ENVELOPE = "not_an_envelope"
    CONFLICT = "conflict"
    PROCESSING_FAILED = "processing_failed"
    NOT_STORABLE = "not_storable"
    OUT_OF_TIME = "out_of_time"
    CREDENTIALS_UNAVAILABLE = "credentials_unavailable"
    TABLE_UNAVAILABLE = "table_unavailable"
    FINGERPRINT_KEY_UNAVAILABLE = "fingerprint_key_unavailable"
    QUEUE_UNAVAILABLE = "queue_unavailable"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to one message.

    Attributes:
        event: what happened.
        reason: why.
        cause: the error behind it, by its name; never its message.
    """

    event: Event
    reason: Reason
    cause: str | None = None


STORED = Outcome(Event.STORED, Reason.STORED)
SPLIT = Outcome(Event.STORED, Reason.SPLIT)
DROPPED = Outcome(Event.DROPPED, Reason.DROPPED)
DUPLICATE = Outcome(Event.DUPLICATE, Reason.DUPLICATE)


def stored_as(logs: int) -> Outcome:
    """Return the outcome of a message whose log was stored as so many; 0 if its processor dropped it."""
    if logs == 1:
        return STORED
    return SPLIT if logs else DROPPED


def retried(reason: Reason, cause: str | None = None) -> Outcome:
    """Return the outcome of a message that goes back to the queue; after the third it becomes a dead letter."""
    return Outcome(Event.RETRIED, reason, cause)


def postponed(reason: Reason, cause: str | None = None) -> Outcome:
    """Return the outcome of a message that was sent again, to wait for an outage to end."""
    return Outcome(Event.POSTPONED, reason, cause)


def dead_lettered(reason: Reason) -> Outcome:
    """Return the outcome of a message that no retry can help."""
    return Outcome(Event.DEAD_LETTERED, reason)
