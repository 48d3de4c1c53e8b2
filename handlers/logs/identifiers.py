"""Names of tenants and logs: what is allowed, and how a log id is made when the client gives none."""

import hashlib
import re
import secrets
import time

TENANT_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
TENANT_ID_RULE = "1 to 64 letters, digits, '_', '.' or '-', beginning with a letter or a digit"

# '#' separates a log id from its part number in the table, '/' separates the segments of a record's path.
QUEUED_LOG_ID_PATTERN = r'^[!-"$-.0-~]{1,256}$'
"""For an envelope. It also allows `.` and `..`, which no request may use any more, but which may still be queued."""

# "." and ".." vanish from a URL's path before it is sent (RFC 3986, section 5.2.4), so such a log could not be read.
# Written without a look-ahead, because pydantic's expressions have none.
_NOT_A_DOT = r'[!-"$-\-0-~]'
_ANY = r'[!-"$-.0-~]'
LOG_ID_PATTERN = rf"^(?:{_NOT_A_DOT}{_ANY}{{0,255}}|\.{_NOT_A_DOT}{_ANY}{{0,254}}|\.\.{_ANY}{{1,254}})$"
LOG_ID_RULE = "1 to 256 printable ASCII characters without space, '#' and '/', and not '.' or '..'"

IDEMPOTENCY_KEY_PATTERN = r"^[ -~]{1,255}$"
IDEMPOTENCY_KEY_RULE = "1 to 255 printable ASCII characters"

# A UUIDv7 as it is made here. The pieces of a log that was split add their numbers to it, and so do the keys of parts.
_TIMED = re.compile(
    r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?:\.[0-9]+)?(?:#[0-9]{5})?"
)
TIME_BITS = 48
_RANDOM_BYTES = 16
# The first two bits of this digit are 10, whatever it was (RFC 9562, section 4.1).
_VARIANT = {f"{digit:x}": f"{digit & 0b0011 | 0b1000:x}" for digit in range(16)}

MAX_CLOCK_DIFFERENCE_MILLISECONDS = 24 * 60 * 60 * 1000
"""How far ahead of now a log's own time may be to become part of its id."""


def new_log_id() -> str:
    """Return a UUIDv7 (RFC 9562, section 5.7): unique, and sorted by time to the millisecond."""
    milliseconds = time.time_ns() // 1_000_000
    return _timed(milliseconds, secrets.token_hex(_RANDOM_BYTES))


def derived_log_id(*, tenant_id: str, idempotency_key: str, index: int) -> str:
    """Return a UUIDv8 (RFC 9562, section 5.8), the same when the request is repeated."""
    # No tenant id holds a line break, so two different triples are never written alike.
    return _derived(f"{tenant_id}\n{index}\n{idempotency_key}")


def timed_log_id(*, milliseconds: int, tenant_id: str, body_digest: str, index: int, now_milliseconds: int) -> str:
    """Return the id of a log with a time of its own, the same when the request is repeated.

    It is a UUIDv7 of that time, however late the log comes. Where the time is more than a day ahead, or before 1970, it
    is a UUIDv8: a wrong clock must not put the log before all that are still to come.

    Args:
        milliseconds: the log's own time, since 1970.
        tenant_id: whose log it is.
        body_digest: a digest of the request's whole body.
        index: the log's position in the request.
        now_milliseconds: the present time, since 1970.
    """
    # An idempotency key holds no line break, so no id that is derived from one is written like this.
    written = f"{tenant_id}\n{index}\nbody\n{body_digest}"
    if not 0 <= milliseconds <= now_milliseconds + MAX_CLOCK_DIFFERENCE_MILLISECONDS:
        return _derived(written)
    return _timed(milliseconds, _hashed(written))


def milliseconds_in(log_id: str) -> int | None:
    """Return the time in a time-ordered id, in milliseconds since 1970; None for an id of any other kind.

    Args:
        log_id: the id of a log, or the key of one of its parts.
    """
    match = _TIMED.fullmatch(log_id)
    return int(match[1] + match[2], 16) if match else None


def dead_letter_id(*, message_id: str, body: str) -> str:
    """Return the UUIDv8 of a dead letter: the same for every copy of a message, and different for any other message.

    Args:
        message_id: the id in its 202.
        body: the message's body.
    """
    return _derived(f"{message_id}\n{body}")


def _derived(written: str) -> str:
    digits = _hashed(written)
    return f"{digits[:8]}-{digits[8:12]}-8{_end_of_uuid(digits)}"


def _timed(milliseconds: int, digits: str) -> str:
    written = f"{milliseconds:012x}"
    return f"{written[:8]}-{written[8:]}-7{_end_of_uuid(digits)}"


def _end_of_uuid(digits: str) -> str:
    """Return what follows the version of a UUID; two bits of it are its variant."""
    return f"{digits[12:15]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:32]}"


def _hashed(written: str) -> str:
    """Return a digest as hexadecimal digits; a UUID takes the first 32."""
    return hashlib.sha256(written.encode()).hexdigest()
