"""HEC's answers: `{"text", "code"}`, as Splunk numbers them ("Troubleshoot HTTP Event Collector", error codes)."""

from handlers.web.outcomes import Outcomes, why_not_all
from handlers.web.refusals import NO_HEADERS, Code, Refusal
from handlers.web.request import Request
from handlers.web.responses import RETRY_AFTER_SECONDS, Response, json_response

SUCCESS, NO_DATA, INVALID_FORMAT, INCORRECT_INDEX, BUSY = 0, 5, 6, 7, 9
EVENT_REQUIRED, EVENT_BLANK, FIELDS_INVALID, TOKEN_IN_QUERY, HEALTHY = 12, 13, 15, 16, 17
_NO_TOKEN, _INVALID_AUTHORIZATION, _INVALID_TOKEN, _INTERNAL = 2, 3, 4, 8

# The status and the text of each number; some clients look at the text.
_MEANINGS = {
    SUCCESS: (200, "Success"),
    _NO_TOKEN: (401, "Token is required"),
    _INVALID_AUTHORIZATION: (401, "Invalid authorization"),
    _INVALID_TOKEN: (403, "Invalid token"),
    NO_DATA: (400, "No data"),
    INVALID_FORMAT: (400, "Invalid data format"),
    INCORRECT_INDEX: (400, "Incorrect index"),
    _INTERNAL: (500, "Internal server error"),
    BUSY: (503, "Server is busy"),
    EVENT_REQUIRED: (400, "Event field is required"),
    EVENT_BLANK: (400, "Event field cannot be blank"),
    FIELDS_INVALID: (400, "Error in handling indexed fields"),
    TOKEN_IN_QUERY: (400, "Query string authorization is not enabled"),
    HEALTHY: (200, "HEC is healthy"),
}
_NUMBERS = {
    Code.INVALID_JSON: INVALID_FORMAT,
    Code.INVALID_REQUEST: INVALID_FORMAT,
    Code.MISSING_TENANT: INCORRECT_INDEX,
    Code.TENANT_MISMATCH: INCORRECT_INDEX,
    Code.UNAUTHENTICATED: _INVALID_TOKEN,
    Code.WRONG_TENANT: _INVALID_TOKEN,
    Code.INSUFFICIENT_SCOPE: _INVALID_TOKEN,
    Code.NOT_FOUND: INVALID_FORMAT,
    Code.METHOD_NOT_ALLOWED: INVALID_FORMAT,
    Code.PAYLOAD_TOO_LARGE: INVALID_FORMAT,
    Code.UNSUPPORTED_MEDIA_TYPE: INVALID_FORMAT,
    Code.OVERLOADED: BUSY,
    Code.QUEUE_UNAVAILABLE: BUSY,
    Code.TABLE_UNAVAILABLE: BUSY,
    Code.RECORD_DAMAGED: _INTERNAL,
    Code.INTERNAL_ERROR: BUSY,
}
# HEC has no number for them, but clients know the status.
_OWN_STATUS = frozenset({Code.NOT_FOUND, Code.METHOD_NOT_ALLOWED, Code.PAYLOAD_TOO_LARGE})
_SCHEMES = frozenset({"splunk", "bearer", "basic"})


def said(number: int, **members: object) -> Response:
    """Return the answer with one of HEC's numbers, and further members."""
    status, text = _MEANINGS[number]
    return json_response(status, {"text": text, "code": number, **members})


def answer(outcomes: Outcomes) -> Response:
    """Return the answer to a request that was read: success, or the first reason why some of its events were refused.

    Events that are valid are accepted; 400 says which one can never be accepted, 503 that all are to be sent again.
    """
    refusal = why_not_all(outcomes)
    if refusal is None:
        return said(SUCCESS)
    if refusal.code.retryable:
        return _refused(refusal)
    first = next(index for index, outcome in outcomes.items() if isinstance(outcome, Refusal))
    return said(_number(refusal), detail=refusal.detail, **{"invalid-event-number": first})


def refuse(request: Request, refusal: Refusal) -> Response:
    """Return the answer to a request that is refused as a whole; nothing of it was accepted."""
    if refusal.code == Code.UNAUTHENTICATED:
        refusal = refusal._replace(protocol_code=_what_is_wrong_with(request.headers.get("authorization", "")))
    return _refused(refusal)


def _what_is_wrong_with(authorization: str) -> int:
    scheme, _, token = authorization.strip().partition(" ")
    if not scheme:
        return _NO_TOKEN
    return _INVALID_TOKEN if scheme.lower() in _SCHEMES and token.strip() else _INVALID_AUTHORIZATION


def _number(refusal: Refusal) -> int:
    return _NUMBERS[refusal.code] if refusal.protocol_code is None else refusal.protocol_code


def _refused(refusal: Refusal) -> Response:
    number = _number(refusal)
    response = said(number, detail=refusal.detail)
    if refusal.code in _OWN_STATUS:
        response["statusCode"] = refusal.code.status
    after = {"retry-after": str(RETRY_AFTER_SECONDS)} if refusal.code.retryable else NO_HEADERS
    response["headers"] |= {**after, **refusal.headers}
    return response
