"""Chaos: texts that make their own processing fail, to test and show recovery; only for stacks with `chaos: true`."""

import os
import time
from collections.abc import Callable

from handlers.processing.simulation import Attributes, Processing
from handlers.redaction import Redacted

# As much as a small function has; then the process ends as Lambda would end it.
_MEMORY_BYTES = 1024 * 1024 * 1024
_MEMORY_STEP_BYTES = 16 * 1024 * 1024
_KILLED_FOR_MEMORY = 137


class ChaosRaised(Exception):
    """A text asked for its processing to raise."""


class ChaosProcessing(Processing):
    """Does what a text beginning with `chaos:` asks for, and processes other texts as usual.

    `chaos:raise` raises, `chaos:exit` ends the process at once, `chaos:hang` never returns, `chaos:memory` takes
    memory until there is none.
    """

    def process(self, text: str, attributes: Attributes | None = None) -> Redacted:
        """Return the log redacted, unless its text asks to fail.

        Raises:
            ChaosRaised: the text begins with `chaos:raise`.
            MemoryError: the text begins with `chaos:memory` and the process has a limit.
        """
        for word, act in _ACTS.items():
            if text.startswith(word):
                act()
        return super().process(text, attributes)


def _raise() -> None:
    raise ChaosRaised


def _exit() -> None:
    os._exit(1)


def _hang() -> None:
    while True:
        time.sleep(3600)


def _take_memory() -> None:
    taken = [bytearray(_MEMORY_STEP_BYTES) for _ in range(_MEMORY_BYTES // _MEMORY_STEP_BYTES)]
    os._exit(_KILLED_FOR_MEMORY if taken else 1)


_ACTS: dict[str, Callable[[], None]] = {
    "chaos:raise": _raise,
    "chaos:exit": _exit,
    "chaos:hang": _hang,
    "chaos:memory": _take_memory,
}
