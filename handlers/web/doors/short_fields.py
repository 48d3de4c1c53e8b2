"""Short fields: protobuf that takes a hundred times its size in memory, refused before it is parsed.

A submessage takes 50 to 220 bytes of memory, even if it is two bytes long; 16 MiB of those take a gigabyte.
"""

import re
from itertools import islice

from handlers.web.refusals import Code, Refused

# A log with 20 attributes has up to 60 of them.
_MOST = 1_000_000
_SHORTEST_BYTES = 2


class ShortFields:
    """The fields of less than sixteen bytes in a message, of which a request may have so many.

    Args:
        field_numbers: their numbers, all below 16.
    """

    def __init__(self, *field_numbers: int) -> None:
        tags = bytes(number << 3 | 2 for number in field_numbers)
        long_tags = bytes(tag | 0x80 for tag in tags)
        self._tags = tags + long_tags
        # A tag and a length below sixteen begin one, or a short text; either may be written longer than it has to be.
        self._pattern = re.compile(
            rb"(?:[%b]|[%b]\x80*+\x00)(?:[\x00-\x0f]|[\x80-\x8f]\x80*+\x00)" % (re.escape(tags), re.escape(long_tags))
        )

    def refuse_too_many_in(self, content: bytes) -> None:
        """Make sure that parsing a message takes little more memory than a request of logs needs.

        Raises:
            Refused: it has too many short fields.
        """
        # The pattern takes twenty times as long as the rest of this, and hardly any request needs it.
        if len(content) <= _MOST * _SHORTEST_BYTES or self._tags_in(content) <= _MOST:
            return
        if next(islice(self._pattern.finditer(content), _MOST, None), None):
            raise Refused(
                Code.PAYLOAD_TOO_LARGE,
                f"A request carries at most {_MOST:,} fields of less than sixteen bytes; send smaller batches.",
            )

    def _tags_in(self, content: bytes) -> int:
        return len(content) - len(content.translate(None, self._tags))
