"""Isolation: each text is processed in its own process, which may crash, hang or eat memory without harm to others."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from handlers.processing.simulation import ProcessingOptions
from handlers.redaction import Redacted

_ROOT = Path(__file__).parents[2]


class ProcessingFailed(Exception):
    """Processing a text raised, ended its process or took too long; the argument says which."""


class Isolation(Protocol):
    """Processes a text so that a failure stays where it is."""

    def process(self, text: str, *, timeout_seconds: float) -> Redacted:
        """Return the text processed.

        Raises:
            ProcessingFailed: there is no result.
        """


class ProcessIsolation:
    """Processes each text in a child process, which is killed when its time is up.

    Args:
        options: what a child does with a text.
        environment: the children's environment variables; no AWS credentials, because they need none.
    """

    def __init__(self, options: ProcessingOptions, *, environment: Mapping[str, str]) -> None:
        self._options, self._environment = options, dict(environment)

    def process(self, text: str, *, timeout_seconds: float) -> Redacted:
        """Return the text as processed by a child process.

        Raises:
            ProcessingFailed: there is no result.
        """
        try:
            child = subprocess.run(
                [sys.executable, "-m", "handlers.processing.isolated_process"],
                input=json.dumps({"options": asdict(self._options), "text": text}).encode(),
                stdout=subprocess.PIPE,
                cwd=_ROOT,
                env=self._environment,
                timeout=timeout_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ProcessingFailed("TimeoutExpired") from None
        if child.returncode:
            # What it wrote before it died may be half of the text.
            raise ProcessingFailed(f"ExitStatus{child.returncode}")
        answer = json.loads(child.stdout)
        if "error" in answer:
            raise ProcessingFailed(answer["error"])
        return Redacted(answer["text"], answer["counts"])
