"""Answers to OTLP clients, in the encoding of the request (specification.md, "OTLP/HTTP Response")."""

import base64
from collections.abc import Mapping
from typing import Any

from handlers.web.outcomes import Outcomes, why_not_all
from handlers.web.refusals import NO_HEADERS, Refusal
from handlers.web.responses import Response, json_response

JSON = "application/json"
PROTOBUF = "application/x-protobuf"

# OpenTelemetry's SDKs give up after ten seconds by default, at once if they are to wait for longer.
_RETRY_AFTER_SECONDS = 2
# google.rpc.Code. Clients go by the HTTP status, and may log this number.
_RPC_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 413: 8, 415: 3, 503: 14}


def answer(outcomes: Outcomes, media_type: str) -> Response:
    """Return the answer to a request that was read.

    If some logs can never be accepted, it is a partial success, which no client sends again; if none can, the request
    is refused. If any log may be accepted later, the whole request is to be sent again: the logs that are already in
    the queue are recognised by their ids.
    """
    refusal = why_not_all(outcomes)
    if refusal is None:
        return _success(media_type)
    rejected = sum(isinstance(outcome, Refusal) for outcome in outcomes.values())
    if refusal.code.retryable or rejected == len(outcomes):
        return refuse(refusal, media_type)
    return _success(media_type, rejected=rejected, message=refusal.detail)


def refuse(refusal: Refusal, media_type: str) -> Response:
    """Return the answer to a request that is refused as a whole, as a `google.rpc.Status`.

    Clients send again at 429, 502, 503 and 504, and drop the logs at every other error, 500 included.
    """
    status = 503 if refusal.code.retryable else refusal.code.status
    retry = {"retry-after": str(_RETRY_AFTER_SECONDS)} if refusal.code.retryable else {}
    headers = retry | dict(refusal.headers)
    code, message = _RPC_CODES[status], f"{refusal.code}: {refusal.detail}"
    if media_type != PROTOBUF:
        return json_response(status, {"code": code, "message": message}, headers=headers)
    from handlers.web.doors.otlp.messages import Status

    return _protobuf(status, Status(code=code, message=message.encode()).SerializeToString(), headers)


def _success(media_type: str, *, rejected: int = 0, message: str = "") -> Response:
    if media_type != PROTOBUF:
        # Protobuf's JSON writes 64-bit integers as strings.
        partial = {"partialSuccess": {"rejectedLogRecords": str(rejected), "errorMessage": message}}
        return json_response(200, partial if rejected else {})
    if not rejected:
        return _protobuf(200, b"")
    from handlers.web.doors.otlp.messages import ExportResponse

    partial_success: dict[str, Any] = {"rejected_log_records": rejected, "error_message": message.encode()}
    return _protobuf(200, ExportResponse(partial_success=partial_success).SerializeToString())


def _protobuf(status: int, content: bytes, headers: Mapping[str, str] = NO_HEADERS) -> Response:
    return {
        "statusCode": status,
        "headers": {"content-type": PROTOBUF, "cache-control": "no-store", **headers},
        "body": base64.b64encode(content).decode(),
        "isBase64Encoded": True,
    }
