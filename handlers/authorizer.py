"""Authorizer: tells the gateway whose an API key is, and what it allows."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from handlers.access.api_key import Grant, bare_key, key_hash, key_id, offered_key
from handlers.access.scopes import spelled
from handlers.aws.event_log import record_event
from handlers.aws.failures import TableUnavailable
from handlers.aws.key_table import DamagedGrant, key_table, key_usage
from handlers.environment import AuthorizerEnvironment

EXPIRES_SOON = timedelta(days=14)
"""From here on, every day of use writes an event, which an alarm watches."""

# The one route whose clients cannot send `Authorization`, and the header in which they send the bare key. The gateway
# names the route, so no client chooses which header counts.
_FIREHOSE_ROUTE = "POST /firehose"
_FIREHOSE_HEADER = "x-amz-firehose-access-key"

_NOBODY = {"tenant_id": "", "scopes": "", "key_id": ""}
_NOT_KNOWN = _NOBODY | {"is_known": "no"}


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Answer an HTTP API that asks about a request (Lambda authorizer, payload format 2.0, simple response).

    Guarantees: a tenant is named only for a key that was made, is not revoked and has not expired; the answer to any
    other key is the same, whatever is wrong with it.

    The request is always authorized, and the function behind the gateway refuses one without a tenant: if the
    authorizer refused it, an HTTP API would answer 403, but the contract says 401. While the key table is unavailable,
    the answer says so: if the authorizer failed instead, the gateway would answer a bare 500, at which some clients
    drop their logs. The gateway remembers this answer like any other.
    """
    key = _key_in(event)
    return {"isAuthorized": True, "context": _NOBODY if key is None else _context_of(key_hash(key))}


def _key_in(event: Mapping[str, Any]) -> str | None:
    headers = {name.lower(): value or "" for name, value in (event.get("headers") or {}).items()}
    if event.get("routeKey") == _FIREHOSE_ROUTE:
        return bare_key(headers.get(_FIREHOSE_HEADER, "").strip())
    return offered_key(headers.get("authorization", ""))


def _context_of(hashed_key: str) -> dict[str, str]:
    try:
        grant = _live_grant(hashed_key)
    except TableUnavailable as error:
        code, cause = "table_unavailable", str(error)
        record_event("key_not_read", code=code, cause=cause, key_id=key_id(hashed_key), level=logging.ERROR)
        return _NOT_KNOWN
    if grant is None:
        return _NOBODY
    _record_use(hashed_key, grant, datetime.now(UTC).date().isoformat())
    return {"tenant_id": grant.tenant_id, "scopes": spelled(grant.scopes), "key_id": key_id(hashed_key)}


def _live_grant(hashed_key: str) -> Grant | None:
    try:
        grant = key_table(AuthorizerEnvironment.read().key_table_name).grant_of(hashed_key)
    except DamagedGrant as error:
        code, cause = "damaged_grant", str(error)
        record_event("key_refused", code=code, cause=cause, key_id=key_id(hashed_key), level=logging.ERROR)
        return None
    return grant if grant is not None and grant.is_live() else None


@lru_cache(maxsize=10_000)  # each environment does it once for each key and day
def _record_use(hashed_key: str, grant: Grant, day: str) -> None:
    tenant_id, key = grant.tenant_id, key_id(hashed_key)
    if grant.expires_within(EXPIRES_SOON):
        event = "key_expires_soon"
        record_event(event, code=event, tenant_id=tenant_id, key_id=key, level=logging.WARNING)
    try:
        key_usage(AuthorizerEnvironment.read().key_usage_table_name).record(hashed_key, day=day)
    except TableUnavailable as error:
        # Operators read the day when they tidy up keys; no request may fail because of it.
        event, code, cause = "use_not_recorded", "table_unavailable", str(error)
        record_event(event, code=code, tenant_id=tenant_id, key_id=key, cause=cause, level=logging.WARNING)
