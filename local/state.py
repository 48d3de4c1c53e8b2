"""What a running embedded cloud leaves in `.local`: a lock, its outputs and its root key, for as long as it runs."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from local.failure import AlreadyRunning, Failure
from local.root_key import RootKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHECKOUT = Path(__file__).resolve().parent.parent
STATE_FOLDER = CHECKOUT / ".local"

_NOT_RUNNING = "no embedded cloud is running here; start one in another terminal: make dev"
_GLANCE_SECONDS = 1.0
"""A command that checks whether a cloud runs holds the lock for a moment; that must not stop one from starting."""


def make_dev(settings: Mapping[str, str]) -> str:
    """Return the command that starts an embedded cloud with these settings, ready to paste into any shell."""
    options = shlex.join(word for name, value in settings.items() for word in ("--config", f"{name}={value}"))
    return f"make dev ARGS={shlex.quote(options)}" if options else "make dev"


def invocation(module: str) -> str:
    """Return how to run a module, with the Python that runs now and as it was called: it has the packages."""
    return f"{shlex.quote(sys.orig_argv[0])} -m {module}"


class State:
    """The state folder of one checkout.

    The lock is the operating system's, so it ends with the process that holds it. Files that a killed process left
    behind are therefore ignored.

    Args:
        folder: where.
    """

    def __init__(self, folder: Path = STATE_FOLDER) -> None:
        self._folder = folder
        self._lock = folder / "lock"
        self._outputs = folder / "outputs.json"
        self._credentials = folder / "credentials"

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Be the only embedded cloud of this checkout while the block runs.

        Raises:
            AlreadyRunning: another one runs or starts.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)  # logs and a key are in it
        with self._lock.open("a+") as lock:
            if not _locked(lock, fcntl.LOCK_EX, patience_seconds=_GLANCE_SECONDS):
                raise AlreadyRunning(self._where())
            lock.truncate(0)
            lock.write(f"{os.getpid()}\n")
            lock.flush()
            self._clear()
            try:
                yield
            finally:
                self._clear()

    def publish(self, outputs: Mapping[str, Any], root_key: RootKey) -> None:
        """Let others read the outputs and the root key; call it within `claimed`."""
        root_key.write(self._credentials, region=outputs["aws_region"])
        unfinished = self._outputs.with_suffix(".new")
        unfinished.write_text(json.dumps(outputs, indent=2, sort_keys=True) + "\n")
        unfinished.replace(self._outputs)

    def is_running(self) -> bool:
        """Return whether a cloud of this checkout runs and has published its outputs."""
        return self._is_claimed() and self._outputs.exists()

    def outputs(self) -> dict[str, Any]:
        """Return what the running cloud published.

        Raises:
            Failure: none runs.
        """
        if not self._is_claimed():
            raise Failure(_NOT_RUNNING)
        with suppress(FileNotFoundError):  # it is still starting, or just ending
            outputs: dict[str, Any] = json.loads(self._outputs.read_text())
            return outputs
        raise Failure(_NOT_RUNNING)

    def root_key(self) -> RootKey:
        """Return the root key of the running cloud.

        Raises:
            Failure: none runs.
        """
        try:
            return RootKey.read(self._credentials)
        except FileNotFoundError:
            raise Failure(_NOT_RUNNING) from None

    def _clear(self) -> None:
        for file in (self._outputs, self._credentials):
            file.unlink(missing_ok=True)

    def _is_claimed(self) -> bool:
        try:
            lock = self._lock.open()
        except FileNotFoundError:
            return False
        with lock:
            return not _locked(lock, fcntl.LOCK_SH, patience_seconds=0)

    def _where(self) -> str:
        process = self._lock.read_text().strip()
        stop = f"Ctrl-C in its terminal, or: kill {process}"
        if not self._outputs.exists():
            return f"an embedded cloud is already starting in this checkout; to stop it: {stop}"
        where = json.loads(self._outputs.read_text())["aws_endpoint_url"]
        return f"an embedded cloud already runs in this checkout, at {where}; to stop it: {stop}"


def _locked(lock: TextIO, mode: int, *, patience_seconds: float) -> bool:
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.flock(lock, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)
        else:
            return True
