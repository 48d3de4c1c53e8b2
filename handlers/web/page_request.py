"""The page request: which logs a tenant asks for, page by page."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from handlers.logs.clock import SYSTEM_CLOCK, Clock
from handlers.logs.moment import MOMENT_RULE, moment_of
from handlers.logs.selection import ORDERS, Asked, Contradiction, Selection
from handlers.logs.severity import LEVELS
from handlers.web.cursor import Cursor, not_valid
from handlers.web.refusals import Code, Refused

DEFAULT_LIMIT = 20
MOST_RECORDS = 100
PREFIX_PATTERN = "[!-~]{0,262}"
"""What a prefix may be. DynamoDB refuses a longer one; a key is a log id, and for a part `#` and five digits."""

PARAMETERS = ("since", "until", "order", "severity", "prefix", "limit", "cursor")


class PageRequest(NamedTuple):
    """One page, as a tenant asks for it.

    Attributes:
        tenant_id: whose logs they are.
        parameters: what the page is asked for with, other than its size and its beginning.
        selection: which logs, in which order.
        limit: most records.
        after: the key after which the page begins; None for the first page.
    """

    tenant_id: str
    parameters: Mapping[str, str]
    selection: Selection
    limit: int
    after: str | None

    @classmethod
    def of(cls, query: Mapping[str, str], *, tenant_id: str, clock: Clock = SYSTEM_CLOCK) -> "PageRequest":
        """Return what a query string with some of `PARAMETERS` asks for.

        Raises:
            Refused: a parameter breaks its rule, or two of them contradict each other.
        """
        limit = _limit(query.get("limit", str(DEFAULT_LIMIT)))
        parameters = {
            name: value
            for name, value in query.items()
            if name not in {"limit", "cursor"} and (name, value) != ("prefix", "")
        }
        selection = _selection(parameters, now=int(clock.now().timestamp() * 1000))
        if not query.get("cursor"):
            return cls(tenant_id, parameters, selection, limit, None)
        cursor = Cursor.read(query["cursor"], tenant_id=tenant_id, parameters=parameters)
        selection = selection.within(cursor.times)
        if not selection.may_begin_after(cursor.key):
            raise not_valid()
        return cls(tenant_id, parameters, selection, limit, cursor.key)

    def cursor_after(self, key: str | None) -> str | None:
        """Return the cursor of the page that begins after this key; None where nothing follows."""
        if key is None:
            return None
        return Cursor(key, self.selection.times).spelled(tenant_id=self.tenant_id, parameters=self.parameters)


def _selection(parameters: Mapping[str, str], *, now: int) -> Selection:
    asked = Asked(
        since=_moment("since", parameters.get("since"), now=now),
        until=_moment("until", parameters.get("until"), now=now),
        order=_order(parameters.get("order")),
        least_severity=_least_severity(parameters.get("severity")),
        prefix=_prefix(parameters.get("prefix")),
    )
    try:
        return asked.selection(now=now)
    except Contradiction as contradiction:
        raise Refused(Code.INVALID_REQUEST, str(contradiction)) from None


def _moment(name: str, written: str | None, *, now: int) -> int | None:
    if written is None:
        return None
    moment = moment_of(written, now=now)
    if moment is None:
        raise Refused(Code.INVALID_REQUEST, f"{name} must be {MOMENT_RULE}. In a URL, + is written as %2B.")
    return moment


def _order(written: str | None) -> str | None:
    if written is not None and written not in ORDERS:
        raise Refused(Code.INVALID_REQUEST, f"order must be {' or '.join(ORDERS)}.")
    return written


def _least_severity(written: str | None) -> int | None:
    if written is None:
        return None
    if written not in LEVELS:
        raise Refused(Code.INVALID_REQUEST, f"severity must be one of {', '.join(LEVELS)}.")
    return LEVELS[written]


def _prefix(written: str | None) -> str | None:
    if written is not None and not re.fullmatch(PREFIX_PATTERN, written):
        raise Refused(Code.INVALID_REQUEST, "prefix must be at most 262 printable ASCII characters without space.")
    return written


def _limit(written: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", written) or not 1 <= int(written) <= MOST_RECORDS:
        raise Refused(Code.INVALID_REQUEST, f"limit must be a whole number from 1 to {MOST_RECORDS}.")
    return int(written)
