"""OTLP's logs in protobuf: an `ExportLogsServiceRequest`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, repeat
from typing import Any

from google.protobuf.message import DecodeError

from handlers.web.doors.entry import PlainEntry, Severity, severity_of
from handlers.web.doors.logs import MAX_ATTRIBUTES_BYTES, refuse_too_many
from handlers.web.doors.otlp.fields import (
    Malformed,
    TooLarge,
    event_time,
    number_of,
    present,
    resource_of,
    scope_of,
    text_of,
    written_bytes,
)
from handlers.web.doors.otlp.messages import AnyValue, ExportRequest
from handlers.web.doors.short_fields import ShortFields
from handlers.web.refusals import Code, Refusal, Refused

# The first byte of an AnyValue that is a text, and the bytes of one that is an integer: one for the field, and ten.
_STRING = 0x0A
_LONGEST_NUMBER = 11
# As JSON, the shortest attribute is `"":0,`.
_MOST_ATTRIBUTES = MAX_ATTRIBUTES_BYTES // len('"":0,')
_SHORT_FIELDS = ShortFields(1, 2, 3, 5, 6)
# A list or a map of two million small values takes seconds to read.
_MOST_BYTES_OF_STRUCTURE = 1024 * 1024
# Before a text of up to 127 bytes: one byte for the field, one for the length.
_HEADER_BYTES = 2
_AFTER_HEADER = slice(_HEADER_BYTES, None)
# In the first byte of a longer length, the bit that says that another byte follows.
_ONE_MORE = 0x80


def entries_in(content: bytes) -> Iterator[PlainEntry | Refusal]:
    """Return the logs of a request, in their order.

    Raises:
        Refused: the content is no such request, or carries too much.
    """
    _SHORT_FIELDS.refuse_too_many_in(content)
    try:
        resources = ExportRequest.FromString(content).resource_logs
    except DecodeError:
        raise Refused(Code.INVALID_REQUEST, "The body is no ExportLogsServiceRequest in protobuf.") from None
    refuse_too_many(len(resources))
    refuse_too_many(sum(len(resource.scope_logs) for resource in resources))
    refuse_too_many(sum(len(scope.log_records) for resource in resources for scope in resource.scope_logs))
    return chain.from_iterable(chain.from_iterable(map(_of_resource, resources)))


def _of_resource(resource_logs: Any) -> Iterator[Iterator[PlainEntry | Refusal]]:
    try:
        resource = resource_logs.resource
        of_all = resource_of(
            _attributes(resource.attributes),
            schema_url=_text(resource_logs.schema_url),
            dropped=resource.dropped_attributes_count,
        )
    except Malformed as malformed:
        logs = sum(len(scope.log_records) for scope in resource_logs.scope_logs)
        return iter([repeat(_refusal(malformed), logs)])
    return (_of_scope(scope_logs, of_all) for scope_logs in resource_logs.scope_logs)


def _of_scope(scope_logs: Any, of_resource: dict[str, Any]) -> Iterator[PlainEntry | Refusal]:
    try:
        scope = scope_logs.scope
        of_scope = scope_of(
            _attributes(scope.attributes),
            name=_text(scope.name),
            version=_text(scope.version),
            schema_url=_text(scope_logs.schema_url),
            dropped=scope.dropped_attributes_count,
        )
    except Malformed as malformed:
        return repeat(_refusal(malformed), len(scope_logs.log_records))
    return _of_records(scope_logs.log_records, of_resource | of_scope)


def _of_records(records: Iterable[Any], of_all: dict[str, Any]) -> Iterator[PlainEntry | Refusal]:
    # All that a log costs beyond protobuf is here, in one function: asking for a field is most of it, so each is asked
    # for once, and a call for each log would add a twentieth.
    severities, severity_number, severity_text = _Severities(), 0, b""
    severity = None
    for record in records:
        details = of_all.copy()
        if trace_id := record.trace_id:
            details["trace_id"] = trace_id.hex()
        if span_id := record.span_id:
            details["span_id"] = span_id.hex()
        if flags := record.flags:
            details["flags"] = flags
        if record.event_name or record.dropped_attributes_count:
            details |= _rarely_said(record)
        # Most logs are as serious as the one before.
        if record.severity_text != severity_text or record.severity_number != severity_number:
            severity_number, severity_text = record.severity_number, record.severity_text
            severity = severities[severity_number, severity_text]
        time_ns, observed_ns = record.time_unix_nano, record.observed_time_unix_nano
        time_ns = time_ns if time_ns == observed_ns else event_time(time_ns, observed_ns, details)
        body = record.body
        # As in `_value`, for the same reason.
        is_short = (size := len(body)) > _HEADER_BYTES and body[0] == _STRING and body[1] == size - _HEADER_BYTES
        try:
            if named := record.attributes:
                details["attributes"] = _attributes(named)
            text = body[_AFTER_HEADER].decode() if is_short else text_of(_value(body), details)
        except UnicodeDecodeError:
            text = _text(body[_AFTER_HEADER])
        except Malformed as malformed:
            yield _refusal(malformed)
            continue
        yield text, time_ns or None, severity, details, None


def _rarely_said(record: Any) -> dict[str, Any]:
    return present(event_name=_text(record.event_name), dropped_attributes_count=record.dropped_attributes_count)


class _Severities(dict[tuple[int, bytes], Severity | None]):
    """Severities by number and text; the same few come again and again."""

    def __missing__(self, key: tuple[int, bytes]) -> Severity | None:
        number, text = key
        self[key] = severity = severity_of(number, _text(text))
        return severity


def _attributes(named: Mapping[str, bytes]) -> dict[str, Any]:
    if len(named) > _MOST_ATTRIBUTES:
        raise TooLarge(f"A log has at most {_MOST_ATTRIBUTES:,} attributes; leave some out")
    attributes: dict[str, Any] = {}
    try:
        for name in named:
            content = named[name]
            # As in `_value`; a call for each would take as long as all of this.
            if (size := len(content)) > 1 and content[0] == _STRING and content[1] == size - 2:
                attributes[name] = content[2:].decode("utf-8", "replace")
            elif size <= _LONGEST_NUMBER:
                attributes[name] = _short_value(content)
            else:
                attributes[name] = _value(content)
    except UnicodeDecodeError:
        raise Malformed("The name of an attribute is no UTF-8") from None
    return attributes


def _value(content: bytes) -> Any:
    # Texts need no message object. Up to 16,383 bytes, the length takes two bytes, the lower part of it first.
    if (size := len(content)) > 1 and content[0] == _STRING:
        if content[1] == size - 2:
            return content[2:].decode("utf-8", "replace")
        if size > _ONE_MORE and _two_byte_length(content) == size - 3:
            return content[3:].decode("utf-8", "replace")
    if size > _MOST_BYTES_OF_STRUCTURE and content[0] != _STRING:
        raise TooLarge(f"A list or a map takes at most {_MOST_BYTES_OF_STRUCTURE:,} bytes; send several logs")
    try:
        return _said_by(AnyValue.FromString(content))
    except DecodeError:
        raise Malformed("A value is no AnyValue, or nests too deeply") from None
    except UnicodeDecodeError:
        raise Malformed("A name in a value is no UTF-8") from None


def _two_byte_length(content: bytes) -> int | None:
    _field, low, high = content[:3]
    return low - _ONE_MORE | high << 7 if low >= _ONE_MORE > high else None


def _said_by(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_said_by(inner) for inner in value.array_value.values]
    if kind == "kvlist_value":
        named = value.kvlist_value.values
        return {name: _said_by(named[name]) for name in named}
    return _CONVERT[kind](getattr(value, kind)) if kind else None


@lru_cache(maxsize=4096)
def _short_value(content: bytes) -> Any:
    # Numbers, of which the same come again and again: codes, ports, lines, threads.
    return _value(content)


def _text(content: bytes) -> str:
    # Files hold lines that are no UTF-8, and what reads files sends them; the rest of such a line is kept.
    return content.decode("utf-8", "replace")


_CONVERT: dict[str, Callable[[Any], Any]] = {
    "string_value": _text,
    "bool_value": bool,
    "int_value": int,
    "double_value": number_of,
    "bytes_value": written_bytes,
}


def _refusal(malformed: Malformed) -> Refusal:
    return Refusal(malformed.code, f"{malformed}.")
