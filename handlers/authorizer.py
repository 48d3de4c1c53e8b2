"""Authorizer: tells the gateway which tenant an API key stands for."""

from collections.abc import Mapping
from typing import Any

from handlers.aws.key_table import key_table
from handlers.environment import AuthorizerEnvironment
from handlers.web.api_key import bearer_key


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Answer an HTTP API that asks about a request (Lambda authorizer, payload format 2.0, simple response).

    Guarantees: a tenant is named only for a key that was made, is not revoked and has not expired; of any other the
    answer is the same, whatever is wrong with it.

    The request goes on either way, and the function behind refuses one without a tenant: to a "no" of its authorizer
    an HTTP API answers 403, and the contract says 401.
    """
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return {"isAuthorized": True, "context": {"tenant_id": _tenant_of(headers.get("authorization") or "") or ""}}


def _tenant_of(authorization: str) -> str | None:
    key = bearer_key(authorization)
    if key is None:
        return None
    grant = key_table(AuthorizerEnvironment.read().key_table_name).grant_of(key)
    return grant.tenant_id if grant is not None and grant.is_live() else None
