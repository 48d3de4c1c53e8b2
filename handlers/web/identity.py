"""Identity: which tenant a request's credential stands for."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from handlers.logs.identifiers import TENANT_ID_PATTERN
from handlers.web.refusals import Code, Refused
from handlers.web.request import Request

Auth = Literal["none", "api-key", "jwt"]


def credential_tenant(request: Request, *, auth: Auth, tenant_claim: str) -> str | None:
    """Return the tenant that the gateway vouches for; None where the stack asks for no credential.

    Args:
        request: what the gateway handed over.
        auth: how tenants prove who they are.
        tenant_claim: the claim of a JSON Web Token that names the tenant.

    Raises:
        Refused: no tenant stands behind the credential. It is said in the same words whatever is wrong with it.
    """
    if auth == "none":
        return None
    tenant_id = _vouched_for(request.authorizer, auth=auth, tenant_claim=tenant_claim)
    if not isinstance(tenant_id, str) or not re.fullmatch(TENANT_ID_PATTERN, tenant_id):
        raise Refused(
            Code.UNAUTHENTICATED,
            "Send Authorization: Bearer with a credential that is valid here.",
            headers={"www-authenticate": "Bearer"},
        )
    return tenant_id


def _vouched_for(authorizer: Mapping[str, Any], *, auth: Auth, tenant_claim: str) -> object:
    if auth == "api-key":
        return _within(authorizer, "lambda", "tenant_id")
    return _within(authorizer, "jwt", "claims", tenant_claim)


def _within(value: object, *names: str) -> object:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
