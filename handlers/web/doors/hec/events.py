"""HEC's events: JSON objects one after another without separators, or an array of them."""

import re
from collections.abc import Iterator, Mapping
from json import JSONDecoder
from typing import Any, NamedTuple

from handlers.web.bodies import parsed, refuse_too_many_values, value_at
from handlers.web.doors.entry import Entry
from handlers.web.doors.hec.answers import EVENT_BLANK, EVENT_REQUIRED, FIELDS_INVALID
from handlers.web.doors.hec.metadata import nanoseconds_of
from handlers.web.doors.levels import severity_in
from handlers.web.refusals import Code, Refusal, Refused

# HEC knows seven members; twenty in each of ten thousand events.
MAX_MEMBERS = 200_000

_SPACE = r"[ \t\n\r]*+"
_AFTER_SPACE = re.compile(_SPACE)
_NAME = rf'"((?:[^"\\\x00-\x1f]++|\\.)*+)"{_SPACE}:{_SPACE}'
_FIRST_NAME = re.compile(rf"\{{{_SPACE}(?:{_NAME}|(\}}))")
_NEXT_NAME = re.compile(rf"{_SPACE}(?:,{_SPACE}{_NAME}|(\}}))")
_AFTER_ELEMENT = re.compile(rf"{_SPACE}([,\]]){_SPACE}")


class Member(NamedTuple):
    """One member of an event.

    Attributes:
        value: what it says; numbers as they were written.
        written: its JSON, exactly as it was sent.
    """

    value: Any
    written: str

    def as_json(self) -> Any:
        """Return what it says, with numbers as numbers.

        Raises:
            Refused: it holds a number that is too long, or nests too deeply.
        """
        return self.value if self.written.startswith('"') else parsed(self.written)


Members = Mapping[str, Member]


def entries_in(text: str, *, defaults: Mapping[str, Any], time_ns: int | None) -> Iterator[Entry | Refusal]:
    """Return the logs of a request, in their order; an event that breaks a rule is refused alone.

    Args:
        text: the body.
        defaults: attributes of the events that do not name them.
        time_ns: when the events happened that do not say it, in nanoseconds since 1970.

    Raises:
        Refused: the text is no sequence of JSON objects, or carries too much.
    """
    refuse_too_many_values(text)
    for members in _Reader(text).events():
        yield members if isinstance(members, Refusal) else _entry(members, defaults, time_ns)


def _entry(members: Members, defaults: Mapping[str, Any], time_ns: int | None) -> Entry | Refusal:
    try:
        event = _event(members)
        fields = _fields(members)
        named = {name: member.as_json() for name, member in members.items() if name not in {"event", "time", "fields"}}
        attributes = {**defaults, **{name: value for name, value in named.items() if value not in (None, "")}}
        return Entry(
            text=event.value if isinstance(event.value, str) and event.written[0] == '"' else event.written,
            time_ns=_time(members, time_ns),
            severity=severity_in(fields) or (severity_in(event.value) if isinstance(event.value, dict) else None),
            attributes=attributes | ({"fields": fields} if fields else {}),
        )
    except Refused as refused:
        return refused.refusal


def _event(members: Members) -> Member:
    event = members.get("event")
    if event is None or event.value is None:
        raise Refused(Code.INVALID_REQUEST, "An event has a member `event`.", protocol_code=EVENT_REQUIRED)
    if event.value == "":
        raise Refused(Code.INVALID_REQUEST, "The member `event` has at least one character.", protocol_code=EVENT_BLANK)
    return event


def _fields(members: Members) -> dict[str, Any]:
    fields = members["fields"].as_json() if "fields" in members else None
    if not isinstance(fields, dict | None):
        raise Refused(Code.INVALID_REQUEST, "The member `fields` is an object.", protocol_code=FIELDS_INVALID)
    return fields or {}


def _time(members: Members, default: int | None) -> int | None:
    written = members["time"].value if "time" in members else None
    if written in (None, ""):
        return default
    time_ns = nanoseconds_of(written) if isinstance(written, str) else None
    if time_ns is None:
        raise Refused(Code.INVALID_REQUEST, "The time of an event is its seconds since 1970, such as 1769899677.559.")
    return time_ns


_NO_OBJECT = Refusal(Code.INVALID_REQUEST, "An event is a JSON object.")


class _Reader:
    """Finds the events of a body one by one, in time that grows with its length only."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._constants: list[str] = []
        decoder = JSONDecoder(parse_int=str, parse_float=str, parse_constant=self._constants.append)
        self._read = decoder.raw_decode
        self._members_left = MAX_MEMBERS

    def events(self) -> Iterator[Members | Refusal]:
        """Yield the members of each event, or why it is refused."""
        start = self._after_space(0)
        if self._text.startswith("[", start):
            yield from self._elements(self._after_space(start + 1))
            return
        while start < len(self._text):
            event, end = self._event(start)
            yield event
            start = self._after_space(end)

    def _elements(self, start: int) -> Iterator[Members | Refusal]:
        separator = _AFTER_ELEMENT.match(self._text, start)
        is_empty = separator is not None and separator[1] == "]"
        while not is_empty and (separator is None or separator[1] == ","):
            event, end = self._event(start)
            yield event
            separator = _AFTER_ELEMENT.match(self._text, end)
            if separator is None:
                raise _malformed("an array breaks off", end)
            start = separator.end()
        if separator is None or separator.end() != len(self._text):
            raise _malformed("something follows the array", start)

    def _event(self, start: int) -> tuple[Members | Refusal, int]:
        event: Members | Refusal
        if self._text.startswith("{", start):
            event, end = self._members(start)
        else:
            event, end = _NO_OBJECT, value_at(self._text, start, self._read)[1]
        if self._constants:
            self._constants.clear()
            return Refusal(Code.INVALID_JSON, "JSON has no NaN and no Infinity."), end
        return event, end

    def _members(self, start: int) -> tuple[Members, int]:
        members: dict[str, Member] = {}
        name = _FIRST_NAME.match(self._text, end := start)
        while name is not None and name[1] is not None:
            self._members_left -= 1
            if self._members_left < 0:
                raise Refused(
                    Code.PAYLOAD_TOO_LARGE, f"The events of a request have at most {MAX_MEMBERS:,} members together."
                )
            value, end = value_at(self._text, name.end(), self._read)
            members[_unescaped(name[1])] = Member(value, self._text[name.end() : end])
            name = _NEXT_NAME.match(self._text, end)
        if name is None:
            raise _malformed("an event breaks off", end)
        return members, name.end()

    def _after_space(self, start: int) -> int:
        match = _AFTER_SPACE.match(self._text, start)
        return match.end() if match else start


def _unescaped(name: str) -> str:
    return value_at(f'"{name}"', 0)[0] if "\\" in name else name


def _malformed(what: str, position: int) -> Refused:
    return Refused(Code.INVALID_JSON, f"The body is not valid JSON: {what} at character {position}.")
