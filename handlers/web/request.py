"""The request: an HTTP API or Function URL event (payload format 2.0), read once."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.web.refusals import Code, Refused
from handlers.web.unpacking import unpacked

# "Lambda quotas", invocation payload: 6 MB, for the whole event.
MAX_BODY_BYTES = 6_000_000
# US-ASCII is a subset of UTF-8. Any other charset arrives damaged: the gateway decodes text as UTF-8 first.
TAKEN_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client sent.

    Attributes:
        method: in upper case.
        path: without the query string.
        path_parameters: the path's variable segments, decoded, by their names in the route.
        query: the query string's parameters, decoded; of one that stands there twice, the values with commas between.
        headers: by name in lower case.
        body: the bytes as they arrived.
        arrived_as_bytes: whether the gateway handed the body over untouched, not decoded as UTF-8.
        authorizer: what the gateway's authorizer vouches for; empty where there is none.
    """

    method: str
    path: str
    path_parameters: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    arrived_as_bytes: bool
    authorizer: Mapping[str, Any]

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "Request":
        """Return the request that an event carries.

        Raises:
            Refused: the body is marked as base64 and is not, or holds what no UTF-8 text can hold.
        """
        context = _mapping(event.get("requestContext"))
        http = _mapping(context.get("http"))
        is_base64 = bool(event.get("isBase64Encoded"))
        return cls(
            method=str(http.get("method", "")).upper(),
            path=str(event.get("rawPath", "")),
            path_parameters=_strings(event.get("pathParameters")),
            query=_strings(event.get("queryStringParameters")),
            headers={name.lower(): value for name, value in _strings(event.get("headers")).items()},
            body=_body_bytes(event.get("body"), is_base64=is_base64),
            arrived_as_bytes=is_base64,
            authorizer=_mapping(context.get("authorizer")),
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

    def content(self) -> bytes:
        """Return the body, unpacked where `Content-Encoding` says gzip.

        Raises:
            Refused: the body is packed in another way, or was damaged on its way, or does not unpack.
        """
        encoding = (self.header("content-encoding") or "identity").lower()
        if encoding == "identity":
            return self.body
        if encoding not in {"gzip", "x-gzip"}:
            raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, "Only gzip is unpacked; send Content-Encoding: gzip or none.")
        if not self.arrived_as_bytes:
            # The gateway took the packed bytes for UTF-8 text and replaced what was none.
            raise Refused(
                Code.UNSUPPORTED_MEDIA_TYPE,
                "A gzip body does not survive the gateway under this content type; send it as application/x-ndjson,"
                " or a single text as application/octet-stream.",
            )
        return unpacked(self.body)


def as_text(content: bytes) -> str:
    """Return content as text.

    Raises:
        Refused: the content is not UTF-8; the detail says where.
    """
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Refused(
            Code.INVALID_REQUEST,
            f"The body is not UTF-8: byte {error.start} begins no character; send UTF-8.",
        ) from None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _strings(value: object) -> dict[str, str]:
    """Return the entries that have the form a gateway gives them; who calls the function directly may send others."""
    return {name: entry for name, entry in _mapping(value).items() if isinstance(name, str) and isinstance(entry, str)}


def _body_bytes(body: object, *, is_base64: bool) -> bytes:
    if body is None:
        return b""
    if not isinstance(body, str):
        raise Refused(Code.INVALID_REQUEST, "The event's body must be a string, as a gateway hands it over.")
    if len(body) > MAX_BODY_BYTES:
        raise Refused(
            Code.PAYLOAD_TOO_LARGE, f"A request carries at most {MAX_BODY_BYTES} bytes; send several, or send gzip."
        )
    try:
        return base64.b64decode(body, validate=True) if is_base64 else body.encode()
    except (binascii.Error, ValueError):
        reason = "is marked as base64 and is not" if is_base64 else "holds half a surrogate pair; send UTF-8"
        raise Refused(Code.INVALID_REQUEST, f"The body {reason}.") from None


def _refuse_other_charsets(parameters: str) -> None:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in TAKEN_CHARSETS:
            raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, "Only UTF-8 is taken; convert the body and send charset=utf-8.")
