"""Unpacking: gzip bodies, up to a bound."""

import gzip
import io
import zlib

from handlers.web.refusals import Code, Refused

MAX_UNPACKED_BYTES = 16 * 1024 * 1024


def unpacked(packed: bytes, *, at_most: int = MAX_UNPACKED_BYTES) -> bytes:
    """Return what a gzip body holds.

    Never unpacks more than one byte over the bound, whatever the body claims.

    Args:
        packed: the body.
        at_most: the bound, in bytes.

    Raises:
        Refused: the body is not gzip, ends early, or holds more than the bound.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as archive:
            whole = archive.read(at_most + 1)
    except EOFError:
        raise Refused(Code.INVALID_REQUEST, "The gzip body ends early; send all of it.") from None
    except (gzip.BadGzipFile, zlib.error):
        raise Refused(Code.INVALID_REQUEST, "The body is not gzip; send gzip, or no Content-Encoding.") from None
    if len(whole) > at_most:
        raise Refused(Code.PAYLOAD_TOO_LARGE, f"At most {at_most} bytes are unpacked; send several requests.")
    return whole
