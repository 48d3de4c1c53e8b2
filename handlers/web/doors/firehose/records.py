"""The records of a Firehose request: CloudWatch's become the logs that they hold, any other becomes one log."""

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from handlers.web.doors.entry import Entry
from handlers.web.doors.firehose import cloudwatch
from handlers.web.doors.logs import refuse_too_many
from handlers.web.refusals import Code, Refusal, Refused
from handlers.web.unpacking import MAX_UNPACKED_BYTES, unpacked

_GZIP = b"\x1f\x8b"
_TOO_MUCH = Refused(
    Code.PAYLOAD_TOO_LARGE,
    f"The records of a request unpack to at most {MAX_UNPACKED_BYTES:,} bytes; give the stream a smaller buffer.",
)


def records_in(delivery: Mapping[str, Any]) -> list[bytes]:
    """Return the data of a request's records.

    Raises:
        Refused: they are not what Firehose sends, or too many.
    """
    records = delivery.get("records")
    if not isinstance(records, list):
        raise Refused(Code.INVALID_REQUEST, "records must be a JSON array.")
    refuse_too_many(len(records))
    return [_data(record) for record in records]


def entries_in(records: Iterable[bytes], common_attributes: Mapping[str, str]) -> Iterator[Entry | Refusal]:
    """Return the logs of a request, in their order.

    A record without text, and a probe of CloudWatch's, hold no log.

    Args:
        records: their data; packed with gzip or not.
        common_attributes: what the stream says of all of them.

    Raises:
        Refused: together they carry too much; also while the logs are read.
    """
    attributes = {"commonAttributes": common_attributes} if common_attributes else {}
    bytes_left = MAX_UNPACKED_BYTES
    for data in records:
        content = _content(data, at_most=bytes_left)
        if isinstance(content, Refusal):
            yield content
            continue
        bytes_left -= len(content)
        # Applications log what is no UTF-8, and the rest of such a log is kept.
        yield from _entries(content.decode(errors="replace"), attributes)


def _data(record: Any) -> bytes:
    data = record.get("data") if isinstance(record, dict) else None
    try:
        if isinstance(data, str):
            return base64.b64decode(data, validate=True)
    except ValueError:
        pass
    raise Refused(Code.INVALID_REQUEST, 'A record must be {"data": "<base64>"}.')


def _content(data: bytes, *, at_most: int) -> bytes | Refusal:
    try:
        content = unpacked(data, at_most=at_most) if data.startswith(_GZIP) else data
    except Refused as refused:
        if refused.refusal.code != Code.PAYLOAD_TOO_LARGE:
            return Refusal(Code.INVALID_REQUEST, "The record begins like gzip, and is not whole gzip.")
        raise _TOO_MUCH from None
    if len(content) > at_most:
        raise _TOO_MUCH
    return content


def _entries(text: str, attributes: Mapping[str, Any]) -> Iterator[Entry | Refusal]:
    message = cloudwatch.message_in(text)
    if message is not None:
        yield from cloudwatch.entries_of(message, attributes)
    elif line := _without_line_end(text):
        yield Entry(line, attributes=attributes)


def _without_line_end(text: str) -> str:
    """Return a text without the line end that many producers put after each record."""
    return text[:-1].removesuffix("\r") if text.endswith("\n") else text
