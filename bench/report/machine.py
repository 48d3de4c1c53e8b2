"""The machine: what class of computer a run was made on; never its name."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

PACKAGES = (
    "boto3",
    "pydantic",
    "google-re2",
    "flask",
    "apig-wsgi",
    "fastapi",
    "mangum",
    "aws-lambda-powertools",
    "presidio-analyzer",
    "scrubadub",
    "phonenumbers",
    "commonregex",
)


def machine() -> dict[str, str]:
    """Return what matters for a comparison: processor, cores, Python, day, and the packages' versions."""
    return {
        "processor": f"{_processor()}, {len(os.sched_getaffinity(0))} cores, shared with other work",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "day": datetime.now(UTC).date().isoformat(),
        "packages": ", ".join(map(_version, PACKAGES)),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return f"{package} not installed"
