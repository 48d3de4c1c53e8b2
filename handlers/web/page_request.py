"""The page request: which logs a tenant asks for, page by page."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from handlers.logs.clock import SYSTEM_CLOCK, Clock
from handlers.logs.moment import MOMENT_RULE, moment_of
from handlers.logs.selection import Selection
from handlers.logs.severity import LEVELS
from handlers.logs.time_range import TimeRange
from handlers.web.cursor import Cursor, not_valid
from handlers.web.refusals import Code, Refused

DEFAULT_LIMIT = 20
MOST_RECORDS = 100
PREFIX_PATTERN = "[!-~]{0,262}"
"""What a prefix may be. DynamoDB refuses a longer one; a key is a log id, and for a part `#` and five digits."""

ORDERS = ("newest", "oldest")
PARAMETERS = ("since", "until", "order", "severity", "prefix", "limit", "cursor")
_BY_TIME = frozenset({"since", "until", "order"})


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
    least_severity = _least_severity(parameters.get("severity"))
    by_time = _BY_TIME & parameters.keys()
    if not by_time:
        return Selection(prefix=_prefix(parameters.get("prefix", "")), least_severity=least_severity)
    if "prefix" in parameters:
        raise Refused(
            Code.INVALID_REQUEST,
            "prefix lists logs by id, and since, until and order list them by time; leave out either prefix or"
            f" {' and '.join(sorted(by_time))}.",
        )
    since, until = (_moment(name, parameters.get(name), now=now) for name in ("since", "until"))
    times = TimeRange.of(since, until, now=now)
    if times.since >= times.until:
        raise Refused(Code.INVALID_REQUEST, "since must be before until, and not more than a day ahead.")
    newest_first = _order(parameters.get("order", ORDERS[0])) == "newest"
    return Selection(times=times, newest_first=newest_first, least_severity=least_severity)


def _moment(name: str, written: str | None, *, now: int) -> int | None:
    if written is None:
        return None
    moment = moment_of(written, now=now)
    if moment is None:
        raise Refused(Code.INVALID_REQUEST, f"{name} must be {MOMENT_RULE}.")
    return moment


def _order(written: str) -> str:
    if written not in ORDERS:
        raise Refused(Code.INVALID_REQUEST, f"order must be {' or '.join(ORDERS)}.")
    return written


def _least_severity(written: str | None) -> int:
    if written is None:
        return 0
    if written not in LEVELS:
        raise Refused(Code.INVALID_REQUEST, f"severity must be one of {', '.join(LEVELS)}.")
    return LEVELS[written]


def _prefix(written: str) -> str:
    if not re.fullmatch(PREFIX_PATTERN, written):
        raise Refused(Code.INVALID_REQUEST, "prefix must be at most 262 printable ASCII characters without space.")
    return written


def _limit(written: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", written) or not 1 <= int(written) <= MOST_RECORDS:
        raise Refused(Code.INVALID_REQUEST, f"limit must be a whole number from 1 to {MOST_RECORDS}.")
    return int(written)
