"""API keys: made once, shown once, kept only as a hash."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from handlers.access.scopes import ALL_SCOPES, Scopes

# 32 random bytes: too many to guess, so a fast hash without salt is enough to keep them by.
_SECRET_BYTES = 32
_KEY_PATTERN = re.compile(r"rdp_[A-Za-z0-9_-]{43}")
_KEY_ID_CHARS = 12


def new_key() -> str:
    """Return a key that nobody has seen before."""
    return f"rdp_{secrets.token_urlsafe(_SECRET_BYTES)}"


def key_hash(key: str) -> str:
    """Return the SHA-256 of a key, in hex."""
    return hashlib.sha256(key.encode()).hexdigest()


def offered_key(authorization: str) -> str | None:
    """Return the key of an `Authorization` header; None where it holds nothing of that form.

    Shippers send it as `Bearer <key>`, `Splunk <key>`, or `Basic` with the key as the password of any user.
    """
    scheme, _, credential = authorization.partition(" ")
    if scheme.lower() == "basic":
        return bare_key(_password(credential.strip()))
    return bare_key(credential.strip()) if scheme.lower() in {"bearer", "splunk"} else None


def bare_key(text: str) -> str | None:
    """Return a key that stands alone; None if the text is not of that form."""
    return text if _KEY_PATTERN.fullmatch(text) else None


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def key_id(hashed: str) -> str:
    """Return the id under which people and events know a key: the beginning of its hash."""
    return hashed[:_KEY_ID_CHARS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a key allows.

    Attributes:
        tenant_id: the tenant that the key belongs to.
        expires_at: when it ends, with its time zone; None where it does not.
        disabled: whether it was revoked.
        scopes: what it allows within its tenant; keys from before there were scopes allow everything.
    """

    tenant_id: str
    expires_at: datetime | None = None
    disabled: bool = False
    scopes: Scopes = ALL_SCOPES

    def is_live(self) -> bool:
        """Return whether the key opens anything now."""
        return not self.disabled and not self.expires_within(timedelta(0))

    def expires_within(self, period: timedelta) -> bool:
        """Return whether the key ends within this period from now, or has ended."""
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC) + period
