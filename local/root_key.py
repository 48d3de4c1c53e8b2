"""The root key of one run of the embedded cloud: random, and kept in the format of AWS's shared credentials file."""

from __future__ import annotations

import configparser
import os
import secrets
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

_KEY_ID_CHARS = string.ascii_uppercase + string.digits
_PROFILE = "default"


@dataclass(frozen=True, kw_only=True)
class RootKey:
    """An access key that may do everything in one embedded cloud."""

    key_id: str
    secret: str = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """Return a key that nobody can guess. As long as one of AWS's, but no AWS key begins with LOCAL."""
        key_id = "LOCAL" + "".join(secrets.choice(_KEY_ID_CHARS) for _ in range(15))
        return cls(key_id=key_id, secret=secrets.token_urlsafe(30))

    @classmethod
    def read(cls, file: Path) -> Self:
        """Return the key in a file that `write` wrote."""
        credentials = configparser.RawConfigParser()
        credentials.read_string(file.read_text())
        profile = credentials[_PROFILE]
        return cls(key_id=profile["aws_access_key_id"], secret=profile["aws_secret_access_key"])

    def write(self, file: Path, *, region: str) -> None:
        """Write the key and the region, so that the AWS CLI needs nothing else; only this user may read the file."""
        credentials = configparser.RawConfigParser()
        credentials[_PROFILE] = {
            "aws_access_key_id": self.key_id,
            "aws_secret_access_key": self.secret,
            "region": region,
        }
        file.unlink(missing_ok=True)  # a file that exists would keep its mode
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            credentials.write(opened)
