"""What `POST /ingest` takes: texts, JSON, arrays, lines and gzip, each log with an outcome of its own."""

import base64
import gzip
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from aws_fixtures import Context, event_of
from fake_sqs import Entry, FakeSqs, client_error
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.aws import batch_sender
from handlers.environment import IngestEnvironment
from handlers.ingest import handler
from handlers.web.submission import MAX_LOG_ID_CHARS

NDJSON = "application/x-ndjson"
with_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_sender, "SECONDS_BETWEEN_TRIES", 0.001)


def post(body: str | bytes, content_type: str = NDJSON, **headers: str) -> dict[str, Any]:
    """Post a body; bytes as a gateway hands over what it does not take for text."""
    event = event_of("http_api_json") | {"body": body, "isBase64Encoded": False}
    if isinstance(body, bytes):
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    event["headers"] = {"content-type": content_type} | {n.replace("_", "-"): value for n, value in headers.items()}
    return handler(event, Context())


def body_of(response: dict[str, Any]) -> dict[str, Any]:
    return json.loads(response["body"])


def lines(*logs: object) -> str:
    return "\n".join(log if isinstance(log, str) else json.dumps(log) for log in logs)


def log(text: str = "x", **more: object) -> dict[str, object]:
    return {"tenant_id": "acme", "text": text, **more}


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


def test_lines_that_are_all_bad_are_a_problem_with_every_outcome(ingest: FakeSqs) -> None:
    response = post(lines({"text": "no tenant"}, "{"))

    assert response["statusCode"] == 400
    assert response["headers"]["content-type"] == "application/problem+json"
    assert body_of(response)["code"] == "missing_tenant"
    assert [result["index"] for result in body_of(response)["results"]] == [0, 1]
    assert ingest.calls == []


def test_a_line_without_a_tenant_takes_the_requests(ingest: FakeSqs) -> None:
    response = post(lines({"text": "a"}, log("b")), x_tenant_id="acme")

    assert response["statusCode"] == 202
    assert {envelope["tenant_id"] for envelope in ingest.envelopes()} == {"acme"}


def test_a_line_that_names_another_tenant_than_the_header_is_refused(ingest: FakeSqs) -> None:
    response = post(lines({"text": "a"}, log("b")), x_tenant_id="beta")

    assert [result.get("code") for result in body_of(response)["results"]] == [None, "tenant_mismatch"]
    assert ingest.texts() == ["a"]


def test_an_object_without_text_is_kept_whole_as_it_was_written(ingest: FakeSqs) -> None:
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


def test_no_header_names_the_id_of_several_logs(ingest: FakeSqs) -> None:
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


def test_an_answer_is_never_larger_than_lambda_hands_back(ingest: FakeSqs) -> None:
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
def test_an_answer_that_refuses_most_logs_is_no_larger_either(ingest: FakeSqs, fault: dict[str, object]) -> None:
    response = post(lines(log(), *[log() | fault] * 9_999))

    assert (response["statusCode"], len(ingest.sent)) == (207, 1)
    assert len(json.dumps(response)) <= 6_000_000 - MAX_LOG_ID_CHARS


def test_a_gzip_body_of_lines_is_unpacked(ingest: FakeSqs) -> None:
    response = handler(event_of("http_api_ndjson_gzip"), Context())

    assert response["statusCode"] == 202
    assert ingest.texts()[0] == "User 555-0199..."
    assert json.loads(ingest.texts()[1])["MESSAGE"] == "from a shipper"


def test_the_media_type_gzip_means_packed_lines(ingest: FakeSqs) -> None:
    response = post(gzip.compress(lines(log("a"), log("b")).encode()), "application/gzip")

    assert (response["statusCode"], ingest.texts()) == (202, ["a", "b"])


def test_a_packed_text_goes_as_octets(ingest: FakeSqs) -> None:
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


def test_a_repeated_request_gives_every_log_its_id_again(ingest: FakeSqs) -> None:
    body = lines({"text": "a"}, "", {"text": "a"}, {"text": "b", "log_id": "mine"})

    first, second = (post(body, x_tenant_id="acme", idempotency_key="batch 1") for _ in range(2))

    ids = [result["log_id"] for result in body_of(first)["results"]]
    assert ids == [result["log_id"] for result in body_of(second)["results"]]
    assert ids[2] == "mine"
    assert len(set(ids)) == 3
    assert [e["text"] for e in ingest.envelopes()[:3]] == [e["text"] for e in ingest.envelopes()[3:]]


