"""The mixed load of chaos runs goes through every door, and its client knows which logs each one took."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from bench.chaos.client import Client
from bench.chaos.loads import _Sender
from bench.chaos.logs import SentLog
from handlers.web.doors import MODULES
from tests.support.fake_sqs import FakeSqs
from tests.support.http_gateway import Gateway, served

LOGS = [SentLog("acme", "s1", "call 555-0199"), SentLog("acme", "s2", "call 555-0199")]


@pytest.fixture
def client() -> Iterator[Client]:
    """Return a client of the functions of this process."""
    with served(Gateway(authenticates=False)) as url:
        yield Client(f"{url}/ingest")


@pytest.mark.parametrize("path", MODULES)
def test_what_a_door_took_is_known_by_the_ids_that_it_sent_on(ingest: FakeSqs, client: Client, path: str) -> None:
    client.send_through(path, LOGS, request_id="r1")

    sent = {envelope["log_id"]: envelope["text"] for envelope in ingest.envelopes()}
    assert sent == {log.log_id: log.text for log in client.logs}
    assert [log.is_accepted for log in client.logs] == [True, True]


@pytest.mark.parametrize("path", MODULES)
def test_what_a_door_did_not_take_is_sent_again_under_the_same_ids(
    ingest: FakeSqs, client: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("bench.chaos.client._BACKOFF_SECONDS", 0)

    def refuse_one_at_first(entry: dict[str, Any], _tries: int) -> str | None:
        is_first_log = json.loads(entry["MessageBody"])["log_id"] == client.logs[0].log_id
        return "InternalError" if is_first_log and client.requests == 1 else None

    ingest.refuse = refuse_one_at_first
    client.send_through(path, LOGS, request_id="r1")

    assert client.requests == 2
    assert {envelope["log_id"] for envelope in ingest.envelopes()} == {log.log_id for log in client.logs}
    assert all(log.is_accepted for log in client.logs)


def test_the_mixed_load_sends_through_every_door(monkeypatch: pytest.MonkeyPatch) -> None:
    paths: list[str] = []

    def answered(_self: Client, path: str, _body: bytes, _headers: object) -> tuple[int, bytes]:
        paths.append(path)
        return HTTPStatus.OK, b"{}"

    monkeypatch.setattr(Client, "_exchange", answered)
    monkeypatch.setattr("bench.chaos.client._ATTEMPTS", 1)
    sender = _Sender(1, 1)
    for _ in range(400):
        sender.send_next(Client("http://127.0.0.1/ingest"))

    assert set(paths) == set(MODULES)
