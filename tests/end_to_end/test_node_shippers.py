"""Loggers of Node, set up as the examples in docs/shippers/node show, against the embedded cloud."""

import logging
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.end_to_end.test_logging_handlers import Client, Program
from tests.support.checkout import ROOT
from tests.support.stack import Stack, wait_until

EXAMPLES = ROOT / "docs/shippers/node"
NODE = shutil.which("node")
LOGS = 10
LINGER_MS = "4000"
STOP_SECONDS = 30

pytestmark = pytest.mark.skipif(
    NODE is None or not (EXAMPLES / "node_modules").is_dir(),
    reason="needs node, and: npm install --no-package-lock --prefix docs/shippers/node",
)


class NodeHandler(logging.Handler):
    """Hands what is logged to a program in Node, which logs it through one of the examples."""

    def __init__(self, example: str, url: str, key: str) -> None:
        super().__init__()
        command = [str(NODE), str(ROOT / "tests/support/node/forward.mjs"), str(EXAMPLES / example), url, key]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, env={"LINGER_MS": LINGER_MS})

    def emit(self, record: logging.LogRecord) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(record.getMessage() + "\n")
        self._process.stdin.flush()

    def close(self) -> None:
        super().close()
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        finally:
            self._process.kill()


def client(example: str, source: str, *sends_again_at: int) -> Client:
    return Client(lambda url, key: NodeHandler(example, url, key), source, frozenset(sends_again_at))


CLIENTS = {
    "winston-http": client("winston-http.js", "json_upload"),
    "winston-loki": client("winston-loki.js", "loki", 429, 503),
    "pino-loki": client("pino-loki.js", "loki"),
    "pino-otlp": client("pino-otlp.js", "otlp", 429, 503),
}


@pytest.fixture(params=CLIENTS.values(), ids=CLIENTS)
def program(request: pytest.FixtureRequest, guarded: Stack) -> Iterator[Program]:
    with Program(request.param, guarded).running() as program:
        yield program


@pytest.mark.slow
def test_every_log_is_stored_once_and_redacted(program: Program) -> None:
    program.log(range(LOGS))

    wait_until(lambda: len(program.detour.seen()) == LOGS)
    [record, *_] = program.wait_until_stored()
    assert program.detour.accepted() == set(range(LOGS))
    assert record["source"] == {"S": program.client.source}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("status", [429, 503])
def test_after_a_refusal_only_what_was_accepted_is_stored_and_once(program: Program, status: int) -> None:
    # winston-loki waits a minute after each.
    refusals = 1 if program.client is CLIENTS["winston-loki"] else 2
    program.detour.answer(*[status] * refusals)

    for end in (LOGS, 2 * LOGS, 3 * LOGS):
        program.log(range(end - LOGS, end))
        wait_until(lambda end=end: len(program.detour.seen()) == end, seconds=90)

    program.wait_until_stored()
    assert program.detour.statuses()[status] == refusals
    if status in program.client.sends_again_at:
        wait_until(lambda: program.detour.accepted() == program.detour.seen())
        program.wait_until_stored()
    else:
        assert program.detour.accepted() < program.detour.seen()
