"""The wheels of a package: downloaded once into `.build`, and checked against the pinned hashes at every use."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.package.target import Target

# The package carries the botocore that the tests run, not the Lambda runtime's, which changes without us. Of its four
# hundred services it holds those that the handlers call: the zip grows from 3.2 to 4.5 MB, and a start costs the same
# (ratio of CPU 1.00, 11 runs each in turn).
SERVICES = frozenset({"dynamodb", "kms", "sqs", "sts"})
_OF_A_SERVICE = frozenset({"service-2.json.gz", "endpoint-rule-set-1.json.gz"})

# They describe how a wheel was installed, not what it holds. Other metadata stays: vulnerability scanners read it.
_LEFT_OUT_FILES = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})


class PackageError(RuntimeError):
    """The package cannot be built; the message says what to do."""


Downloader = Callable[["Target", Path, Path], None]


def pip_download(target: Target, requirements: Path, directory: Path) -> None:
    """Download the wheels of the pinned requirements for the target into a directory.

    Raises:
        PackageError: pip failed.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--require-hashes", "--no-deps", "--only-binary=:all:", *target.pip_options]
    command += ["--requirement", str(requirements), "--dest", str(directory)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise PackageError(
            f"pip could not download {requirements.name} for {target.name}; "
            f"check the pinned versions and the network, then run: python -m infra.package.build\n"
            f"{finished.stderr.strip()}",
        )


def contents_of_wheels(
    target: Target, requirements: Path, *, cache: Path, download: Downloader
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the pinned wheels, by their names in the package.

    Args:
        target: where the package runs.
        requirements: pins the wheels with their hashes.
        cache: where downloaded wheels are kept.
        download: fetches wheels.

    Raises:
        PackageError: pip cannot download them.
    """
    for wheel in _checked(target, requirements, cache=cache, download=download):
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            for name in archive.namelist():
                if packed := _name_in_package(name):
                    yield packed, archive.read(name)


def is_needed(name: str) -> bool:
    """Return whether a file of our own wheels is needed: not the services of botocore that no function calls."""
    folders, file = name.split("/")[:-1], name.rpartition("/")[2]
    if folders[:2] != ["botocore", "data"] or len(folders) == len(["botocore", "data"]):
        return True
    return folders[2] in SERVICES and file in _OF_A_SERVICE


def _checked(target: Target, requirements: Path, *, cache: Path, download: Downloader) -> list[bytes]:
    """Return the wheels, downloaded again where one of them is not what is pinned."""
    pinned = frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", requirements.read_text()))
    key = hashlib.sha256(repr(target).encode() + requirements.read_bytes()).hexdigest()[:16]
    folder = cache / f"{target.name}-wheels-{key}"
    for _attempt in range(2):
        if not folder.is_dir():
            _download_whole(target, requirements, folder, download=download)
        wheels = [path.read_bytes() for path in sorted(folder.iterdir())]
        if all(hashlib.sha256(wheel).hexdigest() in pinned for wheel in wheels):
            return wheels
        shutil.rmtree(folder)
    raise PackageError(f"a downloaded wheel is not the one that {requirements.name} pins; pin its hash again")


def _download_whole(target: Target, requirements: Path, folder: Path, *, download: Downloader) -> None:
    folder.parent.mkdir(exist_ok=True)
    ours = Path(tempfile.mkdtemp(dir=folder.parent, prefix="downloading-"))
    try:
        download(target, requirements, ours)
        ours.rename(folder)
    except OSError:
        if not folder.is_dir():  # otherwise another process was faster, with the same content
            raise
    finally:
        shutil.rmtree(ours, ignore_errors=True)


def _name_in_package(name: str) -> str | None:
    """Return where a file of a wheel is installed; None for one that is not imported."""
    folders, file = name.split("/")[:-1], name.rpartition("/")[2]
    if not file or file in _LEFT_OUT_FILES:
        return None
    if folders and folders[0].endswith(".data"):
        # "Binary distribution format", the .data directory: scripts and headers are for other places.
        return "/".join([*folders[2:], file]) if folders[1:2] in (["purelib"], ["platlib"]) else None
    return name
