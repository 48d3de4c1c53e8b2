"""What `pip install` of this repository gives a program is complete, and fits what the tests run with."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.support.checkout import ROOT

PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what pip would install."""
    pytest.importorskip(
        "setuptools", reason="pip brings setuptools for the build; a Python from 3.12 on has none itself"
    )
    folder = tmp_path_factory.mktemp("site-packages")
    about = tmp_path_factory.mktemp("egg-info")
    command = [sys.executable, "setup.py", "egg_info", "--egg-base", str(about), "build_py", "--build-lib", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    return folder


@pytest.mark.parametrize("package", ["handlers", "infra"])
def test_every_module_is_installed(installed: Path, package: str) -> None:
    modules = {path.relative_to(ROOT) for path in (ROOT / package).rglob("*.py")}

    assert modules == {path.relative_to(installed) for path in (installed / package).rglob("*.py")}


def test_the_functions_can_be_built_from_what_is_installed(installed: Path) -> None:
    assert {path.name for path in installed.iterdir()} == {"handlers", "infra", "requirements-lambda.txt"}


def test_what_a_program_installs_includes_the_versions_that_are_tested() -> None:
    tested = dict(re.findall(r"^([\w-]+)==([\d.]+)$", (ROOT / "requirements.in").read_text(), re.MULTILINE))
    required = {each.name: each for each in map(Requirement, PYPROJECT["project"]["dependencies"])}

    assert required.keys() == tested.keys()
    assert all(required[name].specifier.contains(version) for name, version in tested.items())
