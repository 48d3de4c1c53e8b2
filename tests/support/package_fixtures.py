"""A small checkout to package, and what stands in for pip."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from infra.package import archive
from infra.package import build as lambda_package
from infra.package.bytecode import Compiler
from infra.package.target import Target
from infra.package.wheels import Downloader

FILES = (
    "wheel/__init__.py",
    "wheel/native.so",
    "wheel-1.0.dist-info/METADATA",
    "wheel-1.0.dist-info/RECORD",
    "wheel-1.0.data/scripts/wheel",
    "botocore/data/partitions.json",
    "botocore/data/sqs/2012-11-05/service-2.json.gz",
    "botocore/data/sqs/2012-11-05/endpoint-rule-set-1.json.gz",
    "botocore/data/sqs/2012-11-05/paginators-1.json",
    "botocore/data/ec2/2016-11-15/service-2.json.gz",
)


def wheel(version: str = "1.0") -> bytes:
    """Return a wheel of a version, in the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in FILES:
            archive.writestr(zipfile.ZipInfo(name), f"# {name} {version}\n")
    return buffer.getvalue()


def pinned(version: str = "1.0") -> str:
    """Return the line that pins this wheel."""
    return f"wheel=={version} \\\n    --hash=sha256:{hashlib.sha256(wheel(version)).hexdigest()}\n"


class FakePip:
    """Downloads the wheel that is pinned, and counts how often it was asked."""

    def __init__(self) -> None:
        self.downloaded: list[tuple[Target, str]] = []

    def __call__(self, target: Target, requirements: Path, directory: Path) -> None:
        """Write the wheel whose version the requirements name."""
        version = requirements.read_text().partition("==")[2].split()[0]
        self.downloaded.append((target, version))
        (directory / f"wheel-{version}-py3-none-any.whl").write_bytes(wheel(version))


def build(target: Target, *, root: Path, download: Downloader, compiler: Compiler | None = None) -> Path:
    """Build without bytecode unless a compiler is given, whatever Pythons this machine has, and not from memory."""
    archive.zipped.cache_clear()
    return lambda_package.build(target, root=root, download=download, find_compiler=lambda _version: compiler)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout of its own for each test."""
    return make_checkout(tmp_path / "checkout")


def make_checkout(root: Path) -> Path:
    """Return a checkout with handlers, with what does not belong into a package, and with one requirement."""
    (root / "handlers" / "web" / "__pycache__").mkdir(parents=True)
    (root / "handlers" / "processing").mkdir()
    (root / "handlers" / "__init__.py").write_text("")
    (root / "handlers" / "ingest.py").write_text("handler = print\n")
    (root / "handlers" / "processing" / "chaos.py").write_text("")
    (root / "handlers" / "web" / "request.py").write_text("")
    (root / "handlers" / "web" / "__pycache__" / "request.cpython-311.pyc").write_text("")
    (root / "handlers" / "notes.txt").write_text("")
    (root / "requirements-lambda.txt").write_text(pinned())
    return root
