"""Responses: what a function hands back to the gateway (payload format 2.0)."""

import json
from collections.abc import Mapping
from typing import Any

from handlers.web.refusals import NO_HEADERS, Refusal

Response = dict[str, Any]

RETRY_AFTER_SECONDS = 5


def found(content: Mapping[str, Any]) -> Response:
    """Return the 200 of what was asked for."""
    return json_response(200, content)


def healthy() -> Response:
    """Return the 200 of a function that runs; it says nothing about the queue or the table."""
    return json_response(200, {"status": "healthy"})


def problem(refusal: Refusal, **members: object) -> Response:
    """Return a refusal as `application/problem+json` (RFC 9457), with extension members where they are given."""
    code = refusal.code
    body = {"title": code.meaning, "status": code.status, "detail": refusal.detail, "code": code, **members}
    headers = refusal.headers
    if code.retryable:
        body["retryable"] = True
        headers = {"retry-after": str(RETRY_AFTER_SECONDS), **headers}
    if refusal.log_id is not None:
        body["log_id"] = refusal.log_id
    return json_response(code.status, body, media_type="application/problem+json", headers=headers)


def json_response(
    status: int,
    body: Mapping[str, Any],
    *,
    media_type: str = "application/json",
    headers: Mapping[str, str] = NO_HEADERS,
) -> Response:
    """Return a response whose body is JSON."""
    return {
        "statusCode": status,
        "headers": {"content-type": media_type, "cache-control": "no-store", **headers},
        "body": json.dumps(body),
    }
