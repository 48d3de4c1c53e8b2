"""Refusals: every way a request can be refused, each with one stable code."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Code(StrEnum):
    """What went wrong: the response's `code`, the log field and the metric dimension."""

    INVALID_JSON = "invalid_json"
    INVALID_REQUEST = "invalid_request"
    MISSING_TENANT = "missing_tenant"
    TENANT_MISMATCH = "tenant_mismatch"
    UNAUTHENTICATED = "unauthenticated"
    WRONG_TENANT = "wrong_tenant"
    INSUFFICIENT_SCOPE = "insufficient_scope"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    OVERLOADED = "overloaded"
    QUEUE_UNAVAILABLE = "queue_unavailable"
    TABLE_UNAVAILABLE = "table_unavailable"
    RECORD_DAMAGED = "record_damaged"
    INTERNAL_ERROR = "internal_error"

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return _STATUS_AND_MEANING[self][0]

    @property
    def meaning(self) -> str:
        """What the code says, for people."""
        return _STATUS_AND_MEANING[self][1]

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later."""
        return self in _RETRYABLE


_STATUS_AND_MEANING = {
    Code.INVALID_JSON: (400, "The body is not valid JSON"),
    Code.INVALID_REQUEST: (400, "The request breaks a rule"),
    Code.MISSING_TENANT: (400, "No tenant is named"),
    Code.TENANT_MISMATCH: (400, "Header and body name different tenants"),
    Code.UNAUTHENTICATED: (401, "The credential belongs to no tenant"),
    Code.WRONG_TENANT: (403, "The credential is another tenant's"),
    Code.INSUFFICIENT_SCOPE: (403, "The credential does not allow this"),
    Code.NOT_FOUND: (404, "There is nothing at this path"),
    Code.METHOD_NOT_ALLOWED: (405, "The path does not take this method"),
    Code.PAYLOAD_TOO_LARGE: (413, "The request is too large"),
    Code.UNSUPPORTED_MEDIA_TYPE: (415, "The content type is not supported"),
    Code.OVERLOADED: (503, "There is more work than can be done in time"),
    Code.QUEUE_UNAVAILABLE: (500, "The queue cannot be reached"),
    Code.TABLE_UNAVAILABLE: (500, "The table cannot be reached"),
    Code.RECORD_DAMAGED: (500, "The stored record is damaged"),
    Code.INTERNAL_ERROR: (500, "The pipeline itself failed"),
}
_RETRYABLE = frozenset({Code.OVERLOADED, Code.QUEUE_UNAVAILABLE, Code.TABLE_UNAVAILABLE, Code.INTERNAL_ERROR})
# How many calls of a failure are kept: enough to see the function that failed and who called it.
_FRAMES_KEPT = 6


class Refusal(NamedTuple):
    """Why a request, or one log of it, was refused.

    Attributes:
        code: why.
        detail: the rule that was broken and what to send instead; never an exception's text.
        headers: extra response headers.
        cause: the error behind it, by its name; for the event log only.
        log_id: the log's id, where it has one by then.
        protocol_code: the number that the request's protocol has for exactly this; None if it follows from the code.
    """

    code: Code
    detail: str
    headers: Mapping[str, str] = NO_HEADERS
    cause: str | None = None
    log_id: str | None = None
    protocol_code: int | None = None


class Refused(Exception):
    """Ends the reading of a request, or of one log; nothing of it was accepted.

    It takes what a `Refusal` holds. Where it is caught, its `refusal` goes on as a plain value.
    """

    def __init__(
        self,
        code: Code,
        detail: str,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        cause: str | None = None,
        protocol_code: int | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.refusal = Refusal(code, detail, headers=headers, cause=cause, protocol_code=protocol_code)


def unexpected(error: Exception) -> Refusal:
    """Return the refusal of a request that failed for a reason nobody foresaw; the client is to send it again.

    Without it the gateway would answer 500 in a form of its own, at which some clients drop what they sent. The cause
    says where it happened, and never the error's message, which may quote a log.
    """
    # Imported here because only a failure needs it.
    from pathlib import Path
    from traceback import extract_tb

    frames = extract_tb(error.__traceback__)[-_FRAMES_KEPT:]
    calls = ", called from ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    detail = "Something failed that should not; nothing is confirmed, so send it again later."
    return Refusal(Code.INTERNAL_ERROR, detail, cause=f"{type(error).__name__} in {calls}")
