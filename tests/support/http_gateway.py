"""An HTTP API on loopback, in front of the functions of this process: routes, authorizer and payload format 2.0."""

import base64
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from handlers import authorizer, ingest, query
from handlers.web.doors import MODULES
from tests.support.aws_fixtures import Context

Event = dict[str, Any]

_LOGS = r"/tenants/(?P<tenant_id>[^/]+)/processed_logs"
_READ_ROUTES = [re.compile(_LOGS), re.compile(rf"{_LOGS}/(?P<log_id>[^/]+)")]
_OF_A_DOOR = {f"POST {path}" for path in MODULES}
_CREDENTIAL_HEADERS = {"POST /firehose": "x-amz-firehose-access-key"}
# Every other body reaches a function as base64; these are decoded as UTF-8, and what is none is replaced.
_TEXT = re.compile(r"text/.*|application/(json|javascript|xml)")


class Gateway:
    """A WSGI application that answers as the deployed HTTP API would.

    Attributes:
        answers: how often each operation was answered with each status.
    """

    def __init__(self, *, authenticates: bool) -> None:
        self.answers: Counter[tuple[str, int]] = Counter()
        self._authenticates = authenticates

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        request = Request(environ)
        operation, response = self._answer(request)
        self.answers[operation, response.status_code] += 1
        return response(environ, start_response)

    def statuses_of(self, operation: str) -> set[int]:
        """Return every status that an operation was answered with."""
        return {status for answered, status in self.answers if answered == operation}

    def _answer(self, request: Request) -> tuple[str, Response]:
        operation, function, parameters, needs_credential = self._route(request)
        event = _event(request, parameters) | {"routeKey": operation}
        if needs_credential and self._authenticates:
            if not event["headers"].get(_CREDENTIAL_HEADERS.get(operation, "authorization")):
                return operation, Response('{"message": "Unauthorized"}', 401, content_type="application/json")
            event["requestContext"]["authorizer"] = {"lambda": authorizer.handler(event, None)["context"]}
        answer = function(event, Context())
        body = base64.b64decode(answer["body"]) if answer.get("isBase64Encoded") else answer["body"]
        return operation, Response(body, answer["statusCode"], answer["headers"])

    def _route(self, request: Request) -> tuple[str, Callable[..., Any], dict[str, str], bool]:
        operation = f"{request.method} {request.path}"
        if self._authenticates and request.method == "GET":
            for route in _READ_ROUTES:
                if match := route.fullmatch(request.path):
                    name = "show_log" if "log_id" in match.groupdict() else "list_logs"
                    return name, query.handler, match.groupdict(), True
        return operation, ingest.handler, {}, operation in _OF_A_DOOR


def _event(request: Request, parameters: dict[str, str]) -> Event:
    content = request.get_data()
    is_text = bool(_TEXT.fullmatch(request.mimetype))
    body = content.decode(errors="replace") if is_text else base64.b64encode(content).decode()
    return {
        "version": "2.0",
        "rawPath": request.path,
        "rawQueryString": request.query_string.decode(errors="replace"),
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "queryStringParameters": {name: ",".join(values) for name, values in request.args.lists()},
        "pathParameters": parameters,
        "requestContext": {"http": {"method": request.method, "path": request.path}},
        "isBase64Encoded": not is_text,
        **({"body": body} if content else {}),
    }


class _Quiet(WSGIRequestHandler):
    def log(self, *_args: object) -> None:
        """Say nothing of a request that was answered."""


@contextmanager
def served(application: Callable[..., Iterable[bytes]]) -> Iterator[str]:
    """Serve a WSGI application for as long as the context lasts, and yield its URL."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
