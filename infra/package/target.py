"""The target: where a package runs."""

from __future__ import annotations

import sys
import sysconfig
from dataclasses import dataclass

_LAMBDA_PYTHON = "3.13"
_LAMBDA_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}

ARCHITECTURES = tuple(sorted(_LAMBDA_MACHINES))


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a package runs."""

    name: str
    """Part of file names, such as `lambda-arm64`."""
    python_version: str
    """Of the Python that runs it, such as `3.13`."""
    pip_options: tuple[str, ...] = ()
    """What makes pip choose wheels for the target; nothing for the running interpreter."""

    @classmethod
    def aws_lambda(cls, architecture: str) -> Target:
        """Return the Lambda runtime on `arm64` or `x86_64`."""
        machine = _LAMBDA_MACHINES[architecture]
        platforms = (f"manylinux_2_28_{machine}", f"manylinux2014_{machine}")
        options = [f"--platform={platform}" for platform in platforms]
        options += [f"--python-version={_LAMBDA_PYTHON}", "--implementation=cp"]
        return cls(name=f"lambda-{architecture}", python_version=_LAMBDA_PYTHON, pip_options=tuple(options))

    @classmethod
    def host(cls) -> Target:
        """Return this interpreter on this machine, where the embedded cloud runs functions."""
        python = f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}"
        return cls(name=f"host-{python}", python_version=f"{sys.version_info.major}.{sys.version_info.minor}")

    @classmethod
    def of(cls, package_for: str, architecture: str) -> Target:
        """Return the target that the settings `packageFor` and `architecture` name."""
        return cls.host() if package_for == "host" else cls.aws_lambda(architecture)
