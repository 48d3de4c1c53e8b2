"""The processes that run the functions of one embedded cloud: finds them by their environment, and kills them."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class FunctionProcesses:
    """The processes of one emulator's functions.

    Attributes:
        emulator_port: the port of the emulator, which is in their environment.
    """

    emulator_port: int

    def of(self, function: str, *, connected_to: int) -> list[int]:
        """Return the process ids of a function's execution environments that are connected to this port."""
        wanted = {f"GATEWAY_PORT={self.emulator_port}", f"AWS_LAMBDA_FUNCTION_NAME={function}"}
        inodes = {connection.inode for connection in _connections() if connection.remote_port == connected_to}
        return [int(folder.name) for folder in _folders() if wanted <= _variables(folder) and _holds(folder, inodes)]

    def callers(self, port: int) -> list[int]:
        """Return the process ids of the execution environments with a connection from this local port."""
        inodes = {connection.inode for connection in _connections() if connection.local_port == port}
        wanted = {f"GATEWAY_PORT={self.emulator_port}"}
        return [int(folder.name) for folder in _folders() if wanted <= _variables(folder) and _holds(folder, inodes)]

    def kill_caller(self, port: int) -> bool:
        """Kill the execution environment with a connection from this local port; return whether there was one."""
        killed = [self.kill(process_id) for process_id in self.callers(port)]
        return any(killed)

    def kill(self, process_id: int) -> bool:
        """Kill an execution environment with its child processes, as Lambda does; return whether it existed."""
        children = [int(folder.name) for folder in _folders() if _parent_of(folder) == process_id]
        killed = False
        for each in (process_id, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
                killed |= each == process_id
        return killed


def _folders() -> list[Path]:
    return [folder for folder in _PROC.iterdir() if folder.name.isdigit()]


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:  # it has ended, or belongs to another user
        return ""


def _parent_of(folder: Path) -> int | None:
    # "pid (name) state parent …": the name may contain spaces and brackets.
    fields = _read(folder / "stat").rpartition(")")[2].split()
    return int(fields[1]) if fields else None


class _Connection(NamedTuple):
    local_port: int
    remote_port: int
    inode: str


def _connections() -> Iterator[_Connection]:
    for line in _read(_PROC / "net" / "tcp").splitlines()[1:]:
        fields = line.split()
        near, far = (int(address.partition(":")[2], 16) for address in fields[1:3])
        yield _Connection(near, far, fields[9])


def _holds(folder: Path, inodes: set[str]) -> bool:
    sockets = {f"socket:[{inode}]" for inode in inodes}
    try:
        return any(str(link.readlink()) in sockets for link in (folder / "fd").iterdir())
    except OSError:
        return False


def _variables(folder: Path) -> set[str]:
    return set(_read(folder / "environ").split("\0"))
