"""The request: what a gateway's event says, whatever form its parts have."""

import base64
import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.web.refusals import Code, Refused
from handlers.web.request import MAX_BASE64_BYTES, MAX_BODY_CHARS, Request
from tests.support.aws_fixtures import event_of

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def request_with(body: bytes = b"", *, as_bytes: bool = True, **headers: str) -> Request:
    event: dict[str, Any] = {
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "body": base64.b64encode(body).decode() if as_bytes else body.decode(),
        "isBase64Encoded": as_bytes,
    }
    return Request.from_event(event)


def test_an_event_is_read_once_into_plain_values() -> None:
    request = Request.from_event(event_of("http_api_read_page"))

    assert (request.method, request.path) == ("GET", "/tenants/acme/processed_logs")
    assert request.path_parameters == {"tenant_id": "acme"}
    assert request.query == {"prefix": "1", "limit": "2"}
    assert request.authorizer == {"lambda": {"tenant_id": "acme"}}
    assert (request.body, request.is_base64) == ("", False)


@pytest.mark.parametrize(
    ("event", "path"),
    [("function_url_text_base64", "/50%2D"), ("http_api_json", "/50%252D")],
)
def test_a_path_is_decoded_once_by_the_function_url_or_by_us(event: str, path: str) -> None:
    # An HTTP API hands the path over decoded; a Function URL leaves it as it was sent.
    assert Request.from_event(event_of(event) | {"rawPath": "/50%252D"}).path == path


def test_a_header_is_found_in_any_case_and_without_surrounding_space() -> None:
    request = Request.from_event({"headers": {"X-Tenant-ID": " acme ", "X-Log-ID": "  "}})

    assert request.header("x-tenant-id") == "acme"
    assert request.header("x-log-id") is None
    assert request.header("x-none") is None


@given(anything)
def test_fields_that_no_gateway_sends_are_ignored(value: object) -> None:
    for name in ("headers", "requestContext", "pathParameters", "queryStringParameters", "body", "isBase64Encoded"):
        request = Request.from_event(event_of("http_api_json") | {name: value})

        assert isinstance(request.body, str)
        assert all(isinstance(entry, str) for entry in request.headers.values())
        assert request.header("content-type") in {None, *request.headers.values()} or name == "headers"


@pytest.mark.parametrize("value", [5, None, True, ["text/plain"], {"a": "b"}])
def test_a_header_that_is_not_a_string_is_ignored(value: object) -> None:
    request = Request.from_event({"headers": {"content-type": value, "x-tenant-id": "acme"}})

    assert (request.header("content-type"), request.media_type()) == (None, "")
    assert request.header("x-tenant-id") == "acme"


@pytest.mark.parametrize("body", [5, True, ["a"], {"text": "x"}, 1.5])
def test_a_body_that_is_not_a_string_is_ignored(body: object) -> None:
    assert Request.from_event({"body": body}).text() == ""


@pytest.mark.parametrize(
    ("content_type", "media_type"),
    [
        ("text/plain", "text/plain"),
        (" Text/Plain ; Charset=UTF-8", "text/plain"),
        ('application/json;charset="utf-8"; x=y', "application/json"),
        ("text/plain; charset=us-ascii", "text/plain"),
        ("text/plain;;;", "text/plain"),
        ("", ""),
    ],
)
def test_the_media_type_is_read_without_its_parameters(content_type: str, media_type: str) -> None:
    assert request_with(content_type=content_type).media_type() == media_type


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", '"iso-8859-1"', "", "utf-8x"])
def test_another_charset_is_refused_with_the_fix(charset: str) -> None:
    with pytest.raises(Refused, match="charset=utf-8") as refused:
        request_with(content_type=f"text/plain; charset={charset}").media_type()

    assert refused.value.refusal.code is Code.UNSUPPORTED_MEDIA_TYPE


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", " x-gzip "])
def test_a_gzip_body_is_decompressed(encoding: str) -> None:
    assert request_with(gzip.compress(b"abc"), content_encoding=encoding).text() == "abc"


@pytest.mark.parametrize("encoding", ["", "identity", "Identity"])
def test_an_uncompressed_body_is_left_unchanged(encoding: str) -> None:
    assert request_with(b"\x1f not gzip", content_encoding=encoding).text() == "\x1f not gzip"


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_a_body_with_another_compression_is_refused(encoding: str) -> None:
    with pytest.raises(Refused, match="send Content-Encoding: gzip or none") as refused:
        request_with(b"abc", content_encoding=encoding).text()

    assert refused.value.refusal.code is Code.UNSUPPORTED_MEDIA_TYPE


def test_a_compressed_body_decoded_as_text_by_the_gateway_is_refused_with_the_fix() -> None:
    damaged = gzip.compress(b"abc").decode(errors="replace").encode()

    with pytest.raises(Refused, match="application/x-ndjson") as refused:
        request_with(damaged, as_bytes=False, content_encoding="gzip").text()

    assert refused.value.refusal.code is Code.UNSUPPORTED_MEDIA_TYPE


def test_a_gzip_content_type_needs_no_content_encoding() -> None:
    assert request_with(gzip.compress(b"abc")).text(always_packed=True) == "abc"


@pytest.mark.parametrize("body", ["abc", "YWJ", "YWJj!", "é"])
def test_a_body_with_invalid_base64_is_refused(body: str) -> None:
    request = Request.from_event({"body": body, "isBase64Encoded": True})

    with pytest.raises(Refused, match="marked as base64") as refused:
        request.text()

    assert refused.value.refusal.code is Code.INVALID_REQUEST


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(Refused, match="surrogate"):
        Request.from_event({"body": "a\ud83d"}).text()


@given(st.binary())
def test_bytes_that_are_not_utf_8_are_refused_with_the_position_of_the_first(content: bytes) -> None:
    try:
        text = request_with(content).text()
    except Refused as refused:
        position = int(refused.refusal.detail.split("byte ")[1].split(" ")[0])
        content[:position].decode()
        with pytest.raises(UnicodeDecodeError):
            content[: position + 4].decode()
    else:
        assert text.encode() == content


BASE64_TYPES = ["application/x-ndjson", "application/jsonl", "application/gzip", "application/octet-stream"]


@pytest.mark.parametrize("content_type", BASE64_TYPES)
def test_a_type_that_arrives_as_base64_carries_four_and_a_half_million_bytes(content_type: str) -> None:
    assert len(request_with(b"x" * MAX_BASE64_BYTES, content_type=content_type).text()) == 4_500_000

    with pytest.raises(Refused, match="at most 4,500,000 bytes") as refused:
        request_with(b"x" * (MAX_BASE64_BYTES + 1), content_type=content_type).text()

    assert refused.value.refusal.code is Code.PAYLOAD_TOO_LARGE


@pytest.mark.parametrize("content_type", ["text/plain", "application/json"])
def test_a_type_that_arrives_as_text_carries_six_million_characters(content_type: str) -> None:
    assert len(request_with(b"x" * MAX_BODY_CHARS, as_bytes=False, content_type=content_type).text()) == 6_000_000

    with pytest.raises(Refused, match="at most 6,000,000 characters") as refused:
        request_with(b"x" * (MAX_BODY_CHARS + 1), as_bytes=False, content_type=content_type).text()

    assert refused.value.refusal.code is Code.PAYLOAD_TOO_LARGE
