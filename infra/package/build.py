"""The Lambda package: the same zip, byte for byte, for the same sources, requirements and target.

`python -m infra.package.build` builds it ahead of time, so that nothing later needs a network.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.package.bytecode import CompileError, Compiler, compiler_of

ROOT = Path(__file__).resolve().parents[2]

_LAMBDA_PYTHON = "3.13"
_LAMBDA_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can tell
_FORMAT = b"2"  # to be raised with every change of how a package is made from the same input

# What pip writes differently from run to run, and what Lambda has no use for. The rest of the metadata stays:
# vulnerability scanners read it. Bytecode that lies about may be of another Python, or of an older source.
_LEFT_OUT_DIRECTORIES = {"__pycache__", "bin"}
_LEFT_OUT_FILES = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", ".lock"}


class PackageError(RuntimeError):
    """The package cannot be built; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a package runs."""

    name: str
    """Part of file names, as `lambda-arm64`."""
    python_version: str
    """Of the Python that runs it, as `3.13`."""
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


Installer = Callable[[Target, Path, Path], None]
CompilerFinder = Callable[[str], Compiler | None]


def pip_install(target: Target, requirements: Path, directory: Path) -> None:
    """Install the pinned requirements for the target into a directory, from wheels only.

    Raises:
        PackageError: pip failed.
    """
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--require-hashes", "--no-deps", "--no-compile", "--only-binary=:all:", *target.pip_options]
    command += ["--requirement", str(requirements), "--target", str(directory)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise PackageError(
            f"pip could not install {requirements.name} for {target.name}; "
            f"check the pinned versions and the network, then run: python -m infra.package.build\n"
            f"{finished.stderr.strip()}",
        )


def build(
    target: Target, *, root: Path = ROOT, install: Installer = pip_install, find_compiler: CompilerFinder = compiler_of
) -> Path:
    """Return the package of `root` for the target, built unless the very same one is there already.

    It holds bytecode where this machine has a Python of the target's version; it works without, but starts slower.

    Raises:
        PackageError: pip could not install the requirements, or a source cannot be compiled.
    """
    dependencies = _dependencies(target, root=root, install=install)
    contents = dict(_contents(dependencies)) | dict(_sources(root))
    compiler = find_compiler(target.python_version)
    package = root / ".build" / f"{target.name}-{_fingerprint(contents, compiler)}.zip"
    if not package.exists():
        _write_atomically(package, contents | _bytecode(contents, compiler))
    return package


def missing_bytecode(target: Target) -> str | None:
    """Return what to tell people whose machine cannot put bytecode into the package; None where it can."""
    if compiler_of(target.python_version):
        return None
    return (
        f"The package holds no bytecode, so that functions start slower: there is no Python {target.python_version} on"
        f" this machine; install it, so that python{target.python_version} is on the path."
    )


def _bytecode(contents: dict[str, bytes], compiler: Compiler | None) -> dict[str, bytes]:
    try:
        return dict(compiler.compiled(contents)) if compiler else {}
    except CompileError as error:
        raise PackageError(str(error)) from None


def _dependencies(target: Target, *, root: Path, install: Installer) -> Path:
    requirements = root / "requirements-lambda.txt"
    key = hashlib.sha256(b"\0".join([_FORMAT, repr(target).encode(), requirements.read_bytes()]))
    installed = root / ".build" / f"{target.name}-dependencies-{key.hexdigest()[:16]}"
    if installed.is_dir():
        return installed
    installed.parent.mkdir(exist_ok=True)
    ours = Path(tempfile.mkdtemp(dir=installed.parent, prefix="installing-"))
    try:
        install(target, requirements, ours)
        ours.rename(installed)
    except OSError:
        if not installed.is_dir():  # otherwise somebody else was faster, with the same content
            raise
    finally:
        shutil.rmtree(ours, ignore_errors=True)
    return installed


def _contents(directory: Path) -> Iterator[tuple[str, bytes]]:
    for path in directory.rglob("*"):
        relative = path.relative_to(directory)
        wanted = _LEFT_OUT_DIRECTORIES.isdisjoint(relative.parts) and path.name not in _LEFT_OUT_FILES
        if wanted and path.is_file():
            yield relative.as_posix(), path.read_bytes()


def _sources(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in (root / "handlers").rglob("*.py"):
        yield path.relative_to(root).as_posix(), path.read_bytes()


def _fingerprint(contents: dict[str, bytes], compiler: Compiler | None) -> str:
    digest = hashlib.sha256(_FORMAT)
    digest.update(f"{compiler.version if compiler else None}\0".encode())
    for name in sorted(contents):
        digest.update(f"{name}\0{len(contents[name])}\0".encode())
        digest.update(contents[name])
    return digest.hexdigest()[:16]


def _write_atomically(package: Path, contents: dict[str, bytes]) -> None:
    handle, temporary = tempfile.mkstemp(dir=package.parent, prefix="zipping-")
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in sorted(contents):
                archive.writestr(_entry(name), contents[name])
        Path(temporary).replace(package)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, whose modes Lambda reads, also where the package is built on Windows
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


def main(arguments: list[str] | None = None) -> int:
    """Build the package from the command line, and print its path, size and SHA-256."""
    parser = argparse.ArgumentParser(prog="python -m infra.package.build", description="Build the Lambda package.")
    parser.add_argument("--for", dest="package_for", choices=["lambda", "host"], default="lambda")
    parser.add_argument("--architecture", choices=sorted(_LAMBDA_MACHINES), default="arm64")
    options = parser.parse_args(arguments)
    target = Target.of(options.package_for, options.architecture)
    try:
        package = build(target)
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
