"""Apart: the work on one text in a process of its own, which may die, hang or eat memory without harm to others."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from handlers.processing.simulation import Work
from handlers.redaction import Redacted

_ROOT = Path(__file__).parents[2]


class WorkFailed(Exception):
    """The work on a text raised, ended its process or took too long; the argument says which."""


def work_apart(work: Work, text: str, *, environment: Mapping[str, str], timeout_seconds: float) -> Redacted:
    """Return what the work makes of a text, done in a child process.

    Args:
        work: what to do.
        text: with what.
        environment: the child's environment variables; without credentials, for it needs none.
        timeout_seconds: when the child is killed.

    Raises:
        WorkFailed: there is no result.
    """
    try:
        child = subprocess.run(
            [sys.executable, "-m", "handlers.processing.isolated_process"],
            input=json.dumps({"work": work.as_json(), "text": text}).encode(),
            stdout=subprocess.PIPE,
            cwd=_ROOT,
            env=environment,
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise WorkFailed("TimeoutExpired") from None
    if child.returncode:
        # What it wrote before it died may be half of the text.
        raise WorkFailed(f"ExitStatus{child.returncode}")
    answer = json.loads(child.stdout)
    if "error" in answer:
        raise WorkFailed(answer["error"])
    return Redacted(answer["text"], answer["counts"])
