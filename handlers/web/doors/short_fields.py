"""Short fields: protobuf that takes a hundred times its size in memory, refused before it is parsed.

A submessage takes 50 to 130 bytes of memory, even if it is two bytes long; 16 MiB of those take a gigabyte.
"""

import re
from itertools import islice

from handlers.web.refusals import Code, Refused

# A log with 20 attributes has up to 60 of them.
_MOST = 1_000_000
_HARMLESS_BYTES = 1024 * 1024


def short_field(*field_numbers: int) -> re.Pattern[bytes]:
    """Return a pattern of the fields of less than eight bytes with one of these numbers, all below 16.

    A tag and a length below eight begin one, or a short text; either may be written longer than it has to be.
    """
    tags = bytes(number << 3 | 2 for number in field_numbers)
    long_tags = bytes(tag | 0x80 for tag in tags)
    return re.compile(
        rb"(?:[%b]|[%b]\x80*+\x00)(?:[\x00-\x07]|[\x80-\x87]\x80*+\x00)" % (re.escape(tags), re.escape(long_tags))
    )


def refuse_short_fields(content: bytes, pattern: re.Pattern[bytes]) -> None:
    """Make sure that parsing a message takes little more memory than a request of logs needs.

    Raises:
        Refused: it has too many short fields.
    """
    if len(content) <= _HARMLESS_BYTES:
        return
    if next(islice(pattern.finditer(content), _MOST, None), None):
        raise Refused(
            Code.PAYLOAD_TOO_LARGE,
            f"A request carries at most {_MOST:,} fields of less than eight bytes; send smaller batches.",
        )
