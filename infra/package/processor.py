"""The stack's own code in a package: its files and its pinned requirements, refused if the worker could not call it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.package.processor_check import problem_with
from infra.package.target import Target
from infra.package.wheels import PackageError, contents_of_wheels

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from infra.package.wheels import Downloader

_REQUIREMENTS = "requirements.txt"
_LEFT_OUT = frozenset({_REQUIREMENTS, "requirements.in", "__pycache__"})
# Python imports these at every start.
_HOOKS = frozenset({"sitecustomize", "usercustomize"})
# In which folder of a package our sources are.
_OURS = "handlers"


@dataclass(frozen=True, kw_only=True)
class Processor:
    """Code of a stack that processes its logs."""

    name: str
    """The function, as `package.module:function`."""
    folder: Path
    """Where its code is, with a requirements.txt if it needs any."""


def contents_of_processor(
    processor: Processor, target: Target, *, beside: Mapping[str, bytes], cache: Path, download: Downloader
) -> dict[str, bytes]:
    """Return the files of a processor and of its requirements, by their names in the package.

    Args:
        processor: whose files.
        target: where the package runs.
        beside: what else the package holds.
        cache: where downloaded wheels are kept.
        download: fetches wheels.

    Raises:
        PackageError: the folder or its requirements cannot be packed, or the function cannot be imported and called.
    """
    if not processor.folder.is_dir():
        raise PackageError(
            f"processorFolder {processor.folder} is not a folder (looked for {processor.folder.resolve()})"
        )
    own = dict(_files(processor.folder))
    _refuse_hidden(own, processor, _reserved(beside))
    wheels = dict(_wheels(processor, target, cache=cache, download=download))
    _refuse_other_versions(wheels, processor, beside)
    importable = (
        wheels if target == Target.host() else dict(_wheels(processor, Target.host(), cache=cache, download=download))
    )
    ours = {name: content for name, content in beside.items() if _top(name) == _OURS}
    if problem := problem_with(processor.name, ours | importable | own, folder=processor.folder):
        raise PackageError(f"processor {processor.name} cannot be used: {problem}")
    return wheels | own


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in _LEFT_OUT or path.suffix == ".pyc":
            continue
        if path.is_file():
            yield path.name, path.read_bytes()
        elif path.is_dir() and not (path / "pyvenv.cfg").exists():
            yield from ((f"{path.name}/{name}", content) for name, content in _files(path))


def _wheels(processor: Processor, target: Target, *, cache: Path, download: Downloader) -> Iterator[tuple[str, bytes]]:
    requirements = processor.folder / _REQUIREMENTS
    lines = requirements.read_text().splitlines() if requirements.exists() else []
    if not any(line.strip() and not line.strip().startswith("#") for line in lines):
        return
    if not any("--hash=" in line for line in lines):
        raise PackageError(
            f"{requirements} must pin every package with its hashes; write what you need into requirements.in and run:"
            f" uv pip compile --universal --generate-hashes requirements.in -o {_REQUIREMENTS}"
        )
    yield from contents_of_wheels(target, requirements, cache=cache, download=download)


def _reserved(beside: Mapping[str, bytes]) -> frozenset[str]:
    return frozenset(map(_top, beside)) | sys.stdlib_module_names | _HOOKS


def _top(name: str) -> str:
    """Return the name under which Python imports what a file belongs to."""
    return name.partition("/")[0].partition(".")[0]


def _refuse_hidden(own: Collection[str], processor: Processor, reserved: frozenset[str]) -> None:
    for name in own:
        if _top(name) in reserved:
            raise PackageError(
                f"{processor.folder / name.partition('/')[0]} would hide the module {_top(name)}, which the functions"
                f" use; give it another name"
            )


def _refuse_other_versions(wheels: Mapping[str, bytes], processor: Processor, beside: Mapping[str, bytes]) -> None:
    for name, content in wheels.items():
        if beside.get(name, content) != content:
            raise PackageError(
                f"{processor.folder / _REQUIREMENTS} brings another version of {_top(name)} than the functions use; pin"
                f" the version of requirements-lambda.txt"
            )
