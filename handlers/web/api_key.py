"""API keys: made once, shown once, kept only as a hash."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

# 32 random bytes: too many to guess, so a fast hash without salt is enough to keep them by.
_SECRET_BYTES = 32
_KEY_PATTERN = re.compile(r"rdp_[A-Za-z0-9_-]{43}")
_BEARER = "bearer "


def new_key() -> str:
    """Return a key that nobody has seen before."""
    return f"rdp_{secrets.token_urlsafe(_SECRET_BYTES)}"


def key_hash(key: str) -> str:
    """Return the SHA-256 of a key, in hex."""
    return hashlib.sha256(key.encode()).hexdigest()


def bearer_key(authorization: str) -> str | None:
    """Return the key of an `Authorization` header; None where it holds nothing of that form."""
    scheme, key = authorization[: len(_BEARER)], authorization[len(_BEARER) :].strip()
    if scheme.lower() != _BEARER or not _KEY_PATTERN.fullmatch(key):
        return None
    return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What is kept of a key.

    Attributes:
        tenant_id: whom it stands for.
        expires_at: when it ends; None where it does not.
        disabled: whether it was revoked.
    """

    tenant_id: str
    expires_at: datetime | None
    disabled: bool

    def is_live(self) -> bool:
        """Return whether the key opens anything now."""
        return not self.disabled and (self.expires_at is None or datetime.now(UTC) < self.expires_at)
