"""Loki's push in protobuf: a snappy block of a `PushRequest` (Loki, pkg/push/push.proto)."""

from collections.abc import Iterator, Sequence
from typing import Any

import cramjam
from google.protobuf.message import DecodeError

from handlers.web.doors.entry import NANOSECONDS, Entry
from handlers.web.doors.logs import MAX_ATTRIBUTES_BYTES, refuse_too_many
from handlers.web.doors.loki.fields import Malformed, entry_of, labels_in
from handlers.web.doors.loki.messages import PushRequest
from handlers.web.doors.short_fields import ShortFields
from handlers.web.refusals import Code, Refusal, Refused
from handlers.web.unpacking import MAX_UNPACKED_BYTES

_SHORT_FIELDS = ShortFields(1, 2, 3)
# As JSON, the shortest pair is `"":"",`.
_MOST_PAIRS = MAX_ATTRIBUTES_BYTES // len('"":"",')


def unpacked(packed: bytes) -> bytes:
    """Return what a snappy block holds.

    Raises:
        Refused: the body is no snappy block, or holds more than the bound.
    """
    try:
        claimed = cramjam.snappy.decompress_raw_len(packed)
        if claimed > MAX_UNPACKED_BYTES:
            raise Refused(
                Code.PAYLOAD_TOO_LARGE, f"At most {MAX_UNPACKED_BYTES} bytes are unpacked; send smaller batches."
            )
        return bytes(cramjam.snappy.decompress_raw(packed))
    except cramjam.DecompressionError:
        raise Refused(Code.INVALID_REQUEST, "The body is not a whole snappy block (not framed, no gzip).") from None


def entries_in(content: bytes) -> Iterator[Entry | Refusal]:
    """Return the logs of a request, in their order.

    Raises:
        Refused: the content is no such request, or carries too much.
    """
    _SHORT_FIELDS.refuse_too_many_in(content)
    try:
        streams = PushRequest.FromString(content).streams
    except DecodeError:
        raise Refused(Code.INVALID_REQUEST, "The body is no PushRequest in protobuf.") from None
    refuse_too_many(len(streams))
    refuse_too_many(sum(len(stream.entries) for stream in streams))
    return (entry for stream in streams for entry in _entries(stream))


def _entries(stream: Any) -> Iterator[Entry | Refusal]:
    if len(stream.labels) > MAX_ATTRIBUTES_BYTES:
        refusal = Refusal(
            Code.PAYLOAD_TOO_LARGE, f"The labels of a stream take at most {MAX_ATTRIBUTES_BYTES:,} bytes."
        )
        yield from (refusal for _ in stream.entries)
        return
    try:
        labels = labels_in(_text(stream.labels))
    except Malformed as malformed:
        yield from (Refusal(Code.INVALID_REQUEST, f"{malformed}.") for _ in stream.entries)
        return
    for entry in stream.entries:
        yield _entry(entry, labels)


def _entry(entry: Any, labels: dict[str, str]) -> Entry | Refusal:
    pairs: Sequence[Any] = entry.metadata
    if len(pairs) > _MOST_PAIRS:
        return Refusal(Code.PAYLOAD_TOO_LARGE, f"A log has at most {_MOST_PAIRS:,} pairs of metadata; leave some out.")
    time_ns = entry.timestamp.seconds * NANOSECONDS + entry.timestamp.nanos
    metadata = {_text(pair.name): _text(pair.value) for pair in pairs}
    return entry_of(_text(entry.line), time_ns=time_ns, labels=labels, metadata=metadata)


def _text(content: bytes) -> str:
    # Loki takes lines that are no UTF-8, and clients that read files send them; the rest of such a line is kept.
    return content.decode(errors="replace")
