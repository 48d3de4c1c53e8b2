"""Fingerprints: tell a duplicate from a conflict without keeping anything from which the text could be guessed.

A plain digest of a short text gives the text away: a program can try every phone number there is. So fingerprints are
made with a secret key. Each carries the id of its key. Fingerprints of earlier keys, and the plain digests of earlier
versions, are still compared.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Protocol

from handlers.logs.envelope import Envelope, fingerprint
from handlers.logs.record import sort_key


@dataclass(frozen=True, slots=True)
class FingerprintKey:
    """A key that fingerprints are made with.

    Attributes:
        key_id: its name; every fingerprint begins with it.
        secret: the bytes that nobody may know.
    """

    key_id: str
    secret: bytes = field(repr=False)

    def fingerprint_of(self, content: "Content") -> str:
        """Return the fingerprint of a content, as `<key id>:<HMAC-SHA-256 in hex>`."""
        written = json.dumps(content.fields).encode()
        return f"{self.key_id}:{hmac.new(self.secret, written, hashlib.sha256).hexdigest()}"


class FingerprintKeys(Protocol):
    """Knows the key for new fingerprints, and those that older ones were made with."""

    def current(self) -> FingerprintKey:
        """Return the key for new fingerprints."""

    def named(self, key_id: str) -> FingerprintKey:
        """Return the key of that id."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a row is about, as input of a fingerprint.

    Attributes:
        fields: all of it; two different contents never have the same fields.
        plain: the plain digests that earlier versions stored for it, of the text and of the whole log; None where
            they stored no such row.
    """

    fields: tuple[str | int, ...]
    plain: tuple[str | None, str | None] | None


@dataclass(frozen=True, slots=True)
class StoredFingerprint:
    """The fingerprint, or the plain digests, of a stored row.

    Attributes:
        keyed: its fingerprint; None where an earlier version stored it.
        content_sha256: plain digest of the text, from an earlier version.
        whole_sha256: plain digest of the text of the whole log, from an earlier version.
    """

    keyed: str | None
    content_sha256: str | None = None
    whole_sha256: str | None = None

    def is_of(self, content: Content, keys: FingerprintKeys) -> bool:
        """Return whether the row holds this content."""
        if self.keyed is None:
            return content.plain is not None and (self.content_sha256, self.whole_sha256) == content.plain
        key_id, _, _ = self.keyed.partition(":")
        return hmac.compare_digest(keys.named(key_id).fingerprint_of(content).encode(), self.keyed.encode())


def content_of(envelope: Envelope) -> Content:
    """Return the content of the envelope's record: its text and details, and for a part the log that it belongs to."""
    key, whole, details = sort_key(envelope), envelope.whole_sha256, envelope.details_as_text()
    fields = ("record", envelope.tenant_id, key, whole or "", envelope.text)
    if details:
        return Content((*fields, details), None)
    return Content(fields, (fingerprint(envelope.text), whole))


def piece_content_of(envelope: Envelope, piece: int) -> Content:
    """Return the content of one of the records that the envelope's log was split into."""
    return Content(("piece", piece, *content_of(envelope).fields), None)


def claim_content_of(envelope: Envelope) -> Content:
    """Return the content of the claim of a part's log: the whole log, and in how many parts it travels."""
    return Content(("claim", envelope.tenant_id, envelope.log_id, envelope.parts, envelope.whole_sha256 or ""), None)
