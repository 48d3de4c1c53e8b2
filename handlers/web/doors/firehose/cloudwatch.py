"""The messages of a CloudWatch Logs subscription, each of which holds the events of one log stream.

Their form: Amazon CloudWatch Logs User Guide, "Log group-level subscription filters", example 3.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from handlers.logs.identifiers import LOG_ID_PATTERN
from handlers.web.bodies import parsed, refuse_too_many_values
from handlers.web.doors.entry import Entry
from handlers.web.refusals import Code, Refusal, Refused

_DATA, _PROBE = "DATA_MESSAGE", "CONTROL_MESSAGE"
_NANOSECONDS_PER_MILLISECOND = 1_000_000
# One event reaches a tenant under the same id through several filters; what differs between them would be a conflict.
_KEPT = ("logGroup", "logStream", "owner")


def message_in(text: str) -> Mapping[str, Any] | None:
    """Return the message that a record holds; None if it holds something else.

    Raises:
        Refused: it may be one, and holds too much.
    """
    if not text.startswith("{") or '"logEvents"' not in text or '"messageType"' not in text:
        return None
    refuse_too_many_values(text)
    try:
        message = parsed(text)
    except Refused:
        return None
    is_message = message.get("messageType") in (_DATA, _PROBE) and isinstance(message.get("logEvents"), list)
    return message if is_message else None


def entries_of(message: Mapping[str, Any], attributes: Mapping[str, Any]) -> Iterator[Entry | Refusal]:
    """Return the logs that a message holds; a probe, by which CloudWatch sees whether a stream works, holds none.

    Args:
        message: as `message_in` returns it.
        attributes: what else is known of them.
    """
    if message["messageType"] == _PROBE:
        return
    of_stream = {name: _whole(value) for name in _KEPT if isinstance(value := message.get(name), str)}
    of_all = {**attributes, **of_stream}
    for event in message["logEvents"]:
        text = event.get("message") if isinstance(event, dict) else None
        if not isinstance(text, str):
            yield Refusal(Code.INVALID_REQUEST, "An element of logEvents must have a text as its message.")
        elif text:
            yield Entry(_whole(text), _time_ns(event.get("timestamp")), None, of_all, _log_id(event.get("id")))


def _time_ns(milliseconds: Any) -> int | None:
    is_whole = isinstance(milliseconds, int) and not isinstance(milliseconds, bool)
    return milliseconds * _NANOSECONDS_PER_MILLISECOND if is_whole else None


def _log_id(event_id: Any) -> str | None:
    return event_id if isinstance(event_id, str) and re.fullmatch(LOG_ID_PATTERN, event_id) else None


def _whole(text: str) -> str:
    r"""Return a text in which each half of a surrogate pair, which JSON can write as \ud800, is replaced."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
