"""What a Loki entry becomes, in whichever encoding it came: labels, severity and attributes."""

import re
from collections.abc import Mapping
from typing import Any

from handlers.web.doors.entry import Entry
from handlers.web.doors.levels import severity_in

# `name="value",`; a name that is no plain word is quoted too, and values have the escapes of Go's strings.
_QUOTED = r'"(?:[^"\\]++|\\.)*+"'
_LABEL = re.compile(
    rf"\s*+([A-Za-z_:][A-Za-z0-9_:.]*+|{_QUOTED})\s*+=\s*+({_QUOTED}|`[^`]*+`)\s*+(,|(?=\}}))", re.DOTALL
)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LAST_CHARACTER = 0x10FFFF
_REPLACEMENT = "\ufffd"


class Malformed(ValueError):
    """Part of a request is not what Loki has there; the argument is the rule."""


def entry_of(line: str, *, time_ns: int | None, labels: Mapping[str, Any], metadata: Mapping[str, Any]) -> Entry:
    """Return the entry of one line.

    Args:
        line: what it says.
        time_ns: when it happened, in nanoseconds since 1970; 0 and None mean that nobody knows.
        labels: the labels of its stream.
        metadata: what else is known of this line (Loki's structured metadata).
    """
    attributes = {name: value for name, value in (("labels", labels), ("metadata", metadata)) if value}
    return Entry(line, time_ns or None, severity_in(metadata) or severity_in(labels), attributes)


def labels_in(written: str) -> dict[str, str]:
    r"""Return the labels of a stream as protobuf carries them: `{job="web", path="C:\\logs"}`.

    Raises:
        Malformed: the text is something else.
    """
    labels: dict[str, str] = {}
    inside = written.strip()
    position = 1
    while inside[:1] == "{" and (match := _LABEL.match(inside, position)):
        labels[_unquoted(match[1])] = _unquoted(match[2])
        position = match.end()
    if inside[:1] != "{" or inside[position:].strip() != "}":
        raise Malformed('The labels of a stream are written like {job="web", env="live"}')
    return labels


def _unquoted(written: str) -> str:
    if written[0] not in '"`':
        return written
    inside = written[1:-1]
    return inside if written[0] == "`" or "\\" not in inside else _ESCAPE.sub(_character, inside)


def _character(escape: re.Match[str]) -> str:
    byte, short, long, letter = escape.groups()
    if letter is not None:
        return _LETTERS.get(letter, letter)
    number = int(byte or short or long, 16)
    # Go writes a byte that is no UTF-8 as \x80 and above.
    return _REPLACEMENT if number > (0x7F if byte else _LAST_CHARACTER) else chr(number)
