"""Shippers that follow files, with the configuration files of docs/shippers, against the embedded cloud.

No package registry has these programs: what is not on the PATH is skipped. docs/sending.md says which were tried.
"""

import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.support.checkout import ROOT
from tests.support.logging_program import Program, kills
from tests.support.real_clients import Client
from tests.support.stack import Stack, wait_until

MEGABYTES = 5 * 1024 * 1024
LOGS = 40
ROUNDS = 10
TEXT_CHARS = 20_000
STOP_SECONDS = 20

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Shipper(NamedTuple):
    """How a shipper is started with its configuration file, and as what its logs are stored."""

    command: str
    source: str


SHIPPERS = {
    "fluent-bit": Shipper("fluent-bit --config={shippers}/fluent-bit.yaml", "hec"),
    "fluentd": Shipper("fluentd --config {shippers}/fluentd.conf", "json_upload"),
    "vector": Shipper("vector --config {shippers}/vector.yaml", "json_upload"),
    "alloy": Shipper(
        "alloy run --stability.level=experimental --storage.path={buffer} {shippers}/alloy.alloy",
        "loki",
    ),
}


class FileHandler(logging.Handler):
    """Writes to a file that a shipper follows."""

    def __init__(self, shipper: Shipper, directory: Path, url: str, key: str) -> None:
        super().__init__()
        self._file = (directory / "app.log").open("a", buffering=1)
        (directory / "buffer").mkdir()
        address = urlsplit(url)
        environment = {
            "PIPELINE_URL": url,
            "PIPELINE_HOST": str(address.hostname),
            "PIPELINE_PORT": str(address.port),
            "PIPELINE_TLS": "off",
            "API_KEY": key,
            "LOG_FILES": str(directory / "*.log"),
            "BUFFER_DIRECTORY": str(directory / "buffer"),
        }
        self._process = subprocess.Popen(
            shipper.command.format(shippers=ROOT / "docs/shippers", buffer=directory / "buffer").split(),
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def emit(self, record: logging.LogRecord) -> None:
        self._file.write(record.getMessage() + "\n")

    def close(self) -> None:
        super().close()
        self._file.close()
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        finally:
            self._process.kill()


@pytest.fixture(params=SHIPPERS)
def program(request: pytest.FixtureRequest, guarded: Stack, tmp_path: Path) -> Iterator[Program]:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed, and no package registry has it")
    shipper = SHIPPERS[request.param]
    client = Client(lambda url, key: FileHandler(shipper, tmp_path, url, key), shipper.source)
    program = Program(client, guarded)
    with program.running():
        yield program


def wait_until_accepted(program: Program, count: int) -> None:
    wait_until(lambda: program.detour.accepted() == set(range(count)), seconds=120)
    program.wait_until_stored()
    assert set(program.stored()) == set(range(count))


def test_every_line_is_stored_once_and_redacted_with_its_time(program: Program) -> None:
    program.log(range(LOGS))

    wait_until_accepted(program, LOGS)
    [record, *_] = program.wait_until_stored()
    assert record["source"] == {"S": program.client.source}
    assert "timestamp" in record


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_is_refused_for_now_is_sent_again_until_it_is_accepted(program: Program, status: int) -> None:
    program.detour.answer(status, status, status)

    program.log(range(LOGS))

    wait_until_accepted(program, LOGS)
    assert program.detour.statuses()[status] == 3


def test_while_functions_are_killed_every_line_is_stored_once(program: Program, guarded: Stack) -> None:
    with kills(guarded, {"logs-ingest": 6, "logs-worker": 2}):
        for start in range(0, ROUNDS * LOGS, LOGS):
            program.log(range(start, start + LOGS))

    wait_until_accepted(program, ROUNDS * LOGS)


def test_five_megabytes_in_requests_of_the_default_size_are_stored_once(program: Program) -> None:
    logs = MEGABYTES // TEXT_CHARS

    program.log(range(logs), padding=" x" * (TEXT_CHARS // 2))

    wait_until_accepted(program, logs)
