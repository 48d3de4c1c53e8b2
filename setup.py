"""What pyproject.toml cannot say: a program that installs this repository with pip builds the functions from it too."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

LAMBDA_REQUIREMENTS = "requirements-lambda.txt"


class BuildWithRequirements(build_py):
    """Puts what pins the functions' wheels where `infra.package.build` looks for it: beside `infra` and `handlers`."""

    def run(self) -> None:
        """Build as ever, then add the one file that belongs to no package."""
        super().run()
        shutil.copy(LAMBDA_REQUIREMENTS, Path(self.build_lib) / LAMBDA_REQUIREMENTS)


setup(cmdclass={"build_py": BuildWithRequirements})
