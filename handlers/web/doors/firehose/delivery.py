"""`POST /firehose`: records as Amazon Data Firehose delivers them to an HTTP endpoint.

The protocol: Amazon Data Firehose Developer Guide, "HTTP endpoint delivery request and response specifications".
"""

import hashlib
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from handlers.logs.identifiers import IDEMPOTENCY_KEY_PATTERN, IDEMPOTENCY_KEY_RULE
from handlers.web.bodies import parsed, refuse_too_many_values
from handlers.web.doors.door import Door
from handlers.web.doors.firehose.records import entries_in, records_in
from handlers.web.doors.logs import logs_of
from handlers.web.doors.origin import Origin, tenant_of
from handlers.web.outcomes import Outcomes, why_not_all
from handlers.web.refusals import NO_HEADERS, Code, Refusal, Refused
from handlers.web.request import Request
from handlers.web.responses import RETRY_AFTER_SECONDS, Response, json_response
from handlers.web.submission import Submission

JSON = "application/json"
REQUEST_ID = "x-amz-firehose-request-id"
COMMON_ATTRIBUTES = "x-amz-firehose-common-attributes"

_IF_DAMAGED = "set the content encoding of the Firehose stream to disabled (ContentEncoding: NONE)."
_ATTRIBUTES_RULE = 'The header X-Amz-Firehose-Common-Attributes must be {"commonAttributes": {"<name>": "<text>"}}.'


def read(request: Request, tenant_of_credential: str | None) -> Submission:
    """Return the logs of a request.

    Raises:
        Refused: the request as a whole breaks a rule.
    """
    request_id = _request_id(request)
    attributes = _common_attributes(request)
    tenant_id = _tenant(request, tenant_of_credential, attributes.pop("tenant_id", None))
    text = _text(request)
    records = records_in(_delivery(text, request_id))
    # Firehose keeps the id of a request when it repeats it.
    origin = Origin(tenant_id, "firehose", hashlib.sha256(text.encode()).hexdigest(), request_key=request_id)
    logs = logs_of(entries_in(records, attributes), origin)
    return Submission(logs, partial(answer, request_id=request_id))


def answer(outcomes: Outcomes, *, request_id: str) -> Response:
    """Return the answer to a request that was read: 200 where the queue has all of its logs.

    Otherwise Firehose repeats the request, which stores nothing twice, until the stream's retry duration is over, and
    then writes it to the stream's S3 bucket. So a log that can never be accepted is neither lost nor in the way of the
    others.
    """
    refusal = why_not_all(outcomes)
    return _refused(request_id, refusal) if refusal else _said(200, request_id)


def refuse(request: Request, refusal: Refusal) -> Response:
    """Return the answer to a request that is refused as a whole."""
    if refusal.code == Code.UNAUTHENTICATED:
        detail = "The stream's access key must be an API key (rdp_...) of this stack; that takes auth: api-key."
        refusal = refusal._replace(detail=detail)
    return _refused(request.header(REQUEST_ID) or "", refusal)


DOOR = Door(read=read, refuse=refuse)


def _request_id(request: Request) -> str:
    request_id = request.header_matching(REQUEST_ID, IDEMPOTENCY_KEY_PATTERN, rule=IDEMPOTENCY_KEY_RULE)
    if request_id is None:
        raise Refused(Code.INVALID_REQUEST, "Send the header X-Amz-Firehose-Request-Id, as Firehose does.")
    return request_id


def _common_attributes(request: Request) -> dict[str, str]:
    header = request.header(COMMON_ATTRIBUTES)
    if header is None:
        return {}
    try:
        held = parsed(header)
    except Refused:
        held = None
    attributes = held.get("commonAttributes", {}) if isinstance(held, dict) else None
    if not isinstance(attributes, dict) or not all(isinstance(value, str) for value in attributes.values()):
        raise Refused(Code.INVALID_REQUEST, _ATTRIBUTES_RULE)
    return attributes


def _tenant(request: Request, tenant_of_credential: str | None, named: str | None) -> str:
    if not (tenant_of_credential or named or request.header("x-tenant-id")):
        raise Refused(Code.MISSING_TENANT, "Name the tenant with a common attribute `tenant_id` of the stream.")
    return tenant_of(request, tenant_of_credential, named)


def _text(request: Request) -> str:
    if request.media_type() != JSON:
        raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, f"Send {JSON}, as Firehose does.")
    return request.text(if_damaged=_IF_DAMAGED)


def _delivery(text: str, request_id: str) -> Mapping[str, Any]:
    refuse_too_many_values(text)
    delivery = parsed(text)
    if not isinstance(delivery, dict):
        raise Refused(Code.INVALID_REQUEST, 'The body must be {"requestId", "timestamp", "records": [{"data"}, ...]}.')
    if delivery.get("requestId") != request_id:
        raise Refused(Code.INVALID_REQUEST, "requestId and the header X-Amz-Firehose-Request-Id must be the same.")
    return delivery


def _said(status: int, request_id: str, *, headers: Mapping[str, str] = NO_HEADERS, **members: str) -> Response:
    now_milliseconds = time.time_ns() // 1_000_000
    body = {"requestId": request_id, "timestamp": now_milliseconds, **members}
    return json_response(status, body, headers=headers)


def _refused(request_id: str, refusal: Refusal) -> Response:
    status, headers = refusal.code.status, dict(refusal.headers)
    if refusal.code == Code.PAYLOAD_TOO_LARGE:
        # At 413 alone, Firehose gives up without writing the request to the stream's bucket.
        status = 400
    if refusal.code.retryable:
        status, headers = 503, {"retry-after": str(RETRY_AFTER_SECONDS)} | headers
    return _said(status, request_id, headers=headers, errorMessage=f"{refusal.code}: {refusal.detail}")
