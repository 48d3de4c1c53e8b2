"""`POST /services/collector/raw`: lines of text, one log each."""

import io
from collections.abc import Iterator

from handlers.web.doors.door import Door
from handlers.web.doors.entry import Entry
from handlers.web.doors.hec.answers import answer, refuse
from handlers.web.doors.hec.metadata import (
    QUERY,
    bounded,
    content_of,
    defaults_of,
    origin_of,
    tenant_and_entries,
    time_of,
)
from handlers.web.doors.logs import logs_of
from handlers.web.request import Request
from handlers.web.submission import Submission

_BLANK = " \t\n\r\v\f"


def read(request: Request, tenant_of_credential: str | None) -> Submission:
    """Return the logs of a request: its lines that are not blank.

    Raises:
        Refused: the request as a whole breaks a rule.
    """
    content = content_of(request)
    tenant_id, entries = tenant_and_entries(request, tenant_of_credential, bounded(_entries(request, content)))
    origin = origin_of(request, tenant_id=tenant_id, content=content)
    return Submission(logs_of(entries, origin), answer)


DOOR = Door(read=read, refuse=refuse, query=QUERY)


def _entries(request: Request, content: bytes) -> Iterator[Entry]:
    attributes, time_ns = defaults_of(request), time_of(request)
    # Under a text type the gateway has replaced what is no UTF-8, so it is replaced under any other type too.
    for line in io.StringIO(content.decode(errors="replace"), newline="\n"):
        if line.strip(_BLANK):
            yield Entry(line.rstrip("\r\n"), time_ns, attributes=attributes)
