"""Loki's push in JSON: `{"streams": [{"stream": {labels}, "values": [["<ns>", "<line>", {metadata}?], …]}, …]}`."""

import re
from collections.abc import Iterator
from typing import Any

from handlers.web.bodies import parsed, refuse_too_many_values
from handlers.web.doors.entry import Entry
from handlers.web.doors.loki.fields import Malformed, entry_of
from handlers.web.refusals import Code, Refusal, Refused

_TIME = re.compile(r"-?[0-9]{1,20}")


def entries_in(text: str) -> Iterator[Entry | Refusal]:
    """Return the logs of a request, in their order.

    Raises:
        Refused: the text is no such request, or carries too much.
    """
    refuse_too_many_values(text)
    try:
        streams = _list(_object(parsed(text), "The body"), "streams")
        read = [_stream(stream) for stream in streams]
    except Malformed as malformed:
        raise Refused(Code.INVALID_REQUEST, f"{malformed}.") from None
    return (_entry(value, labels) for labels, values in read for value in values)


def _stream(stream: Any) -> tuple[dict[str, Any], list[Any]]:
    stream = _object(stream, "An element of streams")
    return _object(stream.get("stream", {}), "stream"), _list(stream, "values")


def _entry(value: Any, labels: dict[str, Any]) -> Entry | Refusal:
    try:
        time, line, metadata = _parts(value)
        return entry_of(line, time_ns=_time(time), labels=labels, metadata=metadata)
    except Malformed as malformed:
        return Refusal(Code.INVALID_REQUEST, f"{malformed}.")


def _parts(value: Any) -> tuple[str | int, str, dict[str, Any]]:
    match value:
        case [str() | int() as time, str() as line]:
            return time, line, {}
        case [str() | int() as time, str() as line, dict() as metadata]:
            return time, line, metadata
    raise Malformed('A value is ["<time>", "<line>"] or ["<time>", "<line>", {structured metadata}]')


def _time(written: str | int) -> int:
    if isinstance(written, bool) or not _TIME.fullmatch(str(written)):
        raise Malformed("The time of a log is its nanoseconds since 1970, as a string of digits")
    return int(written)


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"{name} must be a JSON object")
    return value


def _list(container: dict[str, Any], name: str) -> list[Any]:
    value = container.get(name)
    if not isinstance(value, list):
        raise Malformed(f"{name} must be a JSON array")
    return value
