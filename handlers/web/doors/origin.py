"""The origin: what the logs of one request have in common, whatever the protocol: tenant, source and ids."""

import hashlib
import re
from typing import NamedTuple

from handlers.logs.envelope import Source
from handlers.logs.identifiers import (
    IDEMPOTENCY_KEY_PATTERN,
    IDEMPOTENCY_KEY_RULE,
    TENANT_ID_PATTERN,
    TENANT_ID_RULE,
    derived_log_id,
    new_log_id,
    timed_log_id,
)
from handlers.web.refusals import Code, Refused
from handlers.web.request import Request

_NANOSECONDS_PER_MILLISECOND = 1_000_000


class Origin(NamedTuple):
    """What the entries of one request have in common.

    Attributes:
        tenant_id: whose logs they are.
        source: the protocol.
        body_digest: a digest of the request's whole body.
        request_key: names the request, the same when it is repeated; None if nothing does.
    """

    tenant_id: str
    source: Source
    body_digest: str
    request_key: str | None = None

    @classmethod
    def of(cls, request: Request, *, source: Source, tenant_id: str, content: bytes) -> "Origin":
        """Return the origin of a request's logs; `Idempotency-Key` names the request.

        Raises:
            Refused: that header breaks its rule.
        """
        key = request.header_matching("idempotency-key", IDEMPOTENCY_KEY_PATTERN, rule=IDEMPOTENCY_KEY_RULE)
        return cls(tenant_id, source, hashlib.sha256(content).hexdigest(), key)

    def log_id_at(self, index: int, *, time_ns: int | None, now_milliseconds: int) -> str:
        """Return an id for the entry at a position: the same when the request is repeated, if anything allows that.

        Args:
            index: the position.
            time_ns: when the log happened, in nanoseconds since 1970; None if its source did not say.
            now_milliseconds: the present time, since 1970.
        """
        if self.request_key is not None:
            return derived_log_id(tenant_id=self.tenant_id, idempotency_key=self.request_key, index=index)
        if time_ns is None:
            return new_log_id()
        return timed_log_id(
            milliseconds=time_ns // _NANOSECONDS_PER_MILLISECOND,
            tenant_id=self.tenant_id,
            body_digest=self.body_digest,
            index=index,
            now_milliseconds=now_milliseconds,
        )


def tenant_of(request: Request, tenant_of_credential: str | None, *named_otherwise: str | None) -> str:
    """Return the tenant of a request's logs.

    Args:
        request: what the gateway handed over; its header X-Tenant-ID may name the tenant.
        tenant_of_credential: the tenant that the gateway vouches for; None where none is asked for.
        named_otherwise: what else of the protocol names the tenant.

    Raises:
        Refused: no tenant is named, what names it breaks the rule for tenants, or two names disagree.
    """
    header = request.header_matching("x-tenant-id", TENANT_ID_PATTERN, rule=TENANT_ID_RULE)
    named = {tenant_id for tenant_id in (header, *named_otherwise) if tenant_id}
    if not all(re.fullmatch(TENANT_ID_PATTERN, tenant_id) for tenant_id in named):
        raise Refused(Code.INVALID_REQUEST, f"A tenant is named by {TENANT_ID_RULE}.")
    if tenant_of_credential:
        if named - {tenant_of_credential}:
            raise Refused(Code.WRONG_TENANT, "The credential is another tenant's; leave the tenant out.")
        return tenant_of_credential
    if not named:
        raise Refused(Code.MISSING_TENANT, "Name the tenant with the header X-Tenant-ID.")
    if len(named) > 1:
        raise Refused(Code.TENANT_MISMATCH, "The request names two tenants; name one.")
    return named.pop()
