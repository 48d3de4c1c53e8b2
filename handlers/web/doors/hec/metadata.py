"""What a HEC request says beside its events: the tenant, times, and defaults in its query."""

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from handlers.logs.identifiers import TENANT_ID_PATTERN, TENANT_ID_RULE
from handlers.web.doors.entry import Entry
from handlers.web.doors.hec.answers import INCORRECT_INDEX, NO_DATA, TOKEN_IN_QUERY
from handlers.web.doors.logs import refuse_too_many
from handlers.web.doors.origin import Origin, tenant_of
from handlers.web.refusals import Code, Refusal, Refused
from handlers.web.request import Request

DEFAULTS = ("host", "source", "sourcetype", "index")
QUERY = frozenset({*DEFAULTS, "time", "channel", "auto_extract_timestamp", "token"})
"""What clients send in a query; `channel` and `auto_extract_timestamp` change nothing here, `token` is refused."""

# A present time in seconds with nanoseconds has 19 digits; Java writes it with an exponent.
_TIME = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{0,30})?(?:[eE][+-]?[0-9]{1,2})?")
_DIGITS_OF_NANOSECONDS = 9
_IF_DAMAGED = (
    'switch compression off: `compression = "none"` in Vector, no `compress gzip` in Fluent Bit, `gzip_compression'
    " false` in Fluentd, `disable_compression: true` in the OpenTelemetry Collector. Without a Content-Type, as"
    " Docker's driver sends it, gzip arrives whole."
)


def content_of(request: Request) -> bytes:
    """Return the bytes of a request's body, unpacked.

    Raises:
        Refused: there are none, they cannot be unpacked, or the query carries a credential.
    """
    if "token" in request.query:
        raise Refused(Code.INVALID_REQUEST, "Send the key in the header Authorization.", protocol_code=TOKEN_IN_QUERY)
    request.media_type()  # refuses charsets that do not survive the gateway
    content = request.content(if_damaged=_IF_DAMAGED)
    if not content.strip():
        raise Refused(Code.INVALID_REQUEST, "The body is empty; send at least one event.", protocol_code=NO_DATA)
    return content


def defaults_of(request: Request) -> dict[str, str]:
    """Return what a query says of every event of its request that does not say it itself."""
    return {name: value for name in DEFAULTS if (value := request.query.get(name))}


def nanoseconds_of(written: str) -> int | None:
    """Return seconds since 1970, as they are written in digits, as nanoseconds; None for anything else.

    What is smaller than a nanosecond is cut off.
    """
    if not _TIME.fullmatch(written):
        return None
    return int(Decimal(written).scaleb(_DIGITS_OF_NANOSECONDS))


def time_of(request: Request) -> int | None:
    """Return the time in a query as nanoseconds since 1970; None if it has none.

    Raises:
        Refused: it is no time.
    """
    written = request.query.get("time")
    if not written:
        return None
    if (time_ns := nanoseconds_of(written)) is None:
        raise Refused(Code.INVALID_REQUEST, "The query parameter time is seconds since 1970, such as 1769899677.559.")
    return time_ns


def bounded(entries: Iterable[Entry | Refusal]) -> Iterator[Entry | Refusal]:
    """Yield the entries of a request.

    Raises:
        Refused: there are more than a request may carry.
    """
    for number, entry in enumerate(entries, start=1):
        refuse_too_many(number)
        yield entry


def origin_of(request: Request, *, tenant_id: str, content: bytes) -> Origin:
    """Return the origin of a request's logs.

    Raises:
        Refused: its `Idempotency-Key` breaks the rule.
    """
    # The same lines with another source are other logs; the same lines through another channel are not.
    query = sorted((name, value) for name, value in request.query.items() if name != "channel")
    return Origin.of(request, source="hec", tenant_id=tenant_id, content=json.dumps(query).encode() + content)


def tenant_and_entries(
    request: Request, tenant_of_credential: str | None, entries: Iterable[Entry | Refusal]
) -> tuple[str, list[Entry | Refusal]]:
    """Return the tenant of a request, and its entries.

    Where the stack asks for no credential, `index` names the tenant, and events of another one are refused; elsewhere
    it names nothing.

    Raises:
        Refused: no tenant is named, or the header X-Tenant-ID names another one than the credential.
    """
    read = list(entries)
    if tenant_of_credential is not None:
        return tenant_of(request, tenant_of_credential), read
    named = request.header("x-tenant-id") or next(filter(None, map(_index, read)), None)
    if named is None:
        raise Refused(Code.MISSING_TENANT, "Name the tenant with `index`, or with the header X-Tenant-ID.")
    if not isinstance(named, str) or not re.fullmatch(TENANT_ID_PATTERN, named):
        raise Refused(
            Code.INVALID_REQUEST,
            f"This stack asks for no credential, so `index` or X-Tenant-ID names the tenant: {TENANT_ID_RULE}.",
            protocol_code=INCORRECT_INDEX,
        )
    return named, [entry if _index(entry) in (None, named) else _ANOTHER_TENANTS for entry in read]


_ANOTHER_TENANTS = Refusal(
    Code.TENANT_MISMATCH,
    "This stack asks for no credential, so `index` names the tenant: the same in all events, and in X-Tenant-ID.",
)


def _index(entry: Entry | Refusal) -> object:
    return None if isinstance(entry, Refusal) or not entry.attributes else entry.attributes.get("index")
