"""Reloading: the worker gets a changed processor while the embedded cloud runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from infra.built_code import processor_of
from infra.package.build import PackageError, Target, build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.settings import Settings
    from local.cloud import Cloud

_WORKER = "handlers.worker.handler"


@dataclass(frozen=True, slots=True)
class Reload:
    """What became of a change, as a sentence for people.

    Attributes:
        sentence: what happened.
        failed: whether the worker still runs the code from before.
    """

    sentence: str
    failed: bool


class ProcessorReload:
    """Builds the worker's package again when a file of the stack's processor has changed, and gives it to the worker.

    Logs that the worker processes at that moment come back after the visibility timeout.

    Args:
        cloud: where the worker is.
        settings: those of the stack, which has a processor.
    """

    def __init__(self, cloud: Cloud, settings: Settings) -> None:
        self._cloud, self._settings = cloud, settings
        self._seen = self._files()

    def look(self) -> Reload | None:
        """Return what became of a change since the last look; None if there was none."""
        files = self._files()
        if files == self._seen:
            return None
        self._seen = files
        try:
            package = build(Target.host(), chaos=self._settings.chaos, processor=processor_of(self._settings))
        except PackageError as error:
            return Reload(f"{error}; the worker keeps the code from before", failed=True)
        self._cloud.client("lambda").update_function_code(FunctionName=self._worker(), ZipFile=package.read_bytes())
        return Reload(f"processor {self._settings.processor} reloaded", failed=False)

    def _files(self) -> frozenset[tuple[str, int, int]]:
        return frozenset(_states(Path(self._settings.processor_folder)))

    def _worker(self) -> str:
        functions = self._cloud.client("lambda").list_functions()["Functions"]
        return next(str(function["FunctionName"]) for function in functions if function["Handler"] == _WORKER)


def _states(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Yield the name, time and size of every file that may become part of the package."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if any(part.startswith(".") or part == "__pycache__" for part in name.parts):
            continue
        try:
            state = path.stat()
        except OSError:  # an editor has just replaced it
            continue
        if not path.is_dir():
            yield name.as_posix(), state.st_mtime_ns, state.st_size
