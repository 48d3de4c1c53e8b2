"""Query: shows a tenant its stored logs."""

import json
import logging
import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from handlers.access.scopes import READING, Scope
from handlers.aws.context import Context, remaining_seconds
from handlers.aws.event_log import record_event
from handlers.aws.failures import CredentialsUnavailable, TableUnavailable
from handlers.aws.items import DamagedRow
from handlers.aws.log_table import TenantRows, log_table
from handlers.environment import QueryEnvironment
from handlers.logs.identifiers import LOG_ID_RULE, QUEUED_LOG_ID_PATTERN
from handlers.logs.record import ORIGINALS
from handlers.logs.stored_log import Incomplete, whole_log
from handlers.web.identity import Caller, caller_of
from handlers.web.page_request import PARAMETERS, PageRequest
from handlers.web.refusals import Code, Refused, unexpected
from handlers.web.request import Request
from handlers.web.responses import Response, found, problem

# Lambda hands back at most 6 MB ("Lambda quotas", invocation payload).
LARGEST_BODY_BYTES = 6_000_000
SERVER_ERROR = 500


def handler(event: Mapping[str, Any], context: Context) -> Response:
    """Answer one request for a log, or for a page of them (payload format 2.0).

    Guarantees: every read uses credentials of the tenant that the gateway vouches for.
    """
    try:
        return _answer(Request.from_event(event), remaining_seconds(context))
    except Refused as refused:
        refusal = refused.refusal
    except Exception as error:  # noqa: BLE001 - whatever failed, clients get an answer that they can read
        refusal = unexpected(error)
    level = logging.ERROR if refusal.code.status >= SERVER_ERROR else logging.INFO
    record_event("refused", code=refusal.code, cause=refusal.cause, level=level)
    return problem(refusal)


def _answer(request: Request, seconds: float) -> Response:
    environment = QueryEnvironment.read()
    caller = caller_of(
        request, auth=environment.auth, tenant_claim=environment.tenant_claim, scope_claim=environment.scope_claim
    )
    tenant_id = _own_tenant(request, caller)
    caller.require_any(READING)
    log_id = _log_id(request)
    _refuse_unknown_parameters(request.query, known=PARAMETERS if log_id is None else ())
    try:
        table = log_table(environment.table_name, tenant_role_arn=environment.tenant_role_arn)
        logs = table.rows_of(tenant_id, lasting_seconds=seconds)
        with_original = Scope.READ_ORIGINAL in caller.scopes
        if log_id is None:
            answer = _page(logs, request.query, with_original=with_original)
        else:
            answer = _log(logs, log_id, with_original=with_original)
    except (CredentialsUnavailable, TableUnavailable) as error:
        raise Refused(Code.TABLE_UNAVAILABLE, "The log could not be read; ask again.", cause=str(error)) from error
    record_event("read", code="read", tenant_id=tenant_id, log_id=log_id, key_id=caller.key_id, logs=answer.logs)
    return answer.response


class _Answer(NamedTuple):
    response: Response
    logs: int


def _own_tenant(request: Request, caller: Caller) -> str:
    if caller.tenant_id is None or request.path_parameters.get("tenant_id") != caller.tenant_id:
        raise Refused(Code.WRONG_TENANT, "The credential allows reading the logs of its own tenant only.")
    return caller.tenant_id


def _log_id(request: Request) -> str | None:
    # Not decoded again: an HTTP API has decoded the path once, so a `%2D` that is left is part of the id.
    log_id = request.path_parameters.get("log_id")
    if log_id is not None and not re.fullmatch(QUEUED_LOG_ID_PATTERN, log_id):
        raise Refused(Code.INVALID_REQUEST, f"The log id in the path must be {LOG_ID_RULE}.")
    return log_id


def _refuse_unknown_parameters(query: Mapping[str, str], *, known: Collection[str]) -> None:
    if unknown := sorted(query.keys() - set(known)):
        takes = f"takes {', '.join(known)}" if known else "takes no query parameters"
        raise Refused(Code.INVALID_REQUEST, f"This route {takes}; it got {_shown(unknown[0])}.")


def _shown(name: str) -> str:
    """Return a name that a client chose, short and harmless."""
    return ascii(name[:40])


def _log(logs: TenantRows, log_id: str, *, with_original: bool) -> _Answer:
    try:
        records = logs.records_of(log_id)
    except DamagedRow as row:
        detail = "The log is stored but cannot be read; tell whoever runs this pipeline."
        raise Refused(Code.RECORD_DAMAGED, detail, cause="DamagedRow") from row
    if not records:
        raise Refused(Code.NOT_FOUND, "No such log is stored; it may still be waiting.")
    try:
        response = found(_visible(whole_log(records), with_original=with_original))
    except Incomplete as incomplete:
        raise Refused(Code.NOT_FOUND, f"The log is not complete yet: {incomplete}.") from None
    if _is_too_large(response):
        raise Refused(
            Code.PAYLOAD_TOO_LARGE, "The log is too large for one answer; read its parts with ?prefix={log_id}%23."
        )
    return _Answer(response, logs=1)


def _page(logs: TenantRows, query: Mapping[str, str], *, with_original: bool) -> _Answer:
    asked = PageRequest.of(query, tenant_id=logs.tenant_id)
    page = logs.page(asked.selection, limit=asked.limit, after=asked.after)
    next_cursor = asked.cursor_after(page.last_key)
    shown = [_visible(record.as_json(), with_original=with_original) for record in page.records]
    for key in page.damaged:
        record_event("damaged", code=Code.RECORD_DAMAGED, tenant_id=logs.tenant_id, log_id=key, level=logging.ERROR)
    damaged = {"damaged": page.damaged} if page.damaged else {}
    response = found({"records": shown, "cursor": next_cursor} | damaged)
    if _is_too_large(response):
        raise Refused(Code.PAYLOAD_TOO_LARGE, "The page is too large for one answer; ask with a smaller limit.")
    return _Answer(response, logs=len(shown))


def _visible(log: Mapping[str, Any], *, with_original: bool) -> dict[str, Any]:
    return {name: value for name, value in log.items() if with_original or name not in ORIGINALS}


def _is_too_large(response: Response) -> bool:
    # Lambda counts the response as JSON; its body is a JSON string in there, and so is escaped twice.
    body = response["body"]
    return 2 * len(body) > LARGEST_BODY_BYTES and len(json.dumps(body)) > LARGEST_BODY_BYTES
