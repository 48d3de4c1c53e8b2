"""`python -m local` as people use it: commands, exit codes, and nothing left over."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.emulator import free_port
from local.scenarios import text_log
from tests.support.checkout import ROOT

pytestmark = pytest.mark.end_to_end

SOURCES = ("__main__.py", "Pulumi.yaml", "Pulumi.local.yaml", "requirements-lambda.txt", "handlers", "infra", "local")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the checkout: the one people work in may have an embedded cloud running."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        source = ROOT / name
        shutil.copytree(source, copy / name) if source.is_dir() else shutil.copy(source, copy / name)
    (ROOT / ".build").mkdir(exist_ok=True)
    (copy / ".build").symlink_to(ROOT / ".build")  # the installed dependencies, so that no network is needed
    return copy


@pytest.fixture
def local(checkout: Path) -> Run:
    """Return what runs `python -m local` to its end, without a terminal."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "local", *arguments]
        return subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=60, check=False)

    return run


def read_until(stream: "subprocess.Popen[str]", pattern: str) -> re.Match[str]:
    """Return the first line of the output that holds the pattern; the test's own timeout bounds it."""
    assert stream.stdout is not None
    for line in stream.stdout:
        if found := re.search(pattern, line):
            return found
    raise AssertionError(f"it ended without a line that holds {pattern}")


def test_help_names_the_commands_and_the_exit_codes(local: Run) -> None:
    shown = local("--help")

    assert shown.returncode == 0
    assert {"up", "demo", "output"} <= set(shown.stdout.split())
    assert "130" in shown.stdout


def test_output_without_a_running_cloud_says_how_to_start_one(local: Run) -> None:
    shown = local("output")

    assert (shown.returncode, shown.stdout) == (1, "")
    assert shown.stderr.strip().endswith("start one in another terminal: make dev")


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["up", "--config", "chaos"], "must be KEY=VALUE, got 'chaos'"),
        (["up", "--port", "0"], "0 is not in the range 1<=x<=65535"),
        (["start"], "No such command 'start'"),
    ],
)
def test_wrong_usage_ends_with_exit_code_2(local: Run, arguments: list[str], advice: str) -> None:
    shown = local(*arguments)

    assert (shown.returncode, shown.stdout) == (2, "")
    assert advice in shown.stderr


def test_an_invalid_setting_is_one_sentence_and_exit_code_1(local: Run) -> None:
    shown = local("up", "--port", str(free_port()), "--config", "workerBatchSize=11")

    assert shown.returncode == 1
    assert shown.stderr.startswith("error: workerBatchSize must be between 1 and 10, got 11\n")
    assert shown.stderr.endswith("run: make dev ARGS='--config workerBatchSize=10'\n")
    assert "Traceback" not in shown.stderr


def test_a_refused_setting_keeps_the_log_of_the_previous_run(local: Run, checkout: Path) -> None:
    log = checkout / ".local" / "emulator.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text("what went wrong\n")

    local("up", "--config", "workerBatchSize=11")

    assert log.read_text() == "what went wrong\n"


@contextmanager
def start_up(checkout: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "local", "up", "--port", str(port), "--config", "processingSecondsPerChar=0"]
    command += ["--tenant", "acme"]
    with subprocess.Popen(
        command,
        cwd=checkout,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as up:
        try:
            yield up
        finally:
            up.kill()  # otherwise a test that fails would wait for it for ever


def assert_nothing_is_left(checkout: Path, port: int) -> None:
    assert not (checkout / ".local" / "outputs.json").exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


@pytest.mark.slow  # that it ends well when it is interrupted later is tested below
def test_up_ends_when_it_is_terminated_before_it_is_ready(checkout: Path) -> None:
    port = free_port()
    with start_up(checkout, port) as up:
        read_until(up, "Embedded cloud at")

        up.terminate()
        up.wait(timeout=20)

    assert up.returncode == 130
    assert_nothing_is_left(checkout, port)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which make and git do not bring")
def test_up_shows_what_happens_to_a_pasted_curl_until_ctrl_c(checkout: Path, local: Run) -> None:
    port = free_port()
    with start_up(checkout, port) as up:
        curl = read_until(up, r"curl .*")[0]
        read_until(up, "What happens")

        pasted = subprocess.run(["sh", "-c", curl], capture_output=True, text=True, timeout=30, check=True)  # noqa: S607 - the very command that people paste
        # A worker may have stored a log before ingest has written that it was accepted.
        flown = [read_until(up, r"(accepted|stored)\s+.*acme/123") for _ in range(2)]
        bare = local("output", "ingest_url")
        everything = json.loads(local("output", "--json").stdout)
        unknown = local("output", "ingest")
        second = local("up", "--port", str(free_port()))
        still = local("output", "ingest_url")
        key = checkout / ".local" / "credentials"
        mode = key.stat().st_mode & 0o777
        other = text_log(tenant_id="beta_inc", text="hello").send(everything["ingest_url"])
        up.send_signal(signal.SIGINT)
        assert up.stdout is not None
        rest = up.stdout.read()
        up.wait(timeout=20)

    assert json.loads(pasted.stdout)["status"] == "accepted"
    assert {line[1] for line in flown} == {"accepted", "stored"}
    assert "555-0199" not in "".join(line.string for line in flown)
    assert bare.stdout.strip() == everything["ingest_url"]
    assert everything["aws_endpoint_url"] == f"http://127.0.0.1:{port}"
    assert everything["aws_region"] == "us-east-1"
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "ingest_url" in unknown.stderr
    assert up.returncode == 130
    assert_nothing_is_left(checkout, port)
    assert (second.returncode, second.stdout) == (3, "")
    assert second.stderr.startswith(
        f"error: an embedded cloud already runs in this checkout, at http://127.0.0.1:{port};"
    )
    assert still.stdout == bare.stdout
    assert (mode, key.exists()) == (0o600, False)
    assert other[0] == 202
    assert "beta_inc" not in rest
    assert re.search(r"in all: 1 accepted, 1 stored\n", rest)


@pytest.mark.slow
@pytest.mark.timeout(240)  # it starts twice
def test_up_starts_normally_after_one_that_was_killed(checkout: Path, local: Run) -> None:
    with start_up(checkout, free_port()) as killed:
        read_until(killed, "What happens")
        killed.kill()
        killed.wait(timeout=20)

    left_over = local("output")
    with start_up(checkout, free_port()) as up:
        read_until(up, "What happens")
        running = local("output", "ingest_url")
        up.terminate()
        up.wait(timeout=20)

    assert (left_over.returncode, left_over.stdout) == (1, "")
    assert running.returncode == 0
