"""Identity: which tenant a request's credential belongs to, and what it allows."""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from handlers.access.scopes import ALL_SCOPES, NO_SCOPES, Scopes, scopes_in, spelled
from handlers.logs.identifiers import TENANT_ID_PATTERN
from handlers.web.refusals import Code, Refused
from handlers.web.request import Request

Auth = Literal["none", "api-key", "jwt"]


class Caller(NamedTuple):
    """Who sent a request, as the gateway vouches for it.

    Attributes:
        tenant_id: the tenant; None where the stack asks for no credential.
        scopes: what the credential allows.
        key_id: the API key's id; None where it was no API key.
    """

    tenant_id: str | None
    scopes: Scopes
    key_id: str | None = None

    def require_any(self, scopes: Scopes) -> None:
        """Do nothing where the credential has one of these scopes.

        Raises:
            Refused: it has none of them.
        """
        if self.scopes.isdisjoint(scopes):
            needed = " or ".join(spelled(scopes).split(","))
            raise Refused(
                Code.INSUFFICIENT_SCOPE,
                f"This needs a credential with the scope {needed}.",
                headers={"www-authenticate": f'Bearer error="insufficient_scope", scope="{needed}"'},
            )


NOBODY_IN_PARTICULAR = Caller(tenant_id=None, scopes=ALL_SCOPES)


def caller_of(request: Request, *, auth: Auth, tenant_claim: str, scope_claim: str) -> Caller:
    """Return who the gateway vouches for.

    Args:
        request: what the gateway handed over.
        auth: how tenants prove who they are.
        tenant_claim: the claim of a JSON Web Token that names the tenant.
        scope_claim: the claim that names its scopes; where empty, every token has all of them.

    Raises:
        Refused: the credential belongs to no tenant, and the message is the same whatever is wrong with it; or the
            authorizer could not find out.
    """
    if auth == "none":
        return NOBODY_IN_PARTICULAR
    if auth == "api-key":
        return _caller_by_key(_within(request.authorizer, "lambda"))
    return _caller_by_token(_within(request.authorizer, "jwt", "claims"), tenant_claim, scope_claim)


def _caller_by_key(context: object) -> Caller:
    if _within(context, "is_known") == "no":
        detail = "Whose credential this is cannot be read now; send this again later."
        raise Refused(Code.TABLE_UNAVAILABLE, detail, cause="authorizer")
    # Only an authorizer from before there were scopes leaves them out; the gateway may still remember its answers.
    scopes = _within(context, "scopes")
    key_id = _within(context, "key_id")
    return Caller(
        _tenant_id(_within(context, "tenant_id")),
        ALL_SCOPES if scopes is None else _named(scopes),
        key_id if isinstance(key_id, str) else None,
    )


def _caller_by_token(claims: object, tenant_claim: str, scope_claim: str) -> Caller:
    tenant_id = _tenant_id(_within(claims, tenant_claim))
    return Caller(tenant_id, _named(_within(claims, scope_claim)) if scope_claim else ALL_SCOPES)


def _tenant_id(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(TENANT_ID_PATTERN, value):
        raise Refused(
            Code.UNAUTHENTICATED,
            "Send Authorization: Bearer with a credential that is valid here.",
            headers={"www-authenticate": "Bearer"},
        )
    return value


def _named(value: object) -> Scopes:
    """Return the scopes that a text names.

    A key's are `write,read`; a token's are `write read` (RFC 8693, section 4.2), and `[write read]` where an HTTP API
    has turned a list into text.
    """
    return scopes_in(re.split(r"[\s,]+", value.strip("[]"))) if isinstance(value, str) else NO_SCOPES


def _within(value: object, *names: str) -> object:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
