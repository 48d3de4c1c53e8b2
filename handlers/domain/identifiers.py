"""Names of tenants and logs: what is allowed, and how a log id is made when the client gives none."""

import secrets
import time
import uuid

TENANT_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
TENANT_ID_RULE = "1 to 64 letters, digits, '_', '.' or '-', beginning with a letter or a digit"

# '#' separates a log id from its part number in the table, '/' separates the segments of a record's path.
LOG_ID_PATTERN = r'^[!-"$-.0-~]{1,256}$'
LOG_ID_RULE = "1 to 256 printable ASCII characters without space, '#' and '/'"


def new_log_id() -> str:
    """Return a UUIDv7 (RFC 9562, section 5.7): unique, and sorted by time to the millisecond."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = secrets.randbits(74)
    value = (
        milliseconds << 80 | 0x7 << 76 | (random_bits >> 62) << 64 | 0b10 << 62 | random_bits & (1 << 62) - 1
    )
    return str(uuid.UUID(int=value))
