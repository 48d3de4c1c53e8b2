"""The archive: files become one zip with bytecode, the same bytes for the same files on every machine."""

from __future__ import annotations

import functools
import io
import stat
import zipfile
from typing import TYPE_CHECKING

from infra.package.bytecode import CompileError
from infra.package.wheels import PackageError

if TYPE_CHECKING:
    from infra.package.bytecode import Compiler

# "Lambda quotas", deployment package (.zip file archive): 50 MB zipped, 250 MB unzipped.
MAX_ZIPPED_BYTES = 50 * 1024 * 1024
MAX_UNZIPPED_BYTES = 250 * 1024 * 1024

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can store


@functools.lru_cache(maxsize=4)  # the pipelines of one program have the same package, and it takes seconds
def zipped(sources: tuple[tuple[str, bytes], ...], compiler: Compiler | None) -> bytes:
    """Return the zip that holds these files, and bytecode beside every Python source.

    Args:
        sources: each file's name and content.
        compiler: what makes the bytecode; without one there is none.

    Raises:
        PackageError: a source cannot be compiled, or Lambda does not take a package so large.
    """
    contents = dict(sources)
    contents |= _bytecode(contents, compiler)
    archive = _written(contents)
    _refuse_too_large(zipped=len(archive), unzipped=sum(map(len, contents.values())))
    return archive


def _bytecode(contents: dict[str, bytes], compiler: Compiler | None) -> dict[str, bytes]:
    try:
        return dict(compiler.compiled(contents)) if compiler else {}
    except CompileError as error:
        raise PackageError(str(error)) from None


def _written(contents: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(contents):
            archive.writestr(_entry(name), contents[name])
    return buffer.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, whose modes Lambda reads, also where the package is built on Windows
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


def _refuse_too_large(*, zipped: int, unzipped: int) -> None:
    for size, most, what in ((zipped, MAX_ZIPPED_BYTES, "zipped"), (unzipped, MAX_UNZIPPED_BYTES, "unzipped")):
        if size > most:
            raise PackageError(
                f"the package would be {size / 1024**2:.0f} MB {what}, and Lambda takes {most / 1024**2:.0f} MB: keep"
                f" data and heavy packages out of processorFolder"
            )
