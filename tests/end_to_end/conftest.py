"""Fixtures for what needs the embedded cloud: the program as it is, deployed on an emulator of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.emulator import Emulator, free_port
from local.program import deploy
from tests.support.stack import FAST, Stack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.end_to_end)


@pytest.fixture(scope="session")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Stack]]:
    """Return what deploys the program with some settings, on an emulator of its own that ends with the session."""
    running: list[Emulator] = []

    def launch_one(**config: str) -> Stack:
        log = tmp_path_factory.mktemp("emulator") / "emulator.log"
        emulator = Emulator(port=free_port(), log=log).__enter__()
        running.append(emulator)
        outputs = deploy(emulator.cloud, config=FAST | config)
        return Stack(emulator.cloud, outputs, emulator)

    yield launch_one
    for emulator in running:
        emulator.stop()


@pytest.fixture(scope="session")
def stack(launch: Callable[..., Stack]) -> Stack:
    """Return the stack as a developer has it, only faster."""
    return launch()


@pytest.fixture(scope="session")
def guarded(launch: Callable[..., Stack]) -> Stack:
    """Return a stack as for real data: with API keys, which the gateway forgets at once, and without chaos."""
    return launch(auth="api-key", authCacheSeconds="0", chaos="false")
