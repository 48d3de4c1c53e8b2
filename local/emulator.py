"""MiniStack as a child process that listens on loopback only and never outlives the process that started it."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from local.cloud import REGION, Cloud
from local.failure import Failure
from local.root_key import RootKey
from local.state import CHECKOUT, STATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

HOST = "127.0.0.1"
PREFERRED_PORT = 4566

_START_SECONDS = 60
_STOP_SECONDS = 5
_LOG_TAIL_LINES = 20
_SERVICES = "apigateway,dynamodb,iam,kms,lambda,logs,monitoring,sqs,sts"
# Both open a listener on every interface when they are left alone.
_NO_OTHER_LISTENERS = {"SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0"}


def _can_bind(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a loopback port that nothing listens on at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def choose_port(wanted: int | None) -> int:
    """Return `wanted`, or the preferred port where it is free, or any free one.

    Raises:
        Failure: when the wanted port is in use.
    """
    if wanted is None:
        return PREFERRED_PORT if _can_bind(PREFERRED_PORT) else free_port()
    if not _can_bind(wanted):
        raise Failure(f"--port must be a free port, got {wanted}, which is in use; leave --port out to take another")
    return wanted


class Emulator:
    """A running MiniStack, as a context manager: inside the block it answers, after the block it is gone."""

    def __init__(self, *, port: int | None = None, log: Path = STATE_FOLDER / "emulator.log") -> None:
        self.port = choose_port(port)
        self.log = log
        self.root_key = RootKey.new()
        self._folder = Path()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint_url(self) -> str:
        """The address of every AWS API of this emulator."""
        return f"http://{HOST}:{self.port}"

    @property
    def cloud(self) -> Cloud:
        """The clients of this emulator."""
        return Cloud(self.endpoint_url, self.root_key)

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="embedded-cloud-"))
        try:
            self._start()
            self._wait_until_healthy()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if isinstance(error, Exception):
                self.check()  # where the emulator has ended, that is why
        finally:
            self.stop()

    def check(self) -> None:
        """Do nothing while the emulator runs.

        Raises:
            Failure: when it has ended, with the end of its log.
        """
        status = self._process.poll() if self._process else None
        if status is not None:
            raise Failure(f"the emulator ended with status {status}; the end of {self.log}:\n{self._log_tail()}")

    def stop(self) -> None:
        """End the emulator and everything it started; safe to call twice."""
        process, self._process = self._process, None
        if process and process.stdin:
            process.stdin.close()  # the child takes this as the order to end, see emulator_process.py
            _kill_group(process)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as log:
            # A session of its own: Ctrl-C in the terminal reaches only us, and we stop in order.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "local.emulator_process"],
                cwd=CHECKOUT,
                env=_environment(self, self._folder, os.environ),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not is_healthy(self.endpoint_url):
            self.check()
            if time.monotonic() > deadline:
                tail = self._log_tail()
                raise Failure(f"the emulator did not answer within {_START_SECONDS} s; its log ends:\n{tail}")
            time.sleep(0.05)

    def _log_tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-_LOG_TAIL_LINES:])


def _environment(emulator: Emulator, folder: Path, outer: Mapping[str, str]) -> dict[str, str]:
    """Return all the emulator, and so every Lambda function, sees of this machine's environment."""
    return {
        "PATH": outer.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(folder),  # no profile or proxy of the person at the keyboard leaks into a function
        "TMPDIR": str(folder),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(emulator.port),
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": emulator.root_key.key_id,
        "AWS_SECRET_ACCESS_KEY": emulator.root_key.secret,
        "MINISTACK_REGION": REGION,
        "SERVICES": _SERVICES,
        "PERSIST_STATE": "0",
        "STATE_DIR": str(folder / "state"),
        "DOCKER_HOST": f"unix://{folder}/no-docker",  # keeps MiniStack's container clean-up away from Docker
        **_NO_OTHER_LISTENERS,
    }


def is_healthy(endpoint_url: str) -> bool:
    """Return whether an emulator answers there and is ready."""
    connection = http.client.HTTPConnection(urlsplit(endpoint_url).netloc, timeout=2)
    try:
        connection.request("GET", "/_ministack/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):  # nothing of it is left: what we want
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
