"""Acting credentials: one client, and every call signed with what its own thread acts with."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.credentials import ReadOnlyCredentials

from handlers.aws.acting_credentials import acting_with
from handlers.aws.clients import tenant_scoped_client


def credentials_of(tenant_id: str) -> ReadOnlyCredentials:
    return ReadOnlyCredentials(f"KEY{tenant_id.upper()}", "secret", f"token-of-{tenant_id}", None)


class Wire:
    """Where calls would leave the process: answers each, and keeps the headers it was signed with."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []

    def answer(self, request: AWSRequest, **_rest: object) -> AWSResponse:
        decoded = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
        }
        self.headers.append(decoded)
        return AWSResponse(request.url, 200, {}, _Body(b"{}"))

    def keys(self) -> list[str]:
        return [headers["Authorization"].split("Credential=")[1].split("/")[0] for headers in self.headers]


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_rest: object) -> Iterator[bytes]:
        yield self._content


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def dynamodb(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "OWNROLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    tenant_scoped_client.cache_clear()
    client = tenant_scoped_client("dynamodb")
    client.meta.events.register("before-send.dynamodb", wire.answer)
    yield client
    tenant_scoped_client.cache_clear()


def call(dynamodb: Any) -> None:
    dynamodb.get_item(TableName="logs", Key={"tenant_id": {"S": "a"}, "log_id": {"S": "1"}})


def test_a_call_is_signed_with_the_acting_credentials(dynamodb: Any, wire: Wire) -> None:
    with acting_with(credentials_of("acme")):
        call(dynamodb)

    assert wire.keys() == ["KEYACME"]
    assert wire.headers[0]["X-Amz-Security-Token"] == "token-of-acme"


def test_a_call_without_acting_credentials_fails_before_anything_is_sent(dynamodb: Any, wire: Wire) -> None:
    with pytest.raises(LookupError):
        call(dynamodb)

    assert wire.headers == []


def test_credentials_are_gone_after_a_block_that_raised(dynamodb: Any, wire: Wire) -> None:
    with pytest.raises(ZeroDivisionError), acting_with(credentials_of("acme")):
        _ = 1 // 0

    with pytest.raises(LookupError):
        call(dynamodb)
    assert wire.headers == []


def test_after_an_inner_block_the_credentials_of_the_outer_one_apply_again(dynamodb: Any, wire: Wire) -> None:
    with acting_with(credentials_of("outer")):
        with acting_with(credentials_of("inner")):
            call(dynamodb)
        call(dynamodb)

    assert wire.keys() == ["KEYINNER", "KEYOUTER"]


def test_threads_that_share_a_client_sign_with_their_own_credentials(
    dynamodb: Any,
    wire: Wire,
) -> None:
    both_act = threading.Barrier(2)

    def act(tenant_id: str) -> None:
        with acting_with(credentials_of(tenant_id)):
            for _ in range(20):
                both_act.wait(timeout=5)
                call(dynamodb)

    with ThreadPoolExecutor(2) as executor:
        list(executor.map(act, ["a", "b"]))

    pairs = [(headers["X-Amz-Security-Token"], key) for headers, key in zip(wire.headers, wire.keys(), strict=True)]
    assert sorted(pairs) == [("token-of-a", "KEYA")] * 20 + [("token-of-b", "KEYB")] * 20
