"""The request: an HTTP API or Function URL event (payload format 2.0), read once."""

import base64
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from handlers.web.refusals import Code, Refused
from handlers.web.unpacking import unpacked

# "Lambda quotas", invocation payload: 6 MB, for the whole event. Base64 writes three bytes as four characters.
MAX_BODY_CHARS = 6_000_000
MAX_BASE64_BYTES = MAX_BODY_CHARS // 4 * 3
# US-ASCII is a subset of UTF-8. Any other charset arrives damaged: the gateway decodes text as UTF-8 first.
TAKEN_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_SEND_AS_LINES = "send it as application/x-ndjson, or a single text as application/octet-stream."


class Request(NamedTuple):
    """What a client sent.

    Attributes:
        method: in upper case.
        path: decoded, without the query string.
        path_parameters: the path's variable segments, decoded, by their names in the route.
        query: the query string's parameters, decoded; the values of a repeated one are joined by commas.
        headers: by name in lower case.
        body: as the gateway hands it over: text that it decoded as UTF-8, or base64 of the bytes as they arrived.
        is_base64: whether it is base64.
        authorizer: what the gateway's authorizer vouches for; empty where there is none.
    """

    method: str
    path: str
    path_parameters: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str
    is_base64: bool
    authorizer: Mapping[str, Any]

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "Request":
        """Return the request that an event carries, without anything that no gateway would send."""
        context = _object(event.get("requestContext"))
        http = _object(context.get("http"))
        return cls(
            method=str(http.get("method", "")).upper(),
            path=_path(str(event.get("rawPath", "")), domain_name=str(context.get("domainName", ""))),
            path_parameters=_strings(event.get("pathParameters")),
            query=_strings(event.get("queryStringParameters")),
            headers={
                name.lower(): value for name, value in _object(event.get("headers")).items() if isinstance(value, str)
            },
            body=body if isinstance(body := event.get("body"), str) else "",
            is_base64=bool(event.get("isBase64Encoded")),
            authorizer=_object(context.get("authorizer")),
        )

    def header(self, name: str) -> str | None:
        """Return a header's value without surrounding space; None where it is absent or empty."""
        return self.headers.get(name, "").strip() or None

    def prefers(self, preference: str) -> bool:
        """Return whether the header `Prefer` asks for this; of several values for one name, the first (RFC 7240)."""
        asked = self.headers.get("prefer", "").lower().replace('"', "").split(",")
        written = ("".join(each.partition(";")[0].split()) for each in asked)
        name = preference.partition("=")[0]
        return next((each for each in written if each.partition("=")[0] == name), None) == preference

    def header_matching(self, name: str, pattern: str, *, rule: str) -> str | None:
        """Return a header's value without surrounding space; None where it is absent or empty.

        Args:
            name: the header, in lower case.
            pattern: what its value must match.
            rule: the same, for people.

        Raises:
            Refused: it does not match.
        """
        value = self.header(name)
        if value is not None and not re.fullmatch(pattern, value):
            raise Refused(Code.INVALID_REQUEST, f"The header {name.title()} must be {rule}.")
        return value

    def media_type(self) -> str:
        """Return the content type in lower case, without its parameters.

        Raises:
            Refused: the content type names a charset that does not survive the gateway.
        """
        media_type, _, parameters = self.headers.get("content-type", "").partition(";")
        _refuse_other_charsets(parameters)
        return media_type.strip().lower()

    def text(self, *, always_packed: bool = False, if_damaged: str = _SEND_AS_LINES) -> str:
        """Return the body as text, unpacked where `Content-Encoding` says gzip.

        Args:
            always_packed: whether the content type itself says gzip.
            if_damaged: what to do about a gzip body that the gateway has damaged.

        Raises:
            Refused: the body is too long or no UTF-8, is packed in another way, or was damaged on its way.
        """
        if self._is_packed(always_packed=always_packed):
            return _as_text(self._unpacked(if_damaged))
        return _as_text(self._bytes()) if self.is_base64 else _whole_characters(self.body)

    def content(self, *, if_damaged: str) -> bytes:
        """Return the body's bytes, unpacked where `Content-Encoding` says gzip.

        Args:
            if_damaged: what to do about a gzip body that the gateway has damaged.

        Raises:
            Refused: the body is too long, is packed in another way, or was damaged on its way.
        """
        if self._is_packed():
            return self._unpacked(if_damaged)
        return self._bytes() if self.is_base64 else self.body.encode(errors="surrogatepass")

    def _is_packed(self, *, always_packed: bool = False) -> bool:
        _refuse_too_long(self.body, is_base64=self.is_base64)
        encoding = "gzip" if always_packed else self.headers.get("content-encoding", "").strip().lower()
        if encoding not in {"", "identity", "gzip", "x-gzip"}:
            raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, "Only gzip is unpacked; send Content-Encoding: gzip or none.")
        return encoding not in {"", "identity"}

    def _unpacked(self, if_damaged: str) -> bytes:
        if not self.is_base64:
            # The gateway decoded the packed bytes as UTF-8 and replaced those that are not.
            raise Refused(
                Code.UNSUPPORTED_MEDIA_TYPE,
                f"A gzip body does not survive the gateway under this content type; {if_damaged}",
            )
        return unpacked(self._bytes())

    def _bytes(self) -> bytes:
        try:
            return base64.b64decode(self.body, validate=True)
        except ValueError:
            raise Refused(Code.INVALID_REQUEST, "The body is marked as base64 and is not.") from None


def _object(value: object) -> dict[str, Any]:
    """Return a JSON object of the event; whoever invokes the function directly may send something else there."""
    return value if isinstance(value, dict) else {}


def _path(raw_path: str, *, domain_name: str) -> str:
    # An HTTP API hands the path over decoded; a Function URL leaves it as it was sent.
    return unquote(raw_path) if ".lambda-url." in domain_name else raw_path


def _strings(value: object) -> dict[str, str]:
    return {name: entry for name, entry in _object(value).items() if isinstance(entry, str)}


def _refuse_too_long(body: str, *, is_base64: bool) -> None:
    if len(body) <= MAX_BODY_CHARS:
        return
    most = f"{MAX_BASE64_BYTES:,} bytes" if is_base64 else f"{MAX_BODY_CHARS:,} characters"
    raise Refused(
        Code.PAYLOAD_TOO_LARGE,
        f"Under this content type a request carries at most {most}; send several, or gzip as application/x-ndjson.",
    )


def _as_text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Refused(
            Code.INVALID_REQUEST,
            f"The body is not UTF-8: byte {error.start} begins no character; send UTF-8.",
        ) from None


def _whole_characters(text: str) -> str:
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refused(Code.INVALID_REQUEST, "The body holds half a surrogate pair; send UTF-8.") from None
    return text


def _refuse_other_charsets(parameters: str) -> None:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in TAKEN_CHARSETS:
            raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, "Only UTF-8 is taken; convert the body and send charset=utf-8.")
