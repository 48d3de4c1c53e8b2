"""Clients as their projects publish them, against the embedded cloud: what one was told is accepted is stored, once.

What a client then does about a refusal is its own affair, and held here so that docs/sending.md says the truth.
"""

import json
import logging
from collections.abc import Iterator

import pytest
from loki_logger_handler.loki_logger_handler import LokiLoggerHandler

from tests.support.detour import Detour
from tests.support.http_gateway import served
from tests.support.logging_program import Program, kills
from tests.support.real_clients import CLIENTS, Client
from tests.support.stack import Stack, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LOGS = 40
ROUNDS = 12
WARN = 13
MEGABYTES = 5 * 1024 * 1024
TEXT_CHARS = 5_000


@pytest.fixture(params=[client.named(name) for name, client in CLIENTS.items()])
def program(request: pytest.FixtureRequest, guarded: Stack) -> Iterator[Program]:
    program = Program(request.param, guarded)
    with program.running():
        yield program


def test_every_log_of_a_batch_is_stored_once_redacted_with_its_level(program: Program) -> None:
    program.log(range(LOGS))

    [record, *_] = program.wait_until_stored()
    assert program.detour.accepted() == set(range(LOGS))
    assert record["source"] == {"S": program.client.source}
    if "timestamp" in program.client.tells:
        assert "timestamp" in record
    if "severity" in program.client.tells:
        assert json.loads(record["severity"]["S"])["number"] == WARN


@pytest.mark.parametrize("status", [429, 500, 503])
def test_after_a_refusal_only_what_was_accepted_is_stored_and_once(program: Program, status: int) -> None:
    refusals = 1 if program.client.pause_seconds else 2
    program.detour.answer(*[status] * refusals)

    for end in (LOGS, 2 * LOGS, 3 * LOGS):
        program.log(range(end - LOGS, end))

    if status in program.client.sends_again_at:
        wait_until(lambda: program.detour.accepted() == set(range(3 * LOGS)))
    program.wait_until_stored()
    assert program.detour.statuses()[status] == refusals
    assert set(program.stored()) == program.detour.accepted()
    assert (program.detour.accepted() == program.detour.seen()) is (status in program.client.sends_again_at)


def test_killed_functions_lose_nothing_that_was_accepted(program: Program, guarded: Stack) -> None:
    with kills(guarded, {"logs-ingest": 1 if program.client.pause_seconds else 6, "logs-worker": 2}):
        for start in range(0, ROUNDS * LOGS, LOGS):
            program.log(range(start, start + LOGS))

    if 500 in program.client.sends_again_at:
        wait_until(lambda: program.detour.accepted() == program.detour.seen())
    program.wait_until_stored()


def test_five_megabytes_in_requests_of_the_default_size_are_stored_once(program: Program) -> None:
    logs = MEGABYTES // TEXT_CHARS

    program.log(range(logs), padding=" x" * (TEXT_CHARS // 2))

    program.wait_until_stored()
    assert program.detour.accepted() == set(range(logs))


@pytest.mark.parametrize("client", [CLIENTS["otel-collector"].named("otel-collector")])
def test_what_the_collector_could_not_send_is_on_disk_when_it_is_killed(client: Client, guarded: Stack) -> None:
    program = Program(client, guarded)
    program.detour.answer(503)
    with program.running() as handler:
        program.log(range(LOGS))
        handler.restart()
        wait_until(lambda: program.detour.accepted() == set(range(LOGS)))

    program.wait_until_stored()


def test_gzip_that_loki_logger_handler_sends_by_default_is_refused(guarded: Stack) -> None:
    errors: list[Exception] = []
    record = logging.makeLogRecord({"msg": "x", "levelno": logging.WARNING, "levelname": "WARNING"})
    with served(Detour(guarded.outputs["api_gateway_url"])) as url:
        handler = LokiLoggerHandler(f"{url}/loki/api/v1/push", {"job": "web"}, auth=("any", guarded.make_key("acme")))
        handler.handle_unexpected_error = errors.append
        handler.handle(record)
        handler.flush_event.set()
        wait_until(lambda: errors)
        handler.close()

    assert "status code: 400" in str(errors[0])
    assert "compressed=False" in str(errors[0])


def test_dockers_splunk_driver_may_ask_first_without_a_key(guarded: Stack) -> None:
    assert guarded.request("/services/collector/event/1.0", method="OPTIONS").status == 200
    assert guarded.request("/services/collector/health", method="GET").body == {"text": "HEC is healthy", "code": 17}
    assert guarded.request("/services/collector/event/1.0", b"").status == 401
