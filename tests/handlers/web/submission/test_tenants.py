"""A log is stored for the tenant that its line, its header and its credential agree on, or for none."""

import json
from collections.abc import Iterator

import pytest

from handlers.environment import IngestEnvironment
from tests.support.fake_sqs import FakeSqs
from tests.support.posting import NDJSON, body_of, lines, log, post, post_as


def test_a_line_without_a_tenant_belongs_to_the_tenant_of_the_request(ingest: FakeSqs) -> None:
    response = post(lines({"text": "a"}, log("b")), x_tenant_id="acme")

    assert response["statusCode"] == 202
    assert {envelope["tenant_id"] for envelope in ingest.envelopes()} == {"acme"}


def test_a_line_that_names_another_tenant_than_the_header_is_refused(ingest: FakeSqs) -> None:
    response = post(lines({"text": "a"}, log("b")), x_tenant_id="beta")

    assert [result.get("code") for result in body_of(response)["results"]] == [None, "tenant_mismatch"]
    assert ingest.texts() == ["a"]


@pytest.fixture
def with_keys(ingest: FakeSqs, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSqs]:
    monkeypatch.setenv("AUTH", "api-key")
    IngestEnvironment.read.cache_clear()
    yield ingest
    IngestEnvironment.read.cache_clear()


def test_with_a_credential_the_tenant_need_not_be_named(with_keys: FakeSqs) -> None:
    response = post_as("acme", lines({"text": "a"}, log("b")))

    assert response["statusCode"] == 202
    assert {envelope["tenant_id"] for envelope in with_keys.envelopes()} == {"acme"}


def test_a_single_object_without_text_belongs_to_the_tenant_of_the_credential(with_keys: FakeSqs) -> None:
    response = post_as("acme", '{"level": "warn"}', "application/json")

    assert response["statusCode"] == 202
    assert [(envelope["tenant_id"], envelope["text"]) for envelope in with_keys.envelopes()] == [
        ("acme", '{"level": "warn"}')
    ]


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
def test_another_tenants_name_with_a_credential_stores_nothing(
    with_keys: FakeSqs, body: str, content_type: str, headers: dict[str, str]
) -> None:
    response = post_as("beta", body, content_type, **headers)

    assert (response["statusCode"], body_of(response)["code"]) == (403, "wrong_tenant")
    assert with_keys.calls == []


def test_a_line_that_names_another_tenant_is_refused_alone(with_keys: FakeSqs) -> None:
    response = post_as("beta", lines(log("acme's"), {"text": "beta's"}))

    assert [result.get("code") for result in body_of(response)["results"]] == ["wrong_tenant", None]
    assert [(envelope["tenant_id"], envelope["text"]) for envelope in with_keys.envelopes()] == [("beta", "beta's")]
