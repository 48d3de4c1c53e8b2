"""What `POST /ingest` takes: texts, JSON, arrays, lines and gzip, each log with an outcome of its own."""

import gzip
import json

import pytest

from handlers.ingest import handler
from handlers.web.submission import MAX_LOG_ID_CHARS
from tests.support.aws_fixtures import Context, event_of
from tests.support.fake_sqs import FakeSqs
from tests.support.posting import NDJSON, body_of, lines, log, post


def test_lines_are_accepted_each_with_its_own_id(ingest: FakeSqs) -> None:
    response = post(lines(log("first", log_id="1"), "", log("second", log_id="2")))

    assert response["statusCode"] == 202
    assert body_of(response) == {
        "accepted": 2,
        "rejected": 0,
        "results": [
            {"index": 0, "status": "accepted", "log_id": "1", "message_id": "message-0"},
            {"index": 2, "status": "accepted", "log_id": "2", "message_id": "message-1"},
        ],
    }
    assert ingest.texts() == ["first", "second"]


def test_a_bad_line_is_refused_alone(ingest: FakeSqs) -> None:
    response = post(lines(log("good"), "{", {"text": "no tenant"}, log("")))

    answer = body_of(response)
    assert (response["statusCode"], answer["accepted"], answer["rejected"]) == (207, 1, 3)
    assert [result.get("code") for result in answer["results"]] == [
        None,
        "invalid_json",
        "missing_tenant",
        "invalid_request",
    ]
    assert all(result["detail"] for result in answer["results"][1:])
    assert ingest.texts() == ["good"]


def test_if_all_lines_are_bad_the_answer_is_a_problem_with_every_outcome(ingest: FakeSqs) -> None:
    response = post(lines({"text": "no tenant"}, "{"))

    assert response["statusCode"] == 400
    assert response["headers"]["content-type"] == "application/problem+json"
    assert body_of(response)["code"] == "missing_tenant"
    assert [result["index"] for result in body_of(response)["results"]] == [0, 1]
    assert ingest.calls == []


@pytest.mark.parametrize("prefer", ["return=minimal", 'Foo; bar, respond-async, Return = "minimal"; x=1'])
def test_who_prefers_little_gets_the_results_of_rejected_logs_alone(ingest: FakeSqs, prefer: str) -> None:
    all_accepted = post(lines(log("a"), log("b")), prefer=prefer)
    some = post(lines(log("a"), "{"), prefer=prefer)
    none = post(lines("{"), prefer=prefer)

    assert body_of(all_accepted) == {"accepted": 2, "rejected": 0, "results": []}
    assert (all_accepted["statusCode"], some["statusCode"], none["statusCode"]) == (202, 207, 400)
    assert [result["index"] for result in body_of(some)["results"]] == [1]
    assert [result["index"] for result in body_of(none)["results"]] == [0]
    assert all_accepted["headers"]["preference-applied"] == some["headers"]["preference-applied"] == "return=minimal"
    assert ingest.texts() == ["a", "b", "a"]


@pytest.mark.parametrize(
    "prefer",
    [
        "",
        "return=representation",
        "return=representation, return=minimal",
        "return",
        "xreturn=minimal",
        ",;=",
        "minimal",
    ],
)
def test_any_other_preference_changes_nothing(ingest: FakeSqs, prefer: str) -> None:
    answer = post(lines(log("a")), prefer=prefer)

    assert len(body_of(answer)["results"]) == len(ingest.sent) == 1
    assert "preference-applied" not in answer["headers"]


def test_an_object_without_text_is_kept_whole_as_written(ingest: FakeSqs) -> None:
    written = '{"MESSAGE":  "caf\\u00e9 \\ud83d\\ude00", "n": 1e999, "tenant_id": "acme", "log_id": "7"}'

    response = post(written)

    assert response["statusCode"] == 202
    assert ingest.texts() == [written]
    assert ingest.envelopes()[0]["log_id"] == "7"


def test_an_element_without_text_is_kept_whole_too(ingest: FakeSqs) -> None:
    written = '{"date":1769899677.5, "log" : "x"}'

    response = post(f"[ {written} ,{json.dumps(log())}]", "application/json", x_tenant_id="acme")

    assert (response["statusCode"], ingest.texts()) == (202, [written, "x"])


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("[]", "invalid_request"),
        ("5", "invalid_request"),
        ("null", "invalid_request"),
        ('"text"', "invalid_request"),
        ("{", "invalid_json"),
        ("{}{}", "invalid_json"),
        ('{"a": "\\ud800"}', "invalid_json"),
        ('{"a": "\x01"}', "invalid_json"),
        ('{"a":' * 5000, "invalid_json"),
        ("[" * 100_000, "invalid_json"),
        ('{"text": null}', "invalid_request"),
        ('{"text": 5}', "invalid_request"),
        ('{"text": ""}', "invalid_request"),
        ('{"text": "x", "level": "info"}', "invalid_request"),
        ('{"level": "info", "log_id": "a#b"}', "invalid_request"),
        ('{"level": "info", "tenant_id": 5}', "invalid_request"),
        ('{"level": "info", "tenant_id": "other"}', "tenant_mismatch"),
        ("\ufeff{}", "invalid_json"),
    ],
)
def test_a_line_that_breaks_a_rule_gets_its_code(ingest: FakeSqs, line: str, code: str) -> None:
    response = post(lines(line, "{}"), x_tenant_id="acme")

    first, second = body_of(response)["results"]
    assert (first["code"], second["status"]) == (code, "accepted")
    assert ingest.texts() == ["{}"]


