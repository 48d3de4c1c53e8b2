"""Handlers for Python's `logging` that speak HEC or Loki, as their projects publish them, against the embedded cloud.

Whatever a handler was told is accepted is stored once; what it then does about a refusal is its own affair, and held
here so that docs/sending.md says the truth.
"""

import contextlib
import json
import logging
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from logging_loki import LokiHandler
from loki_logger_handler.loki_logger_handler import LokiLoggerHandler
from requests.exceptions import HTTPError
from splunk_handler import SplunkHandler
from splunk_hec_handler import SplunkHecHandler

from bench.chaos.processes import FunctionProcesses
from tests.support.detour import Detour
from tests.support.http_gateway import served
from tests.support.stack import Stack, wait_until

pytestmark = pytest.mark.slow

LOGS = 40
ROUNDS = 20
WARN = 13
MEGABYTES = 5 * 1024 * 1024
TEXT_CHARS = 20_000
FLUSH_SECONDS = 0.2
_NUMBER = re.compile(r"number-(\d+)\b")


def splunk_handler(url: str, key: str) -> logging.Handler:
    return SplunkHandler(
        host="",
        port="",
        protocol="http",
        url=f"{url}/services/collector/event",
        token=key,
        index="main",
        flush_interval=FLUSH_SECONDS,
        retry_backoff=0.1,
        verify=False,
    )


def splunk_hec_handler(url: str, key: str) -> logging.Handler:
    host, _, port = urlsplit(url).netloc.partition(":")
    return SplunkHecHandler(host, key, port=port, proto="http", index="main", sourcetype="_json")


def loki_handler(url: str, key: str) -> logging.Handler:
    return LokiHandler(f"{url}/loki/api/v1/push", tags={"job": "web"}, auth=("any", key), version="1")


def loki_logger_handler(url: str, key: str) -> logging.Handler:
    return LokiLoggerHandler(
        f"{url}/loki/api/v1/push",
        {"job": "web"},
        label_keys=["level"],
        auth=("any", key),
        timeout=FLUSH_SECONDS,
        compressed=False,
    )


class Client(NamedTuple):
    """A handler, and after which statuses it sends a request again."""

    handler: Callable[[str, str], logging.Handler]
    source: str
    sends_again_at: frozenset[int] = frozenset()


CLIENTS = {
    "splunk-handler": Client(splunk_handler, "hec", frozenset({503})),
    "splunk-hec-handler": Client(splunk_hec_handler, "hec"),
    "python-logging-loki": Client(loki_handler, "loki"),
    "loki-logger-handler": Client(loki_logger_handler, "loki"),
}


class Program:
    """A program that logs through a handler to a stack; what the handler raises into it is not its affair.

    Attributes:
        client: the kind of handler.
        detour: what the handler sends to.
    """

    def __init__(self, client: Client, stack: Stack) -> None:
        self.client = client
        self.detour = Detour(stack.outputs["api_gateway_url"])
        self._stack = stack
        self._tenant_id = f"handler-{uuid.uuid4().hex}"
        self._logger = logging.getLogger(self._tenant_id)
        self._logger.propagate = False

    @contextlib.contextmanager
    def running(self) -> Iterator["Program"]:
        """Have a handler for as long as the block lasts."""
        with served(self.detour) as url:
            handler = self.client.handler(url, self._stack.make_key(self._tenant_id))
            self._logger.addHandler(handler)
            yield self
            self._logger.removeHandler(handler)
            handler.close()

    def log(self, numbers: range, *, padding: str = "") -> None:
        """Log these numbers, beside something personal."""
        for number in numbers:
            with contextlib.suppress(HTTPError):
                # Formatted already: splunk-hec-handler does not do it.
                self._logger.warning(f"number-{number} of alice@example.com{padding}")  # noqa: G004

    def wait_until_stored(self) -> list[dict[str, Any]]:
        """Wait until what was accepted is stored, make sure that it is stored once, and return the records."""
        wait_until(lambda: set(self.stored()) >= self.detour.accepted())
        stored = self.stored()
        # A function may be killed after it has sent the logs, and before it can say so.
        assert stored == sorted(set(stored) & self.detour.seen())
        return self._stack.records_of(self._tenant_id)

    def stored(self) -> list[int]:
        """Return the numbers of the stored logs, in order, after making sure that each is redacted."""
        texts = self._stack.texts_of(self._tenant_id)
        assert all("alice" not in text and "[REDACTED]" in text for text in texts)
        return sorted(int(number) for text in texts for number in _NUMBER.findall(text))


@pytest.fixture(params=CLIENTS.values(), ids=CLIENTS)
def program(request: pytest.FixtureRequest, guarded: Stack) -> Iterator[Program]:
    with Program(request.param, guarded).running() as program:
        yield program


def test_every_log_of_a_batch_is_stored_once_redacted_with_its_level(program: Program) -> None:
    program.log(range(LOGS))

    wait_until(lambda: len(program.detour.seen()) == LOGS)
    [record, *_] = program.wait_until_stored()
    assert program.detour.accepted() == set(range(LOGS))
    assert record["source"] == {"S": program.client.source}
    assert "timestamp" in record
    if program.client.handler is not splunk_handler:  # it sends no level
        assert json.loads(record["severity"]["S"])["number"] == WARN


@pytest.mark.slow
@pytest.mark.parametrize("status", [429, 503])
def test_after_a_refusal_only_what_was_accepted_is_stored_and_once(program: Program, status: int) -> None:
    program.detour.answer(status, status)

    for end in (LOGS, 2 * LOGS, 3 * LOGS):
        program.log(range(end - LOGS, end))
        wait_until(lambda end=end: len(program.detour.seen()) == end)

    program.wait_until_stored()
    assert program.detour.statuses()[status] == 2
    assert program.detour.accepted() >= set(range(2 * LOGS, 3 * LOGS))
    assert set(program.stored()) == program.detour.accepted()
    assert (program.detour.accepted() == program.detour.seen()) is (status in program.client.sends_again_at)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_functions_lose_nothing_that_was_accepted(program: Program, guarded: Stack) -> None:
    with kills(guarded, {"logs-ingest": 6, "logs-worker": 2}):
        for start in range(0, ROUNDS * LOGS, LOGS):
            program.log(range(start, start + LOGS))
            wait_until(lambda start=start: len(program.detour.seen()) == start + LOGS)

    program.wait_until_stored()
    if program.client.sends_again_at:
        assert program.detour.accepted() == program.detour.seen()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_five_megabytes_in_requests_of_the_default_size_are_stored_once(program: Program) -> None:
    logs = MEGABYTES // TEXT_CHARS

    program.log(range(logs), padding=" x" * (TEXT_CHARS // 2))

    wait_until(lambda: len(program.detour.seen()) == logs)
    program.wait_until_stored()
    assert program.detour.accepted() == set(range(logs))


@contextlib.contextmanager
def kills(stack: Stack, times: dict[str, int]) -> Iterator[None]:
    """Kill the functions' processes this often while the block lasts; fail if none was there to be killed."""
    over = threading.Event()
    processes = FunctionProcesses(stack.emulator.port)
    killed: list[int] = []

    def kill() -> None:
        left = dict(times)
        while any(left.values()) and not over.wait(0.3):
            for function in times:
                running = processes.of(function, connected_to=stack.emulator.port)
                if running and left[function] and processes.kill(running[0]):
                    left[function] -= 1
                    killed.append(running[0])

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert killed


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