def test_another_key_tenant_or_place_gives_another_id(ingest: FakeSqs) -> None:
    made = [
        body_of(post("x", "text/plain", x_tenant_id=tenant_id, idempotency_key=key))["log_id"]
        for tenant_id, key in [("a", "k"), ("b", "k"), ("a", "l"), ("a", "k")]
    ]

    assert len(set(made)) == 3
    assert made[0] == made[3]
    assert len(ingest.sent) == 4


def test_a_repeated_long_text_gives_every_part_its_place_again_after_some_were_lost(ingest: FakeSqs) -> None:
    text = "one line of words 555-0199\n" * 1000
    ingest.refuse = lambda entry, _tries: "InternalError" if '"part":3,' in entry["MessageBody"] else None
    first = post(text, "text/plain", x_tenant_id="acme", idempotency_key="k")
    half = ingest.envelopes()
    ingest.sent.clear()
    ingest.refuse = lambda _entry, _tries: None

    second = post(text, "text/plain", x_tenant_id="acme", idempotency_key="k")

    assert (first["statusCode"], second["statusCode"]) == (500, 202)
    whole = {envelope["part"]: envelope for envelope in ingest.envelopes()}
    assert sorted(whole) == list(range(1, 11))
    assert "".join(whole[part]["text"] for part in sorted(whole)) == text
    assert {part["part"] for part in half} == set(whole) - {3}
    same = ("log_id", "part", "parts", "text")
    assert all(part[name] == whole[part["part"]][name] for part in half for name in same)


@pytest.mark.parametrize("key", ["é", "x" * 256, "a\x00b", "a\nb"])
def test_an_idempotency_key_that_breaks_its_rule_is_refused(ingest: FakeSqs, key: str) -> None:
    response = post(lines(log()), idempotency_key=key)

    assert (response["statusCode"], body_of(response)["code"]) == (400, "invalid_request")
    assert "Idempotency-Key" in body_of(response)["detail"]
    assert ingest.calls == []


def test_a_long_text_travels_in_parts_and_is_one_log_to_the_client(ingest: FakeSqs) -> None:
    text = "a line with 555-0199 and a@example.com\n" * 500

    response = post(json.dumps(log(text, log_id="long")), "application/json")

    parts = ingest.envelopes()
    assert response["statusCode"] == 202
    assert (body_of(response)["log_id"], body_of(response)["parts"]) == ("long", len(parts))
    assert "".join(part["text"] for part in sorted(parts, key=lambda part: part["part"])) == text
    assert all(len(part["text"]) <= 2800 for part in parts)


def test_a_line_may_travel_in_parts_beside_others(ingest: FakeSqs) -> None:
    response = post(lines(log("short", log_id="1"), log("long " * 1000, log_id="2"), log("last", log_id="3")))

    assert [result.get("parts") for result in body_of(response)["results"]] == [None, 2, None]
    assert [result["log_id"] for result in body_of(response)["results"]] == ["1", "2", "3"]
    assert len(ingest.sent) == 4


def refuse_log(log_id: str) -> Any:
    def refuse(entry: Entry, _tries: int) -> str | None:
        return "InternalError" if json.loads(entry["MessageBody"])["log_id"] == log_id else None

    return refuse


def test_a_line_that_sqs_refuses_is_told_as_retryable(ingest: FakeSqs, caplog: pytest.LogCaptureFixture) -> None:
    ingest.refuse = refuse_log("2")

    with caplog.at_level(logging.INFO):
        response = post(lines(log(log_id="1"), log(log_id="2"), "{"))

    results = body_of(response)["results"]
    assert response["statusCode"] == 207
    assert (results[1]["code"], results[1]["log_id"], results[1]["retryable"]) == ("queue_unavailable", "2", True)
    assert "retryable" not in results[2]
    assert "secret message" not in response["body"] + str([vars(record) for record in caplog.records])


