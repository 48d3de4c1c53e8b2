"""Checks a processor as the worker would use it: imports it in a process of its own and looks at its signature."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# The worker gives up on a batch after thirty seconds, and Lambda's processors are slower than this machine's.
SECONDS_TO_IMPORT = 10.0
_CHILD = Path(__file__).with_name("processor_check_child.py")


def problem_with(name: str, files: Mapping[str, bytes], *, folder: Path) -> str | None:
    """Return why the worker could not call a processor, in a sentence with its fix; None if it could.

    The code runs with Python's own modules and these files, without the packages and the credentials of whoever
    builds. Its output is discarded.

    Args:
        name: the function, as `package.module:function`.
        files: everything that it may import, by name.
        folder: where the code is, for the sentence.
    """
    with tempfile.TemporaryDirectory() as directory:
        root, verdict = Path(directory) / "package", Path(directory) / "verdict.json"
        for file, content in files.items():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_bytes(content)
        command = [sys.executable, "-I", "-S", "-B", str(_CHILD), str(root), name, str(verdict)]
        try:
            finished = subprocess.run(
                command,
                cwd=root,
                env={"PATH": os.defpath},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS_TO_IMPORT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"importing it took more than {SECONDS_TO_IMPORT:.0f} seconds; do slow things when it is called"
        if not verdict.exists():
            return f"importing it ended its process with status {finished.returncode}"
        return _sentence(json.loads(verdict.read_text()), folder)


def _sentence(verdict: Mapping[str, Any], folder: Path) -> str | None:
    if verdict.get("missing"):
        return f"{verdict['problem']}; write it into {folder / 'requirements.txt'}, pinned with its hashes"
    if verdict.get("no_module"):
        return f"there is no module {verdict['no_module']} in {folder}"
    problem: str | None = verdict["problem"]
    return problem
