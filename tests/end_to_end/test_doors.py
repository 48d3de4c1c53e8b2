"""Every door over HTTP, on the embedded cloud: a log of each protocol is stored once, and what is too large is not."""

import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping

import pytest

from handlers.web.doors import MODULES
from local.doors import Logs, request_through
from local.gaps.events import EVENT_BYTES
from local.gaps.gate import HTTP_API_BYTES
from tests.support.stack import Stack

FORBIDDEN, NOT_FOUND, TOO_LARGE, UNAUTHORIZED = 403, 404, 413, 401
OF_FIREHOSE = "/firehose"

through_every_door = pytest.mark.parametrize("path", MODULES)


def logs_of(tenant_id: str) -> Logs:
    return Logs(
        tenant_id=tenant_id,
        texts=["call 555-0199", "write to ann@example.com"],
        time_ns=time.time_ns(),
        request_id=uuid.uuid4().hex,
    )


def send(stack: Stack, path: str, body: bytes | str, headers: Mapping[str, str]) -> tuple[int, str]:
    content = body.encode() if isinstance(body, str) else body
    url = stack.outputs["api_gateway_url"] + path
    request = urllib.request.Request(url, content, dict(headers), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def key_in(path: str, key: str) -> dict[str, str]:
    if path == OF_FIREHOSE:
        return {"x-amz-firehose-access-key": key}
    return {"authorization": f"Splunk {key}" if path.startswith("/services/") else f"Bearer {key}"}


@through_every_door
def test_logs_are_stored_once_however_often_they_are_sent(stack: Stack, path: str) -> None:
    tenant_id = f"t{uuid.uuid4().hex}"
    request = request_through(path, logs_of(tenant_id))

    answers = {send(stack, path, request.body, request.headers)[0] for _ in range(2)}

    assert answers < {200, 202, 204}
    stored = [stack.wait_for_record(tenant_id, log_id) for log_id in request.log_ids()]
    assert [record["modified_data"]["S"] for record in stored] == ["call [REDACTED]", "write to [REDACTED]"]
    assert len(stack.records_of(tenant_id)) == len(stored)


@pytest.mark.slow
@through_every_door
def test_a_key_of_the_tenant_opens_it_and_nothing_else_does(guarded: Stack, path: str) -> None:
    request = request_through(path, logs_of("acme"))
    key, of_another_tenant = guarded.make_key("acme"), guarded.make_key("beta_inc")

    def status_with(headers: Mapping[str, str]) -> int:
        return send(guarded, path, request.body, {**request.headers, **headers})[0]

    elsewhere = key_in("/ingest" if path == OF_FIREHOSE else OF_FIREHOSE, key)
    refused = [status_with(headers) for headers in ({}, elsewhere, key_in(path, "rdp_" + "x" * 43))]
    accepted = status_with(key_in(path, key))

    assert refused[:2] == [UNAUTHORIZED, UNAUTHORIZED]
    assert refused[2] in {401, 403}
    assert accepted in {200, 202, 204}
    if not path.startswith("/services/"):  # the index of HEC names nothing where there is a key
        assert status_with(key_in(path, of_another_tenant)) == FORBIDDEN


@pytest.mark.slow
@through_every_door
@pytest.mark.parametrize("body_bytes", [EVENT_BYTES, HTTP_API_BYTES + 1])
def test_what_is_too_large_for_the_gateway_is_413(stack: Stack, path: str, body_bytes: int) -> None:
    request = request_through(path, logs_of("acme"))

    status, answer = send(stack, path, request.body + " " * body_bytes, request.headers)

    assert (status, len(answer) > 0) == (TOO_LARGE, True)


@pytest.mark.slow
@through_every_door
def test_with_a_slash_at_its_end_it_is_another_path(stack: Stack, path: str) -> None:
    request = request_through(path, logs_of("acme"))

    status, answer = send(stack, f"{path}/", request.body, request.headers)

    assert (status, "not_found" in answer) == (NOT_FOUND, True)
