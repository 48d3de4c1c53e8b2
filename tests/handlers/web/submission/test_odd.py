"""However odd a request is, it gets an answer, its logs are sent unchanged, and no event carries their text."""

import base64
import gzip
import json
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.ingest import handler
from tests.support.aws_fixtures import Context, event_of
from tests.support.fake_sqs import FakeSqs
from tests.support.posting import NDJSON, body_of, lines, log, post

with_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
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
def test_no_request_gets_a_server_error(
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
def test_no_context_or_path_gets_a_server_error(ingest: FakeSqs, value: object) -> None:
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
def test_any_accepted_text_is_sent_unchanged(ingest: FakeSqs, text: str) -> None:
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
