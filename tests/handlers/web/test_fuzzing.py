"""Fuzzing: whatever is sent, no function fails, and every answer is one that docs/openapi.json describes."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from handlers.web.doors import MODULES
from tests.handlers.test_authorizer import KEY, keep
from tests.support.aws_fixtures import Aws
from tests.support.checkout import ROOT
from tests.support.http_gateway import Gateway, served
from tests.support.stored_logs import store

PATIENCE_SECONDS = 110
# schemathesis does not count 413 among the answers to a request that breaks a rule.
CONFIGURATION = """\
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 413, 415]
"""

# The statuses that fuzzing has to reach at each door.
REACHED = {
    "/ingest": {202, 207, 400, 413, 415},
    "/v1/logs": {200, 400},
    "/loki/api/v1/push": {204, 400},
    "/services/collector": {200, 400},
    "/services/collector/event/1.0": {200, 400},
    "/services/collector/raw": {200, 400},
    "/firehose": {200, 400},
}

Fuzz = Callable[..., None]


@pytest.fixture
def fuzz(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Fuzz:
    """Return what fuzzes a gateway, and fails with what was found.

    In a process of its own, because schemathesis exchanges parts of hypothesis for its own.
    """
    caplog.set_level(logging.ERROR, logger="rdp")
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)

    def fuzz_served(gateway: Gateway, *arguments: str, cases: int) -> None:
        command = [sys.executable, "-m", "schemathesis.cli", "--no-color", "run", str(ROOT / "docs/openapi.json")]
        # Whether a valid request is accepted hangs on what no schema says: that header, body and credential agree.
        checks = ["--checks", "all", "--exclude-checks", "positive_data_acceptance"]
        repeatable = ["--seed", "1", "--generation-database", "none", "--max-examples", str(cases)]
        phases = ["--phases", "coverage,fuzzing", "--continue-on-failure"]
        environment = os.environ | {
            "SCHEMATHESIS_HOOKS": "tests.support.fuzzing_hooks",
            "PYTHONPATH": str(ROOT),
        }
        with served(gateway) as url:
            outcome = subprocess.run(
                [*command, "--url", url, *checks, *repeatable, *phases, *arguments],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr

    return fuzz_served


def test_no_door_is_left_out() -> None:
    assert {MODULES[path] for path in REACHED} == set(MODULES.values())


@pytest.mark.usefixtures("ingest")
def test_every_door_answers_any_request_as_described(fuzz: Fuzz) -> None:
    gateway = Gateway(authenticates=False)

    fuzz(gateway, *(f"--include-path={path}" for path in REACHED), cases=20)

    for path, statuses in REACHED.items():
        assert gateway.statuses_of(f"POST {path}") >= statuses, path


@pytest.mark.usefixtures("ingest")
def test_whatever_is_asked_without_logs_is_answered_as_described(fuzz: Fuzz) -> None:
    gateway = Gateway(authenticates=False)

    fuzz(gateway, "--include-method", "GET", "--exclude-path-regex", "/tenants/", cases=10)

    assert gateway.statuses_of("GET /health") == {200}


@pytest.mark.parametrize("cases", [8, pytest.param(30, marks=pytest.mark.slow)])
def test_the_read_routes_answer_any_request_as_described(
    aws: Aws, fuzz: Fuzz, monkeypatch: pytest.MonkeyPatch, cases: int
) -> None:
    monkeypatch.setenv("AUTH", "api-key")
    keep(aws, KEY)
    store(aws, "call 555-0199")
    for part in (1, 2):
        store(aws, f"part {part}", log_id="long", part=part, parts=2)
    gateway = Gateway(authenticates=True)

    fuzz(gateway, "--header", f"Authorization: Bearer {KEY}", "--include-path-regex", "/tenants/", cases=cases)

    for operation in ("list_logs", "show_log"):
        assert gateway.statuses_of(operation) >= {200, 400, 401, 403}
