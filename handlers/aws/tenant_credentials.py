"""Tenant credentials: short-lived keys that reach one tenant's rows and no others, because IAM says so."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from botocore.credentials import ReadOnlyCredentials

from handlers.aws.clients import client
from handlers.aws.failures import AWS_ERRORS, CredentialsUnavailable
from handlers.aws.single_flight import SingleFlight
from handlers.logs.clock import SYSTEM_CLOCK, Clock

# A role that assumes a role gets an hour at the most ("IAM roles", role chaining).
SESSION_SECONDS = 3600
# A role session name has 2 to 64 characters ("AssumeRole"); a tenant id may have 1.
SESSION_NAME_PREFIX = "tenant-"
LONGEST_SESSION_NAME = 64
TENANTS_KEPT = 1000


@dataclass(frozen=True, slots=True)
class _Session:
    credentials: ReadOnlyCredentials
    expires_at: datetime

    def lasts(self, seconds: float, *, now: datetime) -> bool:
        return self.expires_at - now > timedelta(seconds=seconds)


class TenantCredentials:
    """Takes credentials from STS, tenant by tenant, and keeps them while they last.

    Args:
        sts: a boto3 STS client.
        role_arn: the tenant-scoped role.
        tenants_kept: how many tenants' credentials are kept; the least recently used goes first.
        clock: by which credentials expire.
    """

    def __init__(
        self,
        sts: Any,
        role_arn: str,
        *,
        tenants_kept: int = TENANTS_KEPT,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._sts = sts
        self._role_arn = role_arn
        self._tenants_kept = tenants_kept
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Session] = OrderedDict()
        self._flight: SingleFlight[str, _Session] = SingleFlight()

    def of(self, tenant_id: str, *, lasting_seconds: float) -> ReadOnlyCredentials:
        """Return the tenant's credentials, valid for at least this long.

        Threads that ask for the same tenant at the same time share one call.

        Raises:
            CredentialsUnavailable: STS did not confirm it.
        """
        session = self._kept_session(tenant_id, lasting_seconds)
        if session is None:
            session = self._flight.call(tenant_id, lambda: self._fetch(tenant_id, lasting_seconds))
        return session.credentials

    def _fetch(self, tenant_id: str, lasting_seconds: float) -> _Session:
        # A call that ended just before this one began may have fetched them.
        kept = self._kept_session(tenant_id, lasting_seconds)
        return kept or self._keep(tenant_id, self._assume(tenant_id))

    def _kept_session(self, tenant_id: str, lasting_seconds: float) -> _Session | None:
        with self._lock:
            session = self._kept.get(tenant_id)
            if session is None or not session.lasts(lasting_seconds, now=self._clock.now()):
                return None
            self._kept.move_to_end(tenant_id)
            return session

    def _keep(self, tenant_id: str, session: _Session) -> _Session:
        with self._lock:
            self._kept[tenant_id] = session
            self._kept.move_to_end(tenant_id)
            if len(self._kept) > self._tenants_kept:
                self._kept.popitem(last=False)
        return session

    def _assume(self, tenant_id: str) -> _Session:
        try:
            answer = self._sts.assume_role(
                RoleArn=self._role_arn,
                RoleSessionName=f"{SESSION_NAME_PREFIX}{tenant_id}"[:LONGEST_SESSION_NAME],
                DurationSeconds=SESSION_SECONDS,
                Tags=[{"Key": "tenant_id", "Value": tenant_id}],
            )
        except AWS_ERRORS as error:
            raise CredentialsUnavailable.of(error) from error
        keys = answer["Credentials"]
        return _Session(
            ReadOnlyCredentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], None),
            keys["Expiration"],
        )


@lru_cache
def tenant_credentials(role_arn: str) -> TenantCredentials:
    """Return this process's tenant credentials."""
    return TenantCredentials(client("sts"), role_arn)
