"""Runs as a script in a process without this project: imports a processor and writes down what is wrong with it."""

from __future__ import annotations

import importlib
import inspect
import json
import sys
import traceback
from pathlib import Path
from typing import Any


def verdict_on(name: str, root: Path) -> dict[str, Any]:
    """Return the `problem` with a function, None if there is none; and the module that is `missing`, if one is.

    Args:
        name: `package.module:function`.
        root: the folder that everything is imported from.
    """
    module, _, attribute = name.partition(":")
    try:
        imported = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and f"{module}.".startswith(f"{error.name}."):
            return {"problem": str(error), "no_module": module}
        return {"problem": _last_line(error, root), "missing": error.name}
    except BaseException as error:  # noqa: BLE001 - also one that would end the process
        return {"problem": _last_line(error, root)}
    if not hasattr(imported, attribute):
        return {"problem": f"there is no {attribute} in {module}"}
    return {"problem": _problem_with_call(getattr(imported, attribute), attribute)}


def _problem_with_call(function: Any, name: str) -> str | None:
    if not callable(function):
        return f"{name} is not a function"
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return f"{name} is async; the worker calls it without a loop: use def"
    if inspect.isgeneratorfunction(function):
        return f"{name} yields; return a list of logs instead"
    try:
        inspect.signature(function).bind(object())
    except TypeError as error:
        return f"{name} must take one argument, the log: {error}"
    return None


def _last_line(error: BaseException, root: Path) -> str:
    """Return the last line of the traceback, and the place in the code that is being checked."""
    line = traceback.format_exception_only(error)[-1].strip()
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(str(root))]
    places = [(frame.filename, frame.lineno) for frame in frames]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno))
    if not places:
        return line
    file, number = places[-1]
    return f"{line} ({Path(file).relative_to(root)}, line {number})"


if __name__ == "__main__":
    folder, wanted, verdict = sys.argv[1:]
    sys.path.insert(0, folder)
    Path(verdict).write_text(json.dumps(verdict_on(wanted, Path(folder))))