def test_lines_of_which_one_may_succeed_later_are_retryable_as_a_whole(ingest: FakeSqs) -> None:
    ingest.refuse = refuse_log("2")

    response = post(lines("{", log(log_id="2")))

    assert (response["statusCode"], body_of(response)["code"]) == (500, "queue_unavailable")
    assert body_of(response)["retryable"] is True
    assert int(response["headers"]["retry-after"]) > 0


def test_a_queue_that_is_away_is_told_for_every_line(ingest: FakeSqs) -> None:
    ingest.fail = lambda _call: client_error("ServiceUnavailable")

    response = post(lines(*[log()] * 25))

    assert response["statusCode"] == 500
    assert [result["code"] for result in body_of(response)["results"]] == ["queue_unavailable"] * 25


def test_an_invocation_that_is_short_of_time_begins_no_batch(ingest: FakeSqs) -> None:
    event = event_of("http_api_ndjson_gzip")

    response = handler(event, Context(seconds=7))

    assert (response["statusCode"], body_of(response)["code"]) == (500, "queue_unavailable")
    assert ingest.calls == []


@pytest.fixture
def with_keys(ingest: FakeSqs, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSqs]:
    monkeypatch.setenv("AUTH", "api-key")
    IngestEnvironment.read.cache_clear()
    yield ingest
    IngestEnvironment.read.cache_clear()


def post_as(tenant_id: str | None, body: str, content_type: str = NDJSON, **headers: str) -> dict[str, Any]:
    event = event_of("http_api_json") | {"body": body}
    event["headers"] = {"content-type": content_type} | {n.replace("_", "-"): value for n, value in headers.items()}
    event["requestContext"]["authorizer"] = {"lambda": {"tenant_id": tenant_id}}
    return handler(event, Context())


def test_with_a_credential_the_tenant_need_not_be_named(with_keys: FakeSqs) -> None:
    response = post_as("acme", lines({"text": "a"}, log("b")))

    assert response["statusCode"] == 202
    assert {envelope["tenant_id"] for envelope in with_keys.envelopes()} == {"acme"}


@pytest.mark.parametrize("tenant_id", ["", None, "a b"])
def test_without_a_credential_nothing_is_stored(with_keys: FakeSqs, tenant_id: str | None) -> None:
    response = post_as(tenant_id, lines(log()))

    assert (response["statusCode"], body_of(response)["code"]) == (401, "unauthenticated")
    assert response["headers"]["www-authenticate"] == "Bearer"
    assert with_keys.calls == []


@pytest.mark.parametrize(
    ("body", "content_type", "headers"),
    [
        (json.dumps(log()), "application/json", {}),
        ('{"text": "x"}', "application/json", {"x_tenant_id": "acme"}),
        ("x", "text/plain", {"x_tenant_id": "acme"}),
        (lines(log()), NDJSON, {}),
        (f"[{json.dumps(log())}]", "application/json", {}),
        ('{"tenant_id": "acme", "MESSAGE": "x"}', NDJSON, {}),
        ('{"tenant_id": "beta", "text": "x"}', NDJSON, {"x_tenant_id": "acme"}),
    ],
)
def test_another_tenants_name_beside_a_credential_stores_nothing(
    with_keys: FakeSqs, body: str, content_type: str, headers: dict[str, str]
) -> None:
    response = post_as("beta", body, content_type, **headers)

    assert (response["statusCode"], body_of(response)["code"]) == (403, "wrong_tenant")
    assert with_keys.calls == []


def test_a_line_that_names_another_tenant_is_refused_alone(with_keys: FakeSqs) -> None:
    response = post_as("beta", lines(log("acme's"), {"text": "beta's"}))

    assert [result.get("code") for result in body_of(response)["results"]] == ["wrong_tenant", None]
    assert [(envelope["tenant_id"], envelope["text"]) for envelope in with_keys.envelopes()] == [("beta", "beta's")]


GOOD = st.sampled_from(['{"text": "x"}', '{"MESSAGE": "x"}', "{}", '{"tenant_id": "acme", "text": "é"}'])
BAD = st.sampled_from(['{"text": ""}', '{"tenant_id": "beta", "text": "x"}', "{", "[]", "5", '{"log_id": ""}', "nul"])


