"""A state folder as a running embedded cloud keeps it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.root_key import RootKey
from local.state import State


@contextmanager
def running_cloud(folder: Path, outputs: Mapping[str, Any], root_key: RootKey | None = None) -> Iterator[State]:
    """Have a cloud with these outputs run, for whoever looks into the folder."""
    state = State(folder)
    with state.claimed():
        state.publish(outputs, root_key or RootKey.new())
        yield state
