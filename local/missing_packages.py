"""A package that is not installed is one sentence that says what to do, not a traceback."""

from __future__ import annotations

import importlib.util
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def explaining() -> Iterator[None]:
    """End the program with that sentence where an import inside fails; a module of our own raises as usual."""
    try:
        yield
    except ModuleNotFoundError as missing:
        package = (missing.name or "").partition(".")[0]
        if importlib.util.find_spec(package):
            raise
        sys.exit(
            f"error: {package} is not installed for {sys.executable}; run: make install, then: . .venv/bin/activate"
        )
