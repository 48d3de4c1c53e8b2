"""Submissions: what a request to `POST /ingest` carries, checked against every rule of the contract."""

import re
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from handlers.domain.envelope import Envelope, LogId, Source, TenantId
from handlers.domain.identifiers import (
    LOG_ID_PATTERN,
    LOG_ID_RULE,
    TENANT_ID_PATTERN,
    TENANT_ID_RULE,
    new_log_id,
)
from handlers.domain.record import timestamp
from handlers.web.refusals import Code, Refused
from handlers.web.request import Request

_RULES = {
    "tenant_id": TENANT_ID_RULE,
    "log_id": LOG_ID_RULE,
    "text": "a string of at least one character",
}


class _JsonLog(BaseModel):
    """The body of an `application/json` request."""

    model_config = ConfigDict(strict=True, extra="forbid")

    tenant_id: TenantId | None = None
    log_id: LogId | None = None
    text: str = Field(min_length=1)


_JSON_LOG = TypeAdapter(_JsonLog)


def envelope_from(request: Request, *, max_text_chars: int) -> Envelope:
    """Return the envelope of a request's one log.

    Args:
        request: a request to `POST /ingest`.
        max_text_chars: longest text, in characters, that one message may carry.

    Raises:
        Refused: the request breaks a rule of the contract.
    """
    media_type = request.media_type()
    read = _READERS.get(media_type)
    if read is None:
        raise Refused(
            Code.UNSUPPORTED_MEDIA_TYPE,
            "Send application/json with tenant_id and text, or text/plain with the header X-Tenant-ID.",
        )
    envelope = read(request)
    _refuse_long_text(envelope.text, max_text_chars)
    return envelope


def _read_json(request: Request) -> Envelope:
    try:
        log = _JSON_LOG.validate_json(request.body)
    except ValidationError as error:
        raise _refusal_of(error) from None
    return _envelope(
        tenant_id=_tenant(named_by_header=_tenant_header(request), named_by_body=log.tenant_id),
        log_id=_log_id(named_by_header=_log_id_header(request), named_by_body=log.log_id),
        source="json_upload",
        text=log.text,
    )


def _read_text(request: Request) -> Envelope:
    text = request.text()
    if not text:
        raise Refused(Code.INVALID_REQUEST, "The body is empty; send the text of the log.")
    return _envelope(
        tenant_id=_tenant(named_by_header=_tenant_header(request), named_by_body=None),
        log_id=_log_id(named_by_header=_log_id_header(request), named_by_body=None),
        source="text_upload",
        text=text,
    )


_READERS: dict[str, Callable[[Request], Envelope]] = {
    "application/json": _read_json,
    "text/plain": _read_text,
}


def _envelope(*, tenant_id: str, log_id: str, source: Source, text: str) -> Envelope:
    """Return an envelope of values that were checked above; checking them again would double the cost."""
    return Envelope.model_construct(
        tenant_id=tenant_id, log_id=log_id, source=source, text=text, received_at=timestamp()
    )


def _tenant_header(request: Request) -> str | None:
    return _checked_header(request, "x-tenant-id", TENANT_ID_PATTERN, TENANT_ID_RULE)


def _log_id_header(request: Request) -> str | None:
    return _checked_header(request, "x-log-id", LOG_ID_PATTERN, LOG_ID_RULE)


def _checked_header(request: Request, name: str, pattern: str, rule: str) -> str | None:
    value = request.header(name)
    if value is not None and not re.fullmatch(pattern, value):
        raise Refused(Code.INVALID_REQUEST, f"The header {name.title()} must be {rule}.")
    return value


def _tenant(*, named_by_header: str | None, named_by_body: str | None) -> str:
    if named_by_header and named_by_body and named_by_header != named_by_body:
        raise Refused(
            Code.TENANT_MISMATCH, "The header X-Tenant-ID and tenant_id in the body differ; send one of them."
        )
    tenant_id = named_by_body or named_by_header
    if not tenant_id:
        raise Refused(
            Code.MISSING_TENANT, "Name the tenant: tenant_id in a JSON body, or the header X-Tenant-ID."
        )
    return tenant_id


def _log_id(*, named_by_header: str | None, named_by_body: str | None) -> str:
    if named_by_header and named_by_body and named_by_header != named_by_body:
        raise Refused(
            Code.INVALID_REQUEST, "The header X-Log-ID and log_id in the body differ; send one of them."
        )
    return named_by_body or named_by_header or new_log_id()


def _refuse_long_text(text: str, max_text_chars: int) -> None:
    if len(text) > max_text_chars:
        raise Refused(
            Code.PAYLOAD_TOO_LARGE,
            f"The text has {len(text)} characters, at most {max_text_chars} are taken; send it as several logs.",
        )


def _refusal_of(error: ValidationError) -> Refused:
    fault: Any = error.errors(include_url=False, include_input=False)[0]
    if fault["type"] == "json_invalid":
        # The parser's own words name a line and a column, and nothing of the body.
        return Refused(Code.INVALID_JSON, f"The body is not valid JSON: {fault['ctx']['error']}.")
    if not fault["loc"]:
        return Refused(Code.INVALID_REQUEST, "The body must be a JSON object with tenant_id and text.")
    field = str(fault["loc"][0])
    if field not in _RULES:
        return Refused(Code.INVALID_REQUEST, f"The body may hold {', '.join(_RULES)} and nothing else.")
    return Refused(Code.INVALID_REQUEST, f"{field} must be {_RULES[field]}.")