@pytest.mark.parametrize("content_type", [NDJSON, "application/jsonl", "application/json"])
@pytest.mark.parametrize("body", ["", " ", "\n\n", "[]", "[ ]"])
def test_a_body_without_logs_is_refused(ingest: FakeSqs, content_type: str, body: str) -> None:
    response = post(body, content_type)

    assert response["statusCode"] == 400
    assert ingest.calls == []


@pytest.mark.parametrize("body", ['[{"text": "x"}', '[{"text": "x"},]', '[{"text": "x"}] x', "[NaN]", '["a" "b"]'])
def test_an_array_that_is_broken_stores_nothing(ingest: FakeSqs, body: str) -> None:
    response = post(body, "application/json", x_tenant_id="acme")

    assert (response["statusCode"], body_of(response)["code"]) == (400, "invalid_json")
    assert ingest.calls == []


def test_a_header_with_a_log_id_is_refused_for_several_logs(ingest: FakeSqs) -> None:
    response = post(lines(log()), x_log_id="1")

    assert (response["statusCode"], body_of(response)["code"]) == (400, "invalid_request")
    assert ingest.calls == []


def test_ten_thousand_lines_are_accepted_and_one_more_is_too_many(ingest: FakeSqs) -> None:
    line = json.dumps(log())

    taken, refused = post("\n".join([line] * 10_000)), post("\n".join([line] * 10_001))

    assert (taken["statusCode"], body_of(taken)["accepted"]) == (202, 10_000)
    assert len({result["log_id"] for result in body_of(taken)["results"]}) == 10_000
    assert (refused["statusCode"], body_of(refused)["code"]) == (413, "payload_too_large")
    assert len(ingest.sent) == 10_000


def test_an_answer_is_never_larger_than_lambda_allows(ingest: FakeSqs) -> None:
    plain, hostile = (
        "\n".join(json.dumps(log(log_id=f"{number:05}{character * 251}")) for number in range(10_000))
        for character in ("x", '"')
    )

    taken, refused = post(plain), post(hostile)

    assert (taken["statusCode"], body_of(taken)["accepted"]) == (202, 10_000)
    assert len(json.dumps(taken)) <= 6_000_000
    assert (refused["statusCode"], body_of(refused)["code"]) == (413, "payload_too_large")
    assert len(ingest.sent) == 10_000


@pytest.mark.parametrize("fault", [{"surplus": 1}, {"tenant_id": "-"}, {"text": 5}])
def test_an_answer_that_refuses_most_logs_is_not_larger_either(ingest: FakeSqs, fault: dict[str, object]) -> None:
    response = post(lines(log(), *[log() | fault] * 9_999))

    assert (response["statusCode"], len(ingest.sent)) == (207, 1)
    assert len(json.dumps(response)) <= 6_000_000 - MAX_LOG_ID_CHARS


def test_a_gzip_body_of_lines_is_decompressed(ingest: FakeSqs) -> None:
    response = handler(event_of("http_api_ndjson_gzip"), Context())

    assert response["statusCode"] == 202
    assert ingest.texts()[0] == "User 555-0199..."
    assert json.loads(ingest.texts()[1])["MESSAGE"] == "from a shipper"


def test_the_media_type_gzip_means_compressed_lines(ingest: FakeSqs) -> None:
    response = post(gzip.compress(lines(log("a"), log("b")).encode()), "application/gzip")

    assert (response["statusCode"], ingest.texts()) == (202, ["a", "b"])


def test_a_compressed_text_may_be_sent_as_octets(ingest: FakeSqs) -> None:
    packed = gzip.compress("Grüße 😀".encode())

    response = post(packed, "application/octet-stream", content_encoding="gzip", x_tenant_id="acme")

    assert (response["statusCode"], ingest.texts()) == (202, ["Grüße 😀"])


@pytest.mark.parametrize(
    ("body", "content_type", "encoding", "status", "code"),
    [
        (gzip.compress(b"x").decode(errors="replace"), "text/plain", "gzip", 415, "unsupported_media_type"),
        (gzip.compress(b"{}").decode(errors="replace"), "application/json", "gzip", 415, "unsupported_media_type"),
        (b"plain", NDJSON, "gzip", 400, "invalid_request"),
        (b"plain", "application/gzip", "", 400, "invalid_request"),
        (gzip.compress(gzip.compress(b"{}")), "application/gzip", "", 400, "invalid_request"),
        (gzip.compress(b"{}")[:-3], NDJSON, "gzip", 400, "invalid_request"),
        (gzip.compress(bytes(17 << 20)), NDJSON, "gzip", 413, "payload_too_large"),
        (b"\x8b\x00\x80x\x03", NDJSON, "br", 415, "unsupported_media_type"),
        (gzip.compress(b"[]," * 5_000_000), NDJSON, "gzip", 413, "payload_too_large"),
        (b"\xff\xfe", "application/octet-stream", "", 400, "invalid_request"),
        (b"\xff", NDJSON, "", 400, "invalid_request"),
        (b'{"text": "\xff"}', "application/json", "", 400, "invalid_request"),
    ],
    ids=[
        "a text the gateway decoded",
        "an object the gateway decoded",
        "lines that are not gzip",
        "a gzip upload that is not gzip",
        "gzip within gzip",
        "gzip that ends early",
        "a bomb of zeros",
        "brotli",
        "a bomb of values",
        "octets that are not UTF-8",
        "lines that are not UTF-8",
        "an object that is not UTF-8",
    ],
)
def test_a_body_that_is_damaged_or_too_large_stores_nothing(
    ingest: FakeSqs,
    body: str | bytes,
    content_type: str,
    *,
    encoding: str,
    status: int,
    code: str,
) -> None:
    response = post(body, content_type, content_encoding=encoding, x_tenant_id="acme")

    assert (response["statusCode"], body_of(response)["code"]) == (status, code)
    assert ingest.calls == []
