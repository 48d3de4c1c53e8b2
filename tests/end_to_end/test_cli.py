"""The command line on the embedded cloud: what an operator does at night, and what the pipeline makes of it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from cli.__main__ import main
from cli.logs.following import POLL_SECONDS
from cli.target import Targets
from handlers.logs.envelope import Envelope
from local.state import State
from tests.support.checkout import ROOT
from tests.support.running_cloud import running_cloud
from tests.support.stack import Stack, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ANSWER_SECONDS = 60
# The program itself, only that it finds the stack under test and not the one of `make dev`.
PROGRAM = """
import pathlib, sys
from cli.__main__ import run
from cli.target import Targets
from local.state import State
sys.exit(run(Targets(state=State(pathlib.Path(sys.argv.pop(1))))))
"""


class Operator:
    """Somebody who looks after the stack."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self._folder = folder

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        targets = Targets(state=State(self._folder))
        return CliRunner().invoke(main, [*arguments, "--local"], input=stdin, obj=targets)

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)

    def start(self, *arguments: str, stdin: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", PROGRAM, str(self._folder), *arguments, "--local"]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, stdin=stdin, stdout=pipe, stderr=pipe)

    def bury(self, tenant_id: str, *, logs: int) -> set[str]:
        """Put logs that nothing is wrong with into the dead-letter queue."""
        log_ids = {uuid.uuid4().hex for _ in range(logs)}
        for log_id in log_ids:
            envelope = Envelope(tenant_id=tenant_id, log_id=log_id, source="json_upload", text="x", received_at="now")
            self.stack.cloud.client("sqs").send_message(
                QueueUrl=self.stack.outputs["dead_letter_queue_url"],
                MessageBody=envelope.to_message(),
                MessageGroupId=tenant_id,
            )
        return log_ids

    def dead(self, tenant_id: str) -> set[str]:
        return {letter["log_id"] for letter in self.json("dead-letters", "list", "--tenant", tenant_id)}

    def stored(self, tenant_id: str) -> set[str]:
        return {log["log_id"] for log in self.json("logs", tenant_id, "--limit", "1000")}


@pytest.fixture(scope="module")
def operator(launch: Callable[..., Stack], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    stack, folder = launch(auth="api-key", authCacheSeconds="0"), tmp_path_factory.mktemp("cli")
    with running_cloud(folder, stack.outputs, stack.emulator.root_key):
        yield Operator(stack, folder)


def test_a_key_is_accepted_until_it_is_revoked(operator: Operator) -> None:
    key = operator.run("keys", "create", "acme").stdout.strip()
    headers = {"authorization": f"Bearer {key}", "content_type": "text/plain"}

    accepted = operator.stack.request("/ingest", "call 555-0199", x_log_id="first", **headers)
    stored = wait_until(lambda: operator.json("logs", "acme", "--prefix", "first"))
    revoked = operator.run("keys", "revoke", "-", stdin=key)
    refused = operator.stack.request("/ingest", "call 555-0199", x_log_id="second", **headers)

    assert (accepted.status, revoked.exit_code, refused.status) == (202, 0, 401)
    assert [log["modified_data"] for log in stored] == ["call [REDACTED]"]


def test_a_log_that_fails_is_found_redriven_and_dropped(operator: Operator) -> None:
    tenant_id = "failing"
    key = operator.run("keys", "create", tenant_id).stdout.strip()
    answer = operator.stack.request(
        "/ingest", "chaos:raise", authorization=f"Bearer {key}", content_type="text/plain", x_log_id="bad"
    )

    [letter] = wait_until(lambda: operator.json("dead-letters", "list", "--tenant", tenant_id))
    redriven = operator.run("dead-letters", "redrive", "--tenant", tenant_id, "--yes")
    [back] = wait_until(lambda: operator.json("dead-letters", "list", "--tenant", tenant_id))
    shown = operator.run("dead-letters", "show", answer.body["message_id"])
    dropped = operator.run("dead-letters", "drop", "--tenant", tenant_id, "--yes")

    assert letter["id"] == back["id"] == answer.body["message_id"]
    assert letter["reason"] == back["reason"] == "failed 3 times"
    assert redriven.stdout == "1 redriven\n"
    assert shown.stdout.endswith("\nchaos:raise\n")
    assert dropped.stdout == "1 dropped\n"
    assert operator.dead(tenant_id) == set()


def test_an_interrupted_redrive_continues_where_it_stopped(operator: Operator) -> None:
    tenant_id = "interrupted"
    log_ids = operator.bury(tenant_id, logs=12)

    process = operator.start(
        "dead-letters", "redrive", "--tenant", tenant_id, "--rate", "2", "--yes", stdin=subprocess.DEVNULL
    )
    wait_until(lambda: operator.stored(tenant_id))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=ANSWER_SECONDS)
    left = operator.dead(tenant_id)
    again = operator.run("dead-letters", "redrive", "--tenant", tenant_id, "--yes")

    assert process.returncode == 130
    assert b"Traceback" not in said
    assert 0 < len(left) < len(log_ids)
    assert again.exit_code == 0
    assert wait_until(lambda: operator.stored(tenant_id) == log_ids)
    assert operator.dead(tenant_id) == set()


def test_following_shows_each_log_once_until_ctrl_c(operator: Operator) -> None:
    tenant_id, texts = "followed", [f"log {number}" for number in range(12)]
    key = operator.run("keys", "create", tenant_id).stdout.strip()

    process = operator.start(
        "logs", tenant_id, "--follow", "--since", "1m", "--ndjson", "--attr", "env=live", stdin=subprocess.DEVNULL
    )
    for text in texts:
        values = [[str(time.time_ns()), text]]
        streams = [{"stream": {"env": env}, "values": values} for env in ("live", "test")]
        answer = operator.stack.request(
            "/loki/api/v1/push",
            json.dumps({"streams": streams}),
            authorization=f"Bearer {key}",
            content_type="application/json",
        )
        assert answer.status == 204
    wait_until(lambda: len(operator.stored(tenant_id)) == 2 * len(texts))
    time.sleep(3 * POLL_SECONDS)
    process.send_signal(signal.SIGINT)
    shown, said = process.communicate(timeout=ANSWER_SECONDS)

    assert process.returncode == 130
    assert b"Traceback" not in said
    assert sorted(json.loads(line)["modified_data"] for line in shown.splitlines()) == sorted(texts)


@pytest.mark.parametrize(("answer", "code", "left"), [(b"n\n", 1, 3), (b"y\n", 0, 0)])
def test_on_a_terminal_it_asks(operator: Operator, answer: bytes, code: int, left: int) -> None:
    tenant_id = f"asked-{code}"
    operator.bury(tenant_id, logs=3)
    keyboard, terminal = pty.openpty()

    process = operator.start("dead-letters", "drop", "--tenant", tenant_id, stdin=terminal)
    os.write(keyboard, answer)
    _, said = process.communicate(timeout=ANSWER_SECONDS)
    os.close(keyboard)
    os.close(terminal)

    assert b"Drop 3 dead letters of the embedded cloud" in said
    assert process.returncode == code
    assert len(operator.dead(tenant_id)) == left
