"""Responses: what the function hands back to the gateway (payload format 2.0)."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from handlers.web.refusals import NO_HEADERS, Refused

Response = dict[str, Any]

RETRY_AFTER_SECONDS = 5


class Accepted(NamedTuple):
    """A log that the queue has taken.

    Attributes:
        tenant_id: whose log it is.
        log_id: the log's name within its tenant.
        message_id: SQS's id of its message; of its first part, where it travels in several.
        parts: in how many parts it travels.
    """

    tenant_id: str
    log_id: str
    message_id: str
    parts: int = 1


Outcomes = Mapping[int, Accepted | Refused]


def accepted(log: Accepted) -> Response:
    """Return the 202 of a log that the queue has taken."""
    body: dict[str, object] = {
        "status": "accepted",
        "log_id": log.log_id,
        "tenant_id": log.tenant_id,
        "message": "Processing queued successfully",
        "message_id": log.message_id,
    }
    if log.parts > 1:
        body["parts"] = log.parts
    return _json(202, body)


def batch(outcomes: Outcomes) -> Response:
    """Return the answer to several logs: 202 where all were accepted, 207 where some were, a problem where none was.

    Where all are refused, the first one names status and code, unless one of them may succeed later.
    """
    results = [_result(index, outcome) for index, outcome in outcomes.items()]
    refusals = [outcome for outcome in outcomes.values() if isinstance(outcome, Refused)]
    if len(refusals) == len(results):
        return problem(next((refusal for refusal in refusals if refusal.code.retryable), refusals[0]), results=results)
    body = {"accepted": len(results) - len(refusals), "rejected": len(refusals), "results": results}
    return _json(207 if refusals else 202, body)


def found(content: Mapping[str, Any]) -> Response:
    """Return the 200 of what was asked for."""
    return _json(200, content)


def healthy() -> Response:
    """Return the 200 of a function that runs; it says nothing of what lies behind."""
    return _json(200, {"status": "healthy"})


def problem(refusal: Refused, **members: object) -> Response:
    """Return a refusal as `application/problem+json` (RFC 9457), with extension members where they are given."""
    code = refusal.code
    body = {"title": code.meaning, "status": code.status, "detail": refusal.detail, "code": code, **members}
    headers = refusal.headers
    if code.retryable:
        body["retryable"] = True
        headers = {"retry-after": str(RETRY_AFTER_SECONDS), **headers}
    if refusal.log_id is not None:
        body["log_id"] = refusal.log_id
    return _json(code.status, body, media_type="application/problem+json", headers=headers)


def _result(index: int, outcome: Accepted | Refused) -> dict[str, object]:
    result: dict[str, object] = {"index": index}
    if isinstance(outcome, Refused):
        result |= {"status": "rejected", "log_id": outcome.log_id, "code": outcome.code, "detail": outcome.detail}
        return result | ({"retryable": True} if outcome.code.retryable else {})
    result |= {"status": "accepted", "log_id": outcome.log_id, "message_id": outcome.message_id}
    return result | ({"parts": outcome.parts} if outcome.parts > 1 else {})


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
