"""The request: an HTTP API or Function URL event (payload format 2.0), read once."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.web.refusals import Code, Refused

# US-ASCII is a subset of UTF-8. Any other charset arrives damaged: the gateway decodes text as UTF-8 first.
TAKEN_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent.

    Attributes:
        method: in upper case.
        path: without the query string.
        headers: by name in lower case.
        body: the bytes that the client sent.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "Request":
        """Return the request that an event carries.

        Raises:
            Refused: the body is marked as base64 and is not, or holds what no UTF-8 text can hold.
        """
        http = (event.get("requestContext") or {}).get("http") or {}
        return cls(
            method=str(http.get("method", "")).upper(),
            path=str(event.get("rawPath", "")),
            headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
            body=_body_bytes(event.get("body") or "", is_base64=bool(event.get("isBase64Encoded"))),
        )

    def header(self, name: str) -> str | None:
        """Return a header's value without surrounding space; None where it is absent or empty."""
        return self.headers.get(name, "").strip() or None

    def media_type(self) -> str:
        """Return the content type in lower case, without its parameters.

        Raises:
            Refused: the content type names a charset that does not survive the gateway.
        """
        media_type, _, parameters = self.headers.get("content-type", "").partition(";")
        _refuse_other_charsets(parameters)
        return media_type.strip().lower()

    def text(self) -> str:
        """Return the body as text.

        Raises:
            Refused: the body is not UTF-8; the detail says where.
        """
        try:
            return self.body.decode()
        except UnicodeDecodeError as error:
            raise Refused(
                Code.INVALID_REQUEST,
                f"The body is not UTF-8: byte {error.start} begins no character; send UTF-8.",
            ) from None


def _body_bytes(body: str, *, is_base64: bool) -> bytes:
    try:
        return base64.b64decode(body, validate=True) if is_base64 else body.encode()
    except binascii.Error:
        raise Refused(Code.INVALID_REQUEST, "The body is marked as base64 and is not.") from None
    except UnicodeEncodeError as error:
        raise Refused(
            Code.INVALID_REQUEST,
            f"The body holds half a surrogate pair at character {error.start}; send UTF-8.",
        ) from None


def _refuse_other_charsets(parameters: str) -> None:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in TAKEN_CHARSETS:
            raise Refused(
                Code.UNSUPPORTED_MEDIA_TYPE, "Only UTF-8 is taken; convert the body and send charset=utf-8."
            )
