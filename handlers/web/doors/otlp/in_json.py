"""OTLP's logs in JSON (specification.md, "JSON Protobuf Encoding").

Unknown fields are ignored, as the protocol asks for. It says that the names of the protobuf files (`resource_logs`) are
unknown too; but if they were ignored, the logs would be lost, so they are understood.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from handlers.web.bodies import parsed, refuse_too_many_values
from handlers.web.doors.entry import Entry, severity_of
from handlers.web.doors.logs import MAX_DEPTH
from handlers.web.doors.otlp.fields import Malformed, event_time, number_of, resource_of, scope_of, text_of
from handlers.web.refusals import Code, Refusal, Refused

_INTEGER = re.compile(r"-?[0-9]{1,20}")
_INT64 = range(-(2**63), 2**63)
_UINT64 = range(2**64)
_UINT32 = range(2**32)
_NAMED_NUMBERS = {"NaN": "NaN", "Infinity": "Infinity", "-Infinity": "-Infinity"}
_SEVERITY_NAME = re.compile(r"SEVERITY_NUMBER_(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)([234]?)")
_FIRST_NUMBER = {"TRACE": 1, "DEBUG": 5, "INFO": 9, "WARN": 13, "ERROR": 17, "FATAL": 21}

Message = dict[str, Any]


def entries_in(text: str) -> Iterator[Entry | Refusal]:
    """Return the logs of a request, in their order.

    Raises:
        Refused: the text is no such request, or carries too much; also while the logs are read.
    """
    refuse_too_many_values(text)
    request = parsed(text)
    if not isinstance(request, dict):
        raise Refused(Code.INVALID_REQUEST, 'The body must be a JSON object: {"resourceLogs": [...]}.')
    return _entries(request)


def _entries(request: Message) -> Iterator[Entry | Refusal]:
    try:
        for resource_logs in _messages(request, "resourceLogs", "resource_logs"):
            yield from _of_resource(_message(resource_logs))
    except Malformed as malformed:
        raise Refused(Code.INVALID_REQUEST, f"{malformed}.") from None


def _of_resource(resource_logs: Message) -> Iterator[Entry | Refusal]:
    resource = _message(resource_logs.get("resource"))
    of_resource = resource_of(
        _attributes(resource.get("attributes")),
        schema_url=_string(_field(resource_logs, "schemaUrl", "schema_url")),
        dropped=_integer(_field(resource, "droppedAttributesCount", "dropped_attributes_count"), _UINT32),
    )
    for scope_logs in _messages(resource_logs, "scopeLogs", "scope_logs"):
        yield from _of_scope(_message(scope_logs), of_resource)


def _of_scope(scope_logs: Message, of_resource: Message) -> Iterator[Entry | Refusal]:
    scope = _message(scope_logs.get("scope"))
    of_all = of_resource | scope_of(
        _attributes(scope.get("attributes")),
        name=_string(scope.get("name")),
        version=_string(scope.get("version")),
        schema_url=_string(_field(scope_logs, "schemaUrl", "schema_url")),
        dropped=_integer(_field(scope, "droppedAttributesCount", "dropped_attributes_count"), _UINT32),
    )
    for record in _messages(scope_logs, "logRecords", "log_records"):
        try:
            yield _entry(_message(record), of_all)
        except Malformed as malformed:
            yield Refusal(Code.INVALID_REQUEST, f"{malformed}.")


def _entry(record: Message, of_all: Message) -> Entry:
    details = of_all.copy()
    details |= {
        name: value
        for name, value in (
            ("attributes", _attributes(record.get("attributes"))),
            ("trace_id", _string(_field(record, "traceId", "trace_id")).lower()),
            ("span_id", _string(_field(record, "spanId", "span_id")).lower()),
            ("flags", _integer(record.get("flags"), _UINT32)),
            ("event_name", _string(_field(record, "eventName", "event_name"))),
            (
                "dropped_attributes_count",
                _integer(_field(record, "droppedAttributesCount", "dropped_attributes_count"), _UINT32),
            ),
        )
        if value
    }
    time_ns = event_time(
        _integer(_field(record, "timeUnixNano", "time_unix_nano"), _UINT64),
        _integer(_field(record, "observedTimeUnixNano", "observed_time_unix_nano"), _UINT64),
        details,
    )
    severity = severity_of(
        _severity_number(_field(record, "severityNumber", "severity_number")),
        _string(_field(record, "severityText", "severity_text")),
    )
    return Entry(text_of(_value(record.get("body"), MAX_DEPTH), details), time_ns or None, severity, details)


def _field(message: Message, name: str, name_in_protobuf: str) -> Any:
    value = message.get(name)
    return message.get(name_in_protobuf) if value is None else value


def _message(value: Any) -> Message:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed("A message must be a JSON object")
    return value


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed("A repeated field must be a JSON array")
    return value


def _messages(message: Message, name: str, name_in_protobuf: str) -> list[Any]:
    return _list(_field(message, name, name_in_protobuf))


def _attributes(pairs: Any, levels: int = MAX_DEPTH) -> Message:
    return {_string(pair.get("key")): _value(pair.get("value"), levels) for pair in map(_message, _list(pairs))}


def _value(value: Any, levels: int) -> Any:
    if not levels:
        raise Malformed(f"A value may nest {MAX_DEPTH} levels deep")
    for kind, content in _message(value).items():
        convert = _CONVERT.get(kind)
        if convert is not None and content is not None:
            return convert(content, levels)
    return None


def _string(value: Any, _levels: int = 0) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed("A text must be a JSON string")
    return value


def _bool(value: Any, _levels: int) -> bool:
    if not isinstance(value, bool):
        raise Malformed("A boolValue is true or false")
    return value


def _int64(value: Any, _levels: int) -> int:
    return _integer(value, _INT64)


def _integer(value: Any, allowed: range) -> int:
    """Return a whole number that is written as such, or as a string, as 64-bit integers are."""
    if value is None:
        return 0
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
        raise Malformed("An integer is a whole number that fits its field, or a string of its digits")
    return value


def _double(value: Any, _levels: int) -> float | str:
    if isinstance(value, str) and value in _NAMED_NUMBERS:
        return value
    try:
        return number_of(float(value))
    except (TypeError, ValueError, OverflowError):
        raise Malformed('A doubleValue is a number, "NaN", "Infinity" or "-Infinity"') from None


def _array(value: Any, levels: int) -> list[Any]:
    return [_value(inner, levels - 1) for inner in _list(_message(value).get("values"))]


def _map(value: Any, levels: int) -> Message:
    return _attributes(_message(value).get("values"), levels - 1)


_CONVERT: dict[str, Callable[[Any, int], Any]] = {
    "stringValue": _string,
    "boolValue": _bool,
    "intValue": _int64,
    "doubleValue": _double,
    "arrayValue": _array,
    "kvlistValue": _map,
    "bytesValue": _string,  # base64 already
}
_CONVERT |= {re.sub("([A-Z])", r"_\1", name).lower(): convert for name, convert in _CONVERT.items()}


def _severity_number(value: Any) -> int:
    if isinstance(value, str) and (name := _SEVERITY_NAME.fullmatch(value)):
        return _FIRST_NUMBER[name[1]] + int(name[2] or 1) - 1
    return _integer(value, _INT64)
