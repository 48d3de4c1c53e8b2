"""The Lambda package: the same zip, byte for byte, for the same sources, requirements and target.

Nothing in `.build` is trusted: wheels are checked against their pinned hashes, and the zip is always built again.
`python -m infra.package.build` downloads the wheels ahead of time, so that later builds need no network.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from infra.package.archive import zipped
from infra.package.bytecode import Compiler, compiler_of
from infra.package.processor import Processor, contents_of_processor
from infra.package.target import ARCHITECTURES, Target
from infra.package.wheels import Downloader, PackageError, contents_of_wheels, is_needed, pip_download

__all__ = ["PackageError", "Target", "build", "missing_bytecode"]

ROOT = Path(__file__).resolve().parents[2]

# Only a stack whose setting `chaos` is true has code that makes processing fail.
_CHAOS = "handlers/processing/chaos.py"

CompilerFinder = Callable[[str], Compiler | None]


def build(
    target: Target,
    *,
    chaos: bool = False,
    processor: Processor | None = None,
    root: Path = ROOT,
    download: Downloader = pip_download,
    find_compiler: CompilerFinder = compiler_of,
) -> Path:
    """Return the package of `root` for the target, made from its sources and checked wheels.

    It holds bytecode where this machine has a Python of the target's version; it works without, but starts slower.

    Args:
        target: where the package runs.
        chaos: whether it holds the code that makes processing fail on demand.
        processor: the stack's own code, which becomes part of it.
        root: the checkout.
        download: fetches wheels.
        find_compiler: finds what makes bytecode for a Python version.

    Raises:
        PackageError: pip could not download the requirements, a source cannot be compiled, or the processor cannot
            be imported.
    """
    cache = root / ".build"
    requirements = root / "requirements-lambda.txt"
    wheels = contents_of_wheels(target, requirements, cache=cache, download=download)
    contents = {name: content for name, content in wheels if is_needed(name)} | dict(_sources(root, chaos=chaos))
    if processor:
        contents |= contents_of_processor(processor, target, beside=contents, cache=cache, download=download)
    archive = zipped(tuple(sorted(contents.items())), find_compiler(target.python_version))
    package = cache / f"{target.name}-{hashlib.sha256(archive).hexdigest()[:16]}.zip"
    if not package.exists() or package.read_bytes() != archive:
        _write_atomically(package, archive)
    return package


def missing_bytecode(target: Target) -> str | None:
    """Return a warning for a machine that cannot compile bytecode for the target; None if it can."""
    if compiler_of(target.python_version):
        return None
    return (
        f"The package holds no bytecode, so functions start slower: there is no Python {target.python_version} on"
        f" this machine; install it, so that python{target.python_version} is on the path."
    )


def _sources(root: Path, *, chaos: bool) -> Iterator[tuple[str, bytes]]:
    for path in (root / "handlers").rglob("*.py"):
        name = path.relative_to(root).as_posix()
        if chaos or name != _CHAOS:
            yield name, path.read_bytes()


def _write_atomically(package: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=package.parent, prefix="zipping-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(package)
    finally:
        Path(temporary).unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    """Build the package from the command line, and print its path, size and SHA-256."""
    parser = argparse.ArgumentParser(prog="python -m infra.package.build", description="Build the Lambda package.")
    parser.add_argument("--for", dest="package_for", choices=["lambda", "host"], default="lambda")
    parser.add_argument("--architecture", choices=ARCHITECTURES, default="arm64")
    parser.add_argument("--chaos", action="store_true", help="with the code that makes processing fail on demand")
    parser.add_argument("--processor", metavar="package.module:function", help="with this processor, as the setting")
    parser.add_argument("--processor-folder", metavar="FOLDER", type=Path, help="the folder with its code")
    options = parser.parse_args(arguments)
    if (options.processor is None) != (options.processor_folder is None):
        parser.error("--processor and --processor-folder go together")
    target = Target.of(options.package_for, options.architecture)
    processor = Processor(name=options.processor, folder=options.processor_folder) if options.processor else None
    try:
        package = build(target, chaos=options.chaos, processor=processor)
    except PackageError as error:
        print(error, file=sys.stderr)
        return 1
    content = package.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    print(f"{os.path.relpath(package)}  {len(content)} bytes  sha256:{sha256}")
    if missing := missing_bytecode(target):
        print(missing)
    return 0


if __name__ == "__main__":
    sys.exit(main())
