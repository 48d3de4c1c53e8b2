"""Bodies: the JSON values of a request that carries several logs, each exactly as it was sent."""

import io
import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from handlers.web.refusals import Code, Refused

WHITE_SPACE = " \t\n\r"  # RFC 8259, section 2
_OPENING = r"[ \t\n\r]*\[[ \t\n\r]*(\]?)[ \t\n\r]*"
_SEPARATOR = r"[ \t\n\r]*([,\]])[ \t\n\r]*"
_STRING_OR_STRUCTURE = r'(?s)"(?:[^"\\]++|\\.)*+"?|([,\[{])'
# A hundred fields in each of ten thousand logs. Sixteen million bytes of `[],` take a gigabyte to parse.
MAX_VALUES = 1_000_000


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


# Finds where a value ends; numbers are kept as text, so that none is too large.
_SCANNER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_refuse_constant)
_PARSER = json.JSONDecoder(parse_constant=_refuse_constant)


def refuse_too_many_values(text: str) -> None:
    """Make sure that parsing the text as JSON takes little more memory than the text itself.

    Raises:
        Refused: it has more commas and opening brackets outside of strings than a request of logs needs.
    """
    if sum(map(text.count, ",[{")) <= MAX_VALUES:
        return
    structure = (token for token in re.finditer(_STRING_OR_STRUCTURE, text) if token[1])
    if next(islice(structure, MAX_VALUES, None), None):
        raise Refused(
            Code.PAYLOAD_TOO_LARGE, f"A request carries at most {MAX_VALUES} JSON values; send several requests."
        )


def parsed(text: str) -> Any:
    """Return the JSON value that a text is.

    Raises:
        Refused: it is not one value of valid JSON, nests too deeply, or holds a number that is too long or that JSON
            does not have.
    """
    try:
        return _PARSER.decode(text)
    except json.JSONDecodeError as error:
        # The parser's own words name a line and a column, and nothing of the body.
        raise Refused(Code.INVALID_JSON, f"The body is not valid JSON: {error}.") from None
    except (ValueError, RecursionError):
        raise Refused(
            Code.INVALID_JSON,
            "The body holds a number that JSON does not have or that is too long, or nests too deeply.",
        ) from None


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of newline-delimited JSON that are not blank, with their numbers from 0."""
    # One line at a time: a list of all lines can take thirty times the memory of the text.
    for number, line in enumerate(io.StringIO(text, newline="\n")):
        if written := line.strip(WHITE_SPACE):
            yield number, written


def elements_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield the elements of a JSON array, with their numbers from 0.

    Raises:
        Refused: the text is not one JSON array.
    """
    separator = re.match(_OPENING, text)
    next_separator = re.compile(_SEPARATOR).match
    number = 0
    while separator is not None and separator[1] != "]":
        position = separator.end()
        end = value_at(text, position)[1]
        yield number, text[position:end]
        number += 1
        separator = next_separator(text, end)
    if separator is None or separator.end() != len(text):
        raise Refused(Code.INVALID_JSON, f"The body is not a JSON array: it breaks off after {number} elements.")


def value_at(
    text: str, start: int, read: Callable[[str, int], tuple[Any, int]] = _SCANNER.raw_decode
) -> tuple[Any, int]:
    """Return the JSON value that begins at a position, and where it ends.

    Args:
        text: what holds it.
        start: where it begins, without white space before it.
        read: a decoder's `raw_decode`; the default one keeps numbers as text.

    Raises:
        Refused: no valid value begins there, or one that nests too deeply.
    """
    try:
        return read(text, start)
    except json.JSONDecodeError as error:
        # The parser's own words name a line and a column, and nothing of the body.
        raise Refused(Code.INVALID_JSON, f"The body is not valid JSON: {error}.") from None
    except (ValueError, RecursionError):
        raise Refused(
            Code.INVALID_JSON,
            f"The body is not valid JSON: character {start} begins a value that cannot be read.",
        ) from None
