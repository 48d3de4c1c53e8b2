"""Cursors: where a page ended, in a form that is valid only for the tenant it was made for."""

import base64
import binascii
import re

from handlers.web.refusals import Code, Refused

# What `handlers.logs.record.sort_key` makes; DynamoDB takes neither an empty key nor one over 1024 bytes.
_KEY = re.compile(r"[!-.0-~]{1,262}")


def cursor_after(log_id: str, *, tenant_id: str) -> str:
    """Return the cursor of the page that begins after this key.

    It names a key, not a count: what is stored or expires in the meantime moves no page.
    """
    return base64.urlsafe_b64encode(f"{tenant_id}/{log_id}".encode()).decode().rstrip("=")


def log_id_of(cursor: str, *, tenant_id: str, prefix: str) -> str:
    """Return the key after which a cursor's page begins.

    Raises:
        Refused: the cursor was not made for this tenant and prefix; DynamoDB takes no key from outside a query.
    """
    try:
        spelled = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        spelled = ""
    made_for, _, log_id = spelled.partition("/")
    if made_for != tenant_id or not _KEY.fullmatch(log_id) or not log_id.startswith(prefix):
        raise Refused(
            Code.INVALID_REQUEST,
            "The cursor is not valid for this tenant and prefix; use one from a page, with the same prefix.",
        )
    return log_id
