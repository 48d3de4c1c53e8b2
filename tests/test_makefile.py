"""The Makefile remakes a `.venv` that another Python made, as Pulumi does with the first python3 that it finds."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.checkout import ROOT

# It says its version, makes a virtual environment that is itself, and does nothing else.
PYTHON = """#!/bin/sh
case "$*" in
  *sys.exit*) exit 0 ;;
  -c*) echo "{version}" ;;
  "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
esac
"""


def fake_python(path: Path, version: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PYTHON.format(version=version))
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(("made_by", "kept"), [("3.9.1", False), ("3.13.1", True)])
def test_make_install_keeps_only_a_venv_of_the_same_python(tmp_path: Path, made_by: str, *, kept: bool) -> None:
    for file in ("Makefile", "policy/requirements.txt"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    python = fake_python(tmp_path / "python3.13", "3.13.1")
    fake_python(tmp_path / ".venv/bin/python", made_by)
    (tmp_path / ".venv/of-the-old-one").touch()

    make = shutil.which("make")
    assert make is not None
    finished = subprocess.run(
        [make, "install", f"PYTHON={python}"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30
    )

    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / ".venv/of-the-old-one").exists() is kept
    assert (tmp_path / ".venv/.installed").exists()
