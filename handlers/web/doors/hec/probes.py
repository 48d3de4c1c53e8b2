"""What HEC's clients ask before they send logs: whether the collector is healthy, and whether there is one at all."""

from handlers.web.doors.hec.answers import HEALTHY, said
from handlers.web.request import Request
from handlers.web.responses import Response


def answer(request: Request) -> Response:
    """Return the answer to `GET` for the health and to `OPTIONS`.

    Docker's splunk driver does not start a container before its `OPTIONS`, without a credential, is answered with 200
    (moby, daemon/logger/splunk/splunk.go, verifySplunkConnection).
    """
    response = said(HEALTHY)
    if request.method == "OPTIONS":
        response["headers"]["allow"] = "POST, OPTIONS"
    return response
