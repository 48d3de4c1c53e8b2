"""What a running embedded cloud leaves for others: there while it runs, for this user only, and never left over."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from local.failure import AlreadyRunning, Failure
from local.root_key import RootKey
from local.state import State
from tests.support.checkout import ROOT

NOT_RUNNING = "no embedded cloud is running here; start one in another terminal: make dev"
OUTPUTS = {"aws_endpoint_url": "http://127.0.0.1:4566", "aws_region": "us-east-1", "table_name": "records"}
KILLED = """
import sys
from pathlib import Path
from local.root_key import RootKey
from local.state import State

state = State(Path(sys.argv[1]))
with state.claimed():
    state.publish({"aws_endpoint_url": "http://127.0.0.1:4566", "aws_region": "us-east-1"}, RootKey.new())
    print("published", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


def claim(folder: Path) -> None:
    with State(folder).claimed():
        pass


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_outputs_and_key_can_be_read_while_the_cloud_runs_and_are_gone_afterwards(folder: Path) -> None:
    state, key = State(folder), RootKey.new()

    with state.claimed():
        state.publish(OUTPUTS, key)
        assert (State(folder).outputs(), State(folder).root_key()) == (OUTPUTS, key)
        assert State(folder).is_running()

    assert not State(folder).is_running()
    assert [path.name for path in folder.iterdir()] == ["lock"]


def test_only_this_user_may_read_the_key_even_if_the_file_existed(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    (folder / "credentials").touch(mode=0o644)

    with State(folder).claimed():
        State(folder).publish(OUTPUTS, RootKey.new())

        assert (mode_of(folder), mode_of(folder / "credentials")) == (0o700, 0o600)


def test_boto3_can_read_the_file_of_the_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = RootKey.new()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))

    with State(folder).claimed():
        State(folder).publish(OUTPUTS, key)
        session = boto3.Session()
        credentials = session.get_credentials()

    assert credentials is not None
    assert (credentials.access_key, credentials.secret_key) == (key.key_id, key.secret)
    assert session.region_name == "us-east-1"


def test_every_run_has_a_key_of_its_own_and_never_shows_its_secret() -> None:
    keys = [RootKey.new() for _ in range(100)]

    assert len({key.key_id for key in keys}) == len({key.secret for key in keys}) == 100
    assert all(key.secret not in repr(key) for key in keys)


def test_without_a_cloud_the_error_says_how_to_start_one(folder: Path) -> None:
    with pytest.raises(Failure, match=NOT_RUNNING):
        State(folder).outputs()
    with pytest.raises(Failure, match=NOT_RUNNING):
        State(folder).root_key()


def test_a_second_cloud_is_refused_and_the_first_keeps_its_outputs(folder: Path) -> None:
    with State(folder).claimed():
        with pytest.raises(AlreadyRunning, match=rf"is already starting .* kill {os.getpid()}$"):
            claim(folder)
        State(folder).publish(OUTPUTS, RootKey.new())
        with pytest.raises(AlreadyRunning, match=rf"already runs .* at http://127\.0\.0\.1:4566; .* {os.getpid()}$"):
            claim(folder)

        assert State(folder).outputs() == OUTPUTS


def test_the_files_of_a_killed_cloud_are_ignored(folder: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as cloud:
        assert cloud.stdout is not None
        assert cloud.stdout.readline() == b"published\n"
        assert State(folder).is_running()
        cloud.send_signal(signal.SIGKILL)

    assert (folder / "outputs.json").exists(), "or this test shows nothing"
    assert not State(folder).is_running()
    with pytest.raises(Failure, match=NOT_RUNNING):
        State(folder).outputs()
    with State(folder).claimed():
        assert not (folder / "outputs.json").exists()
        assert not (folder / "credentials").exists()


def test_a_check_during_a_start_does_not_stop_it(folder: Path) -> None:
    glance = """
import fcntl, sys, time
with open(sys.argv[1]) as lock:
    fcntl.flock(lock, fcntl.LOCK_SH)
    print("looking", flush=True)
    time.sleep(0.3)
"""
    with State(folder).claimed():
        pass
    with subprocess.Popen([sys.executable, "-c", glance, folder / "lock"], stdout=subprocess.PIPE) as looking:
        assert looking.stdout is not None
        assert looking.stdout.readline() == b"looking\n"

        with State(folder).claimed():
            State(folder).publish(OUTPUTS, RootKey.new())
