"""A command whose packages are not installed says in one sentence what to do."""

import subprocess
import sys

import pytest

from local import missing_packages
from tests.support.checkout import ROOT


@pytest.mark.parametrize("module", ["bench", "cli", "local"])
def test_a_command_without_its_packages_names_the_fix(module: str) -> None:
    # -S hides everything that is not in the standard library.
    command = [sys.executable, "-S", "-m", module, "--help"]

    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert run.returncode == 1
    assert run.stderr == (
        f"error: click is not installed for {sys.executable}; run: make install, then: . .venv/bin/activate\n"
    )


def test_a_missing_module_of_our_own_is_a_bug_and_raises() -> None:
    with pytest.raises(ModuleNotFoundError), missing_packages.explaining():
        __import__("cli.no_such_module")
