"""Ingest: takes a request, and answers 202 once the queue has it."""

from collections.abc import Callable, Mapping
from typing import Any

from handlers.aws.event_log import record_event
from handlers.aws.queues import QueueUnavailable, ingest_queue
from handlers.environment import IngestEnvironment
from handlers.web.refusals import Code, Refused
from handlers.web.request import Request
from handlers.web.responses import Response, accepted, healthy, problem
from handlers.web.submission import envelope_from

RETRY_AFTER_SECONDS = 5


def handler(event: Mapping[str, Any], _context: object) -> Response:
    """Answer one request of an HTTP API or a Function URL (payload format 2.0).

    Guarantees: a 202 is said only of what SQS has taken; a request that is refused leaves nothing behind.
    """
    try:
        request = Request.from_event(event)
        return _endpoint(request)(request)
    except Refused as refusal:
        record_event("refused", code=refusal.code, cause=refusal.cause)
        return problem(refusal)


def _ingest(request: Request) -> Response:
    environment = IngestEnvironment.read()
    envelope = envelope_from(request, max_text_chars=environment.max_text_chars)
    try:
        message_id = ingest_queue(environment.ingest_queue_url).send(envelope)
    except QueueUnavailable as unavailable:
        raise Refused(
            Code.QUEUE_UNAVAILABLE,
            "The log was not accepted; send it again.",
            headers={"retry-after": str(RETRY_AFTER_SECONDS)},
            cause=str(unavailable),
        ) from unavailable
    record_event(
        "accepted",
        code="accepted",
        tenant_id=envelope.tenant_id,
        log_id=envelope.log_id,
        message_id=message_id,
    )
    return accepted(envelope, message_id)


def _health(_request: Request) -> Response:
    return healthy()


Endpoint = Callable[[Request], Response]

_ENDPOINTS: dict[str, dict[str, Endpoint]] = {
    "/ingest": {"POST": _ingest},
    "/health": {"GET": _health, "HEAD": _health},
}


def _endpoint(request: Request) -> Endpoint:
    methods = _ENDPOINTS.get(request.path)
    if methods is None:
        raise Refused(Code.NOT_FOUND, "There are POST /ingest and GET /health.")
    endpoint = methods.get(request.method)
    if endpoint is None:
        allowed = ", ".join(methods)
        raise Refused(Code.METHOD_NOT_ALLOWED, f"{request.path} takes {allowed}.", headers={"allow": allowed})
    return endpoint
