"""Responses: what the function hands back to the gateway (payload format 2.0)."""

import json
from collections.abc import Mapping
from typing import Any

from handlers.domain.envelope import Envelope
from handlers.web.refusals import NO_HEADERS, Refused

Response = dict[str, Any]


def accepted(envelope: Envelope, message_id: str) -> Response:
    """Return the 202 of a log that the queue has taken."""
    return _json(
        202,
        {
            "status": "accepted",
            "log_id": envelope.log_id,
            "tenant_id": envelope.tenant_id,
            "message": "Processing queued successfully",
            "message_id": message_id,
        },
    )


def healthy() -> Response:
    """Return the 200 of a function that runs; it says nothing of what lies behind."""
    return _json(200, {"status": "healthy"})


def problem(refusal: Refused) -> Response:
    """Return a refusal as `application/problem+json` (RFC 9457)."""
    code = refusal.code
    body = {"title": code.meaning, "status": code.status, "detail": refusal.detail, "code": code}
    if code.retryable:
        body["retryable"] = True
    return _json(code.status, body, media_type="application/problem+json", headers=refusal.headers)


def _json(
    status: int,
    body: Mapping[str, Any],
    *,
    media_type: str = "application/json",
    headers: Mapping[str, str] = NO_HEADERS,
) -> Response:
    return {
        "statusCode": status,
        "headers": {"content-type": media_type, "cache-control": "no-store", **headers},
        "body": json.dumps(body),
    }
