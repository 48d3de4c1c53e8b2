"""`POST /loki/api/v1/push`: logs as Grafana Loki takes them, in JSON or in protobuf packed with snappy."""

from collections.abc import Iterator

from handlers.web.doors.door import Door
from handlers.web.doors.entry import Entry
from handlers.web.doors.logs import logs_of
from handlers.web.doors.origin import Origin, tenant_of
from handlers.web.outcomes import Outcomes, why_not_all
from handlers.web.refusals import Code, Refusal, Refused
from handlers.web.request import Request
from handlers.web.responses import RETRY_AFTER_SECONDS, Response
from handlers.web.submission import Submission

JSON = "application/json"
PROTOBUF = "application/x-protobuf"

_IF_DAMAGED = (
    "switch compression off (no `compress gzip` in Fluent Bit, `compressed=False` in loki-logger-handler) or send"
    f" {PROTOBUF}."
)
# What a client may do something about without changing what it sends. Anything else that is final is 400: that is all
# that Loki itself says, and Fluent Bit sends again at every other error.
_OWN_STATUS = frozenset({Code.UNAUTHENTICATED, Code.WRONG_TENANT, Code.INSUFFICIENT_SCOPE, Code.METHOD_NOT_ALLOWED})


def read(request: Request, tenant_of_credential: str | None) -> Submission:
    """Return the logs of a request.

    Raises:
        Refused: the request as a whole breaks a rule.
    """
    tenant_id = _tenant(request, tenant_of_credential)
    content, entries = _decoded(request)
    origin = Origin.of(request, source="loki", tenant_id=tenant_id, content=content)
    return Submission(logs_of(entries, origin), answer)


def answer(outcomes: Outcomes) -> Response:
    """Return the answer to a request that was read: 204, or the first reason why some of its logs were refused.

    Like Loki, it keeps the valid logs of a request and answers 400 if others can never be accepted.
    """
    refusal = why_not_all(outcomes)
    if refusal is None:
        return {"statusCode": 204, "headers": {"cache-control": "no-store"}, "body": ""}
    return _refuse(refusal)


def refuse(_request: Request, refusal: Refusal) -> Response:
    """Return the answer to a request that is refused as a whole."""
    return _refuse(refusal)


DOOR = Door(read=read, refuse=refuse)


def _tenant(request: Request, tenant_of_credential: str | None) -> str:
    organisation = request.header("x-scope-orgid")
    if not (tenant_of_credential or organisation or request.header("x-tenant-id")):
        raise Refused(
            Code.MISSING_TENANT,
            "Name the tenant with the header X-Scope-OrgID (`tenant_id` in Alloy, Promtail and Fluent Bit).",
        )
    return tenant_of(request, tenant_of_credential, organisation)


def _decoded(request: Request) -> tuple[bytes, Iterator[Entry | Refusal]]:
    # Each decoder is loaded by the first request that needs it.
    media_type = request.media_type()
    if media_type == JSON:
        from handlers.web.doors.loki import in_json

        text = request.text(if_damaged=_IF_DAMAGED)
        return text.encode(), in_json.entries_in(text)
    if media_type == PROTOBUF:
        from handlers.web.doors.loki import in_protobuf

        content = in_protobuf.unpacked(_without_snappy(request).content(if_damaged=_IF_DAMAGED))
        return content, in_protobuf.entries_in(content)
    raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, f"Send {JSON}, or {PROTOBUF} packed with snappy.")


def _without_snappy(request: Request) -> Request:
    """Return the request without a `Content-Encoding` that repeats what its content type says."""
    if request.headers.get("content-encoding", "").strip().lower() != "snappy":
        return request
    headers = {name: value for name, value in request.headers.items() if name != "content-encoding"}
    return request._replace(headers=headers)


def _refuse(refusal: Refusal) -> Response:
    headers = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}
    status = refusal.code.status if refusal.code in _OWN_STATUS else 400
    if refusal.code.retryable:
        status, headers = 503, headers | {"retry-after": str(RETRY_AFTER_SECONDS)}
    return {
        "statusCode": status,
        "headers": headers | dict(refusal.headers),
        "body": f"{refusal.code}: {refusal.detail}\n",
    }
