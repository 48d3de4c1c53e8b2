"""Chaos: texts that make their own processing fail, so that recovery can be shown and tested."""

import os
import time
from collections.abc import Callable


class ChaosRaised(Exception):  # noqa: N818 - it is raised on purpose, not by mistake
    """A text asked for its processing to raise."""


def misbehave(text: str) -> None:
    """Do what a text that begins with `chaos:` asks for; return where it asks for nothing.

    `chaos:raise` raises, `chaos:exit` ends the process at once, `chaos:hang` never returns.

    Raises:
        ChaosRaised: the text begins with `chaos:raise`.
    """
    for word, act in _ACTS.items():
        if text.startswith(word):
            act()


def _raise() -> None:
    raise ChaosRaised


def _exit() -> None:
    os._exit(1)


def _hang() -> None:
    while True:
        time.sleep(3600)


_ACTS: dict[str, Callable[[], None]] = {"chaos:raise": _raise, "chaos:exit": _exit, "chaos:hang": _hang}
