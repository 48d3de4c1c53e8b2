"""The numbers that follow from the worker's timeout and the services' limits, derived in one place."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final

MAX_RECEIVES: Final = 3
"""After this many failed receives the redrive policy moves a message to the dead-letter queue."""

HEAD_ROOM_SECONDS: Final = 10
"""What an invocation reserves for its cold start, retried calls to AWS and returning its batch."""

MAX_MESSAGE_BYTES: Final = 1024 * 1024
"""Amazon SQS quotas, "Message size": 1 MiB. The provider still defaults to a quarter of it."""

MIN_TEXT_CHARS: Final = 500
"""The least that one message must be able to carry: a cut needs a place outside of everything that is redacted."""

DEFAULT_WORKER_TIMEOUT_SECONDS: Final = 150
"""Six of them are fifteen minutes of visibility timeout."""

MAX_WORKER_TIMEOUT_SECONDS: Final = 900
"""Lambda quotas, "Function timeout"."""

MAX_SECONDS_PER_CHAR: Final = (MAX_WORKER_TIMEOUT_SECONDS - HEAD_ROOM_SECONDS) / MIN_TEXT_CHARS
"""At a higher cost, even the longest invocation could not process the shortest part."""

DEAD_LETTER_RETENTION_SECONDS: Final = int(timedelta(days=14).total_seconds())
"""Amazon SQS quotas, "Message retention": the longest there is."""

RETENTION_SECONDS: Final = DEAD_LETTER_RETENTION_SECONDS // 2
"""SQS counts a message's age from when it was first sent, also in the dead-letter queue. So a dead letter has at
least seven days left, however long it waited before it failed."""

MAX_BACKLOG_SECONDS: Final = RETENTION_SECONDS // 2
"""Ingest refuses logs when the worker would need longer than this for those that already wait."""

_VISIBILITY_PER_TIMEOUT = 6
MAX_ATTRIBUTES_BYTES: Final = 32 * 1024
"""The most JSON, in UTF-8, that severity and attributes of one log may take; ingest refuses more."""

_ENVELOPE_BYTES = 4096  # everything in a message except the text and the attributes: the longest ids and keys
_ESCAPED_BYTES_PER_BYTE = 3  # a character of four bytes in UTF-8 is two \uXXXX escapes in ASCII JSON
_ESCAPED_BYTES_PER_CHAR = 12  # a character outside the basic plane is two \uXXXX escapes in ASCII JSON

_MAX_ITEM_BYTES = 400 * 1024  # Amazon DynamoDB quotas, "Item size"
_RECORD_BYTES = 4096  # everything in a record except its texts and attributes
# Original and redacted. `"a@b.co":0,` becomes `"[REDACTED] 99":0,`, which is less than twice as long.
_ATTRIBUTES_PER_RECORD = 1 + 2
_UTF8_BYTES_PER_CHAR = 4
# `[REDACTED]` is longer than the shortest thing it replaces (`a@b.co`), yet its ten bytes are fewer than the
# four per character reserved for any match of three characters or more, so one bound serves both texts.
_TEXTS_PER_RECORD = 2


def visibility_timeout_seconds(*, consumer_timeout_seconds: int) -> int:
    """Return how long a received message stays hidden: six times its consumer's timeout.

    Source: AWS Lambda, "Creating and configuring an Amazon SQS event source mapping". Below the timeout Lambda
    refuses the mapping; below six times, messages that wait for a throttled function use up receives.
    """
    return _VISIBILITY_PER_TIMEOUT * consumer_timeout_seconds


def least_timeout_seconds(processing_seconds_per_char: float) -> int:
    """Return the shortest worker timeout that leaves time for the shortest part of a text; 1 if it takes none."""
    if processing_seconds_per_char == 0:
        return 1
    processing = MIN_TEXT_CHARS * _as_written(processing_seconds_per_char)
    return HEAD_ROOM_SECONDS + int(processing.to_integral_value("ROUND_CEILING"))


def max_text_chars(*, worker_timeout_seconds: int, processing_seconds_per_char: float) -> int:
    """Return the most characters that one message carries, one invocation processes and one item keeps."""
    record_bytes = _RECORD_BYTES + _ATTRIBUTES_PER_RECORD * MAX_ATTRIBUTES_BYTES
    envelope_bytes = _ENVELOPE_BYTES + _ESCAPED_BYTES_PER_BYTE * MAX_ATTRIBUTES_BYTES
    stored = (_MAX_ITEM_BYTES - record_bytes) // (_TEXTS_PER_RECORD * _UTF8_BYTES_PER_CHAR)
    sent = (MAX_MESSAGE_BYTES - envelope_bytes) // _ESCAPED_BYTES_PER_CHAR
    if processing_seconds_per_char == 0:
        return min(stored, sent)
    processed = (worker_timeout_seconds - HEAD_ROOM_SECONDS) / _as_written(processing_seconds_per_char)
    return min(stored, sent, int(processed))


def _as_written(number: float) -> Decimal:
    return Decimal(str(number))  # 0.1 is a tenth, so no character is lost to rounding
