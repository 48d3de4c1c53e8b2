"""The event log: one JSON object per event, in the functions' own log groups; never the text of a log."""

import logging
from typing import TYPE_CHECKING

from handlers.logs.outcome import Event, Outcome

if TYPE_CHECKING:
    from handlers.aws.message import Message

_LEVELS = {Event.RETRIED: logging.WARNING, Event.POSTPONED: logging.WARNING, Event.DEAD_LETTERED: logging.ERROR}

_LOGGER = logging.getLogger("rdp")
# Lambda's JSON log format turns records into JSON by itself; the level of its root logger is WARNING.
_LOGGER.setLevel(logging.INFO)


def record_event(
    event: str,
    *,
    code: str,
    tenant_id: str | None = None,
    log_id: str | None = None,
    message_id: str | None = None,
    cause: str | None = None,
    key_id: str | None = None,
    door: str | None = None,
    logs: int = 1,
    receives: int | None = None,
    level: int = logging.INFO,
) -> None:
    """Write one event.

    Args:
        event: what happened: accepted, refused, stored, dropped, duplicate, retried, postponed or dead_lettered.
        code: how or why, from a fixed set; the metric dimension.
        tenant_id: whose log it was; None where that is not known.
        log_id: which log; None where that is not known.
        message_id: which SQS message; None where there is none.
        cause: the error behind it, by its name; never its message, which may quote a log.
        key_id: which API key; None where there is none.
        door: the path of the protocol in which the log arrived; None where it was no protocol's.
        logs: how many logs it happened to.
        receives: how often its message was received so far; None where there is no message.
        level: a level of `logging`.
    """
    if not _LOGGER.isEnabledFor(level):
        return
    fields = {
        "code": code,
        "tenant_id": tenant_id,
        "log_id": log_id,
        "message_id": message_id,
        "cause": cause,
        "key_id": key_id,
        "door": door,
        "logs": logs,
        "receives": receives,
    }
    # As `_LOGGER.log` does, but without walking the stack for a file and a line that nobody reads.
    _LOGGER.handle(_LOGGER.makeRecord(_LOGGER.name, level, __file__, 0, event, (), None, extra=fields))


def record_outcome(message: "Message", outcome: Outcome) -> None:
    """Write what happened to a message."""
    envelope = message.envelope
    record_event(
        outcome.event,
        code=outcome.reason,
        tenant_id=envelope.tenant_id if envelope else None,
        log_id=envelope.log_id if envelope else None,
        message_id=message.message_id,
        cause=outcome.cause,
        receives=message.receive_count,
        level=_LEVELS.get(outcome.event, logging.INFO),
    )
