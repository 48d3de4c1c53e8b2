"""The functions' code, built from this repository for the target; used where the program brings none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

from infra.package import build as lambda_package
from infra.package.processor import Processor

if TYPE_CHECKING:
    from infra.settings import Settings


def built_code(settings: Settings) -> pulumi.FileArchive:
    """Return the Lambda package of this repository.

    Raises:
        pulumi.RunError: its requirements cannot be downloaded.
    """
    target = lambda_package.Target.of(settings.package_for, settings.architecture)
    archive = _archive(settings, None)
    if missing := lambda_package.missing_bytecode(target):
        pulumi.info(missing)
    return archive


def built_worker_code(settings: Settings) -> pulumi.FileArchive:
    """Return the same package with the stack's processor, for the worker.

    Raises:
        pulumi.RunError: the processor cannot be imported, or its requirements cannot be downloaded.
    """
    return _archive(settings, processor_of(settings))


def processor_of(settings: Settings) -> Processor:
    """Return the processor of a stack that has one."""
    return Processor(name=settings.processor, folder=Path(settings.processor_folder))


def _archive(settings: Settings, processor: Processor | None) -> pulumi.FileArchive:
    target = lambda_package.Target.of(settings.package_for, settings.architecture)
    try:
        package = lambda_package.build(target, chaos=settings.chaos, processor=processor)
    except lambda_package.PackageError as error:
        raise pulumi.RunError(str(error)) from error
    # Relative, so that the state is the same on every machine.
    return pulumi.FileArchive(os.path.relpath(package))
