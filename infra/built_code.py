"""The functions' code, built from this repository for the target; used where the program brings none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pulumi

from infra.package import build as lambda_package

if TYPE_CHECKING:
    from infra.settings import Settings


def built_code(settings: Settings) -> pulumi.FileArchive:
    """Return the Lambda package of this repository.

    Raises:
        pulumi.RunError: its requirements cannot be downloaded.
    """
    target = lambda_package.Target.of(settings.package_for, settings.architecture)
    try:
        package = lambda_package.build(target, chaos=settings.chaos)
    except lambda_package.PackageError as error:
        raise pulumi.RunError(str(error)) from error
    if missing := lambda_package.missing_bytecode(target):
        pulumi.info(missing)
    # Relative, so that the state is the same on every machine.
    return pulumi.FileArchive(os.path.relpath(package))
