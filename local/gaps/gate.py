"""Runs in front of MiniStack, in its process, and refuses what a web page or another user could send.

MiniStack trusts whoever reaches its port, and would run code for them: `CreateFunction` is one request. A browser on
this machine reaches the port on behalf of every page it shows, and so does every other user of the machine. So:

- A request must name this machine as its `Host` (a page that rebinds its own name in DNS does not), and carry no
  credentials in its query string. It must come from no page but one of ours (`Origin`, `Sec-Fetch-Site`), or from one
  whose origin the API that it is for names in its CORS configuration.
- The API and Function URLs are open, as they are on AWS; and so is the health check.
- Everything else must be signed with a key that this run issued. MiniStack's own paths (`/_ministack/...`), which
  can wipe and reveal everything, are refused except for one, which root may read.
- No other answer may be read by other origins, and no connection becomes a WebSocket.

It also has the body limit of an HTTP API, which MiniStack lacks.
"""

from __future__ import annotations

import contextvars
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import ministack.app
import ministack.services.apigateway

from local.gaps.signature import Answer, is_signed, root_signs, signature_failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    Message = dict[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Message, Receive, Send], Awaitable[None]]

PEEK_PATH = "/_ministack/sqs/messages"
HTTP_API_BYTES = 10 * 1024 * 1024
"""Source: Amazon API Gateway Developer Guide, "Quotas for configuring and running an HTTP API", payload size."""
_SIGNED_BYTES = 256 * 1024 * 1024
"""A bound, far above any Lambda package in base64."""

_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:\d{1,5})?")
_OPEN = re.compile(r"/_aws/(execute-api/[^/]+/[^/]+|lambda-url/[^/]+)(/.*)?", re.DOTALL)
_API = re.compile(r"/_aws/execute-api/([^/]+)/.+", re.DOTALL)
_HEALTH = {"/_ministack/health", "/_ministack/ready"}
_OWN_SITE = {"same-origin", "none"}  # `none`: somebody typed the address

# Not JSON, and with this odd media type, as API Gateway answers.
_TOO_LONG: Answer = (
    413,
    {"content-type": "text; charset=utf-8"},
    f"HTTP content length exceeded {HTTP_API_BYTES} bytes.".encode(),
)

_signature_holds: contextvars.ContextVar[bool] = contextvars.ContextVar("signature_holds", default=False)


class _SenderGone(Exception):
    """The client went away before its body was complete."""


class Gate:
    """MiniStack behind the checks, as an ASGI application.

    Args:
        application: MiniStack's own.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = _joined(scope["headers"])
        refused = _refusal_of_sender(scope, headers) or _refusal_of_path(scope, headers)
        is_open = _is_open(scope, headers)
        if refused:
            await _send(send, refused)
            return
        try:
            body = await _whole_body(receive, at_most=HTTP_API_BYTES if is_open else _SIGNED_BYTES)
        except _SenderGone:
            return
        refused = _TOO_LONG if body is None else None if is_open else _refusal_of_signature(scope, headers, body)
        if refused or body is None:
            await _send(send, refused or _TOO_LONG)
            return
        _signature_holds.set(not is_open)
        shared = _is_shared(scope, headers)
        await self._application(scope, _replay(body, receive), send if shared else _unreadable_elsewhere(send))


def close_gate() -> None:
    """Put the gate before MiniStack; call it before MiniStack serves."""
    ministack.app.app = Gate(ministack.app.app)
    ministack.app._dispatch_service_request = _signed_only(ministack.app._dispatch_service_request)


def _signed_only(dispatch: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
    """Return MiniStack's dispatcher to its services, closed to requests on open paths."""

    async def signed_only(*request: Any) -> Answer:
        if not _signature_holds.get():
            return _refusal("there is no such API or Function URL")
        return await dispatch(*request)

    return signed_only


def _refusal_of_sender(scope: Message, headers: Mapping[str, str]) -> Answer | None:
    host = headers.get("host", "")
    if not _HOST.fullmatch(host):
        return _refusal("the Host of a request must be 127.0.0.1 or localhost")
    if not _is_shared(scope, headers):
        if "origin" in headers and headers["origin"] != f"http://{host}":
            return _refusal("a web page of another origin may not send requests here")
        if headers.get("sec-fetch-site", "none") not in _OWN_SITE:
            return _refusal("a web page of another site may not send requests here")
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if any(name.lower().startswith(("x-amz-", "awsaccesskeyid")) for name in query):
        return _refusal("credentials must be in the Authorization header, not in the query string")
    return None


def _refusal_of_path(scope: Message, headers: Mapping[str, str]) -> Answer | None:
    path = scope["path"]
    if not scope["raw_path"].startswith(b"/"):
        return _refusal("the target of a request must be a path")
    if _is_open(scope, headers):
        return None
    if path.startswith("/_") and path != PEEK_PATH:
        return _refusal("the emulator's own paths are closed")
    return None if is_signed(headers) else signature_failure(scope, headers, b"")


def _refusal_of_signature(scope: Message, headers: Mapping[str, str], body: bytes) -> Answer | None:
    failure = signature_failure(scope, headers, body)
    if not failure and scope["path"] == PEEK_PATH and not root_signs(headers):
        return _refusal("only root may look into a queue")
    return failure


def _is_open(scope: Message, headers: Mapping[str, str]) -> bool:
    if headers.get("authorization", "").startswith("AWS"):
        return False  # a signature is checked wherever it goes
    return scope["path"] in _HEALTH or bool(_OPEN.fullmatch(scope["path"]))


def _is_shared(scope: Message, headers: Mapping[str, str]) -> bool:
    """Tell whether the API that a request is for lets pages of the request's origin send to it."""
    api = _API.fullmatch(scope["path"])
    if not api or not _is_open(scope, headers):
        return False
    configurations = (
        stored.get("corsConfiguration") or {}
        for (_account, _region, api_id), stored in ministack.services.apigateway._apis.all_items()
        if api_id == api[1]
    )
    return any(headers.get("origin") in each.get("allowOrigins", []) for each in configurations)


def _joined(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by name; a repeated one is joined, so that none can hide behind another."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return headers


async def _whole_body(receive: Receive, *, at_most: int) -> bytes | None:
    """Return the body; None if it is longer, read to its end even so, because a client first sends and then reads."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _SenderGone
        part = message.get("body", b"")
        size += len(part)
        if size <= at_most:
            parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts) if size <= at_most else None


def _replay(body: bytes, receive: Receive) -> Receive:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


def _unreadable_elsewhere(send: Send) -> Send:
    async def without_cors(message: Message) -> None:
        if "headers" in message:
            kept = [pair for pair in message["headers"] if not pair[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return without_cors


def _refusal(reason: str) -> Answer:
    answer = json.dumps({"message": f"refused: {reason}"}).encode()
    return 403, {"content-type": "application/json"}, answer


async def _send(send: Send, answer: Answer) -> None:
    status, headers, body = answer
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    start = {"type": "http.response.start", "status": status}
    await send({**start, "headers": [*raw, (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})
