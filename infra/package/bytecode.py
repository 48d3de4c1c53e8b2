"""Bytecode, compiled ahead: Lambda cannot keep what it compiles, and would compile it again at every cold start."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Where Lambda unpacks a function: "Lambda execution environment", /var/task.
_UNPACKED_AT = "/var/task"
_PRINT_VERSION = "import sys; print(sys.version)"


class CompileError(RuntimeError):
    """A source cannot be compiled; the message is the compiler's."""


@dataclass(frozen=True, kw_only=True)
class Compiler:
    """A Python that writes bytecode for its own version: the same bytes for the same sources."""

    interpreter: str
    """Path of the executable."""
    version: str
    """Its full version; another build may compile the same source to other bytes."""

    def compiled(self, contents: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
        """Yield the bytecode of every Python source, by the name under which Python looks for it.

        Python loads it without checking the source ("unchecked hash", PEP 552): times mean nothing in a package.

        Raises:
            CompileError: a source has a mistake.
        """
        with tempfile.TemporaryDirectory() as directory:
            staging = Path(directory)
            for name, content in contents.items():
                if name.endswith(".py"):
                    (staging / name).parent.mkdir(parents=True, exist_ok=True)
                    (staging / name).write_bytes(content)
            self._compile_all(staging)
            for path in staging.rglob("*.pyc"):
                yield path.relative_to(staging).as_posix(), path.read_bytes()

    def _compile_all(self, staging: Path) -> None:
        # Isolated: PYTHONPYCACHEPREFIX would put the bytecode elsewhere, PYTHONOPTIMIZE under another name.
        command = [self.interpreter, "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
        command += ["-s", str(staging), "-p", _UNPACKED_AT, str(staging)]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
        if finished.returncode != 0:
            raise CompileError(f"{self.interpreter} cannot compile the package:\n{finished.stdout}{finished.stderr}")


@functools.cache
def compiler_of(python_version: str) -> Compiler | None:
    """Return a Python of this version, such as `3.13`: the running one, or one on the path; None if there is none."""
    if python_version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return Compiler(interpreter=sys.executable, version=sys.version)
    found = shutil.which(f"python{python_version}")
    if found is None:
        return None
    answer = subprocess.run([found, "-c", _PRINT_VERSION], capture_output=True, text=True, check=False)
    # A version manager may leave an executable of this name that only says what is not installed.
    if answer.returncode != 0 or not answer.stdout.startswith(f"{python_version}."):
        return None
    return Compiler(interpreter=found, version=answer.stdout.strip())