@with_fixture
@given(st.lists(st.tuples(st.booleans(), GOOD, BAD), min_size=1, max_size=30))
def test_any_mixture_of_lines_gives_one_outcome_per_line(ingest: FakeSqs, mixture: list[tuple[bool, str, str]]) -> None:
    ingest.sent.clear()
    written = [good if is_good else bad for is_good, good, bad in mixture]

    response = post("\n".join(written), x_tenant_id="acme")

    results = body_of(response)["results"]
    assert [result["index"] for result in results] == list(range(len(mixture)))
    assert [result["status"] == "accepted" for result in results] == [is_good for is_good, _, _ in mixture]
    assert len(ingest.sent) == sum(is_good for is_good, _, _ in mixture)
    assert response["statusCode"] == (202 if all(g for g, _, _ in mixture) else 207 if ingest.sent else 400)


MEDIA_TYPES = st.sampled_from(
    [NDJSON, "application/json", "text/plain", "application/gzip", "application/octet-stream", "APPLICATION/JSONL"]
)
oddities = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
headers = st.dictionaries(
    st.sampled_from(
        ["content-type", "Content-Encoding", "x-tenant-id", "X-Log-ID", "idempotency-key", "authorization"]
    ),
    MEDIA_TYPES | st.sampled_from(["gzip", "acme", "charset=utf-8;", "text/plain; charset=x"]) | oddities,
)
bodies = st.one_of(
    st.text(st.characters()),
    st.text('[]{},:"\\ntextd_i0-.eE+ \n'),
    oddities.map(json.dumps),
    oddities.map(lambda value: json.dumps([value, {"text": "x"}])),
    st.binary().map(lambda body: base64.b64encode(body).decode()),
    st.binary().map(lambda body: base64.b64encode(gzip.compress(body)).decode()),
    st.sampled_from(["[" * 50_000, '{"a":' * 50_000, "9" * 50_000, '{"text": ' + "9" * 5000 + "}", "[1e400]", "1e400"]),
    oddities,
)


@settings(with_fixture, max_examples=400)
@given(headers=headers | oddities, body=bodies, is_base64=st.booleans() | oddities, http=oddities, tenant=st.booleans())
def test_no_request_however_odd_is_answered_with_a_server_error(
    ingest: FakeSqs, headers: object, body: object, is_base64: object, http: object, *, tenant: bool
) -> None:
    event = event_of("http_api_json") | {"headers": headers, "body": body, "isBase64Encoded": is_base64}
    if tenant and isinstance(headers, dict):
        event["headers"] = {"content-type": NDJSON, "x-tenant-id": "acme"} | headers
    event["requestContext"]["authorizer"] = http

    response = handler(event, Context())

    assert 200 <= response["statusCode"] < 500
    assert isinstance(json.loads(response["body"]), dict)
    json.dumps(response).encode()
    assert all(entry["MessageGroupId"] for entry in ingest.sent)


@with_fixture
@given(oddities)
def test_no_context_or_path_however_odd_is_answered_with_a_server_error(ingest: FakeSqs, value: object) -> None:
    for event in (
        {"requestContext": value},
        {"requestContext": {"http": value}},
        {"rawPath": value},
        {"headers": value},
    ):
        assert handler(event_of("http_api_json") | event, Context())["statusCode"] < 500
    assert all(entry["MessageGroupId"] == "acme" for entry in ingest.sent)


@with_fixture
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_that_is_accepted_is_sent_as_it_was(ingest: FakeSqs, text: str) -> None:
    ingest.sent.clear()

    for body, content_type in [
        (json.dumps(log(text)), "application/json"),
        (json.dumps([log(text)], ensure_ascii=False), "application/json"),
        (json.dumps(log(text)), NDJSON),
        (text.encode(), "application/octet-stream"),
        (text, "text/plain"),
    ]:
        assert post(body, content_type, x_tenant_id="acme")["statusCode"] == 202
    assert ingest.texts() == [text] * 5


def test_the_events_of_a_batch_are_few_and_carry_no_text(ingest: FakeSqs, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        post(lines(log("s3cret"), log("s3cret"), '{"text": "s3cret"}', '{"s3cret'))

    events = [record for record in caplog.records if record.name == "rdp"]
    assert [(event.message, event.code, event.logs) for event in events] == [
        ("accepted", "accepted", 2),
        ("refused", "missing_tenant", 1),
        ("refused", "invalid_json", 1),
    ]
    assert "s3cret" not in str([vars(event) for event in events])
    assert len(ingest.sent) == 2
