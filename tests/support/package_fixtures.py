"""A small checkout to package, and what stands in for pip."""

from pathlib import Path

import pytest

from infra.package import build as lambda_package
from infra.package.build import Target
from infra.package.bytecode import Compiler


class FakePip:
    """Installs what pip would leave behind, and counts how often it was asked."""

    def __init__(self) -> None:
        self.installed: list[tuple[Target, str]] = []

    def __call__(self, target: Target, requirements: Path, directory: Path) -> None:
        """Write a wheel with everything that pip adds to it."""
        self.installed.append((target, requirements.read_text()))
        for name in (
            "wheel/__init__.py",
            "wheel/native.so",
            "wheel/__pycache__/__init__.cpython-311.pyc",
            "wheel-1.0.dist-info/METADATA",
            "wheel-1.0.dist-info/RECORD",
            "wheel-1.0.dist-info/INSTALLER",
            "wheel-1.0.dist-info/direct_url.json",
            "bin/wheel",
        ):
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)


def build(target: Target, *, root: Path, install: lambda_package.Installer, compiler: Compiler | None = None) -> Path:
    """Build without bytecode unless a compiler is given, whatever Pythons this machine has."""
    return lambda_package.build(target, root=root, install=install, find_compiler=lambda _version: compiler)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout of its own for each test."""
    return make_checkout(tmp_path / "checkout")


def make_checkout(root: Path) -> Path:
    """Return a checkout with handlers, with what does not belong into a package, and with one requirement."""
    (root / "handlers" / "web" / "__pycache__").mkdir(parents=True)
    (root / "handlers" / "__init__.py").write_text("")
    (root / "handlers" / "ingest.py").write_text("handler = print\n")
    (root / "handlers" / "web" / "request.py").write_text("")
    (root / "handlers" / "web" / "__pycache__" / "request.cpython-311.pyc").write_text("")
    (root / "handlers" / "notes.txt").write_text("")
    (root / "requirements-lambda.txt").write_text("wheel==1.0\n")
    return root
