"""`POST /services/collector/event`: events as Splunk's HTTP Event Collector takes them."""

from handlers.web.doors.door import Door
from handlers.web.doors.hec.answers import NO_DATA, answer, refuse
from handlers.web.doors.hec.events import entries_in
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
from handlers.web.refusals import Code, Refused
from handlers.web.request import Request
from handlers.web.submission import Submission


def read(request: Request, tenant_of_credential: str | None) -> Submission:
    """Return the logs of a request.

    Raises:
        Refused: the request as a whole breaks a rule.
    """
    content = content_of(request)
    # Under a text type the gateway has replaced what is no UTF-8, so it is replaced under any other type too.
    text = content.decode(errors="replace")
    entries = entries_in(text, defaults=defaults_of(request), time_ns=time_of(request))
    tenant_id, read_entries = tenant_and_entries(request, tenant_of_credential, bounded(entries))
    if not read_entries:
        raise Refused(Code.INVALID_REQUEST, "The body holds no events; send at least one.", protocol_code=NO_DATA)
    origin = origin_of(request, tenant_id=tenant_id, content=content)
    return Submission(logs_of(read_entries, origin), answer)


DOOR = Door(read=read, refuse=refuse, query=QUERY)
