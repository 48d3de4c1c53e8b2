"""Bytecode lies beside its source, is the same everywhere, and is missed only where no Python can write it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.package.build import PackageError, Target
from infra.package.bytecode import Compiler, compiler_of
from tests.support.package_fixtures import FakePip, build, make_checkout

HOST = Target.host()
THIS_PYTHON = Compiler(interpreter=sys.executable, version=sys.version)


def test_bytecode_is_the_same_in_any_place_and_is_next_to_its_source(checkout: Path, tmp_path: Path) -> None:
    elsewhere = make_checkout(tmp_path / "elsewhere")
    for root in (checkout, elsewhere):
        (root / "handlers" / "ingest.py").write_text('def handler(x): return x in {"a", "b", "c", "d", "e"}\n')

    one, other = (build(HOST, root=root, download=FakePip(), compiler=THIS_PYTHON) for root in (checkout, elsewhere))

    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as archive:
        tag = sys.implementation.cache_tag
        assert f"handlers/web/__pycache__/request.{tag}.pyc" in archive.namelist()
        assert f"wheel/__pycache__/__init__.{tag}.pyc" in archive.namelist()


def test_the_environment_does_not_change_where_bytecode_is_written(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")

    package = build(HOST, root=checkout, download=FakePip(), compiler=THIS_PYTHON)

    with zipfile.ZipFile(package) as archive:
        assert f"handlers/__pycache__/ingest.{sys.implementation.cache_tag}.pyc" in archive.namelist()


def test_bytecode_runs_without_checking_its_source(checkout: Path, tmp_path: Path) -> None:
    (checkout / "handlers" / "ingest.py").write_text("raise ValueError\n")
    package = build(HOST, root=checkout, download=FakePip(), compiler=THIS_PYTHON)
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "task")
    (tmp_path / "task" / "handlers" / "ingest.py").write_text("# changed, and nobody looks")

    finished = subprocess.run(
        [sys.executable, "-c", "import handlers.ingest"],
        cwd=tmp_path / "task",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert "ValueError" in finished.stderr
    assert str(tmp_path / "task" / "handlers" / "ingest.py") in finished.stderr


def test_packages_with_and_without_bytecode_have_different_names(checkout: Path) -> None:
    without = build(HOST, root=checkout, download=FakePip())

    assert build(HOST, root=checkout, download=FakePip(), compiler=THIS_PYTHON) != without


def test_a_source_that_does_not_compile_is_named(checkout: Path) -> None:
    (checkout / "handlers" / "ingest.py").write_text("def handler(:\n")

    with pytest.raises(PackageError, match=r"handlers/ingest\.py"):
        build(HOST, root=checkout, download=FakePip(), compiler=THIS_PYTHON)


def test_a_python_of_the_targets_version_is_looked_for_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for version, answer in (
        ("9.7", "echo 9.7.1 of today"),
        ("9.8", "echo not installed >&2; exit 127"),
        ("9.9", "echo 3.9"),
    ):
        executable = tmp_path / f"python{version}"
        executable.write_text(f"#!/bin/sh\n{answer}\n")
        executable.chmod(0o700)

    found = {version: compiler_of(version) for version in ("9.6", "9.7", "9.8", "9.9")}

    assert found == {
        "9.6": None,
        "9.7": Compiler(interpreter=str(tmp_path / "python9.7"), version="9.7.1 of today"),
        "9.8": None,
        "9.9": None,
    }
