"""A changed processor reaches the worker at once; one that cannot be imported is refused, and the old one goes on."""

import functools
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.package.build import build
from infra.settings import Settings
from local.program import settings_of
from local.reload import ProcessorReload
from tests.support.package_fixtures import FakePip

GOOD = "def process(log):\n    return log\n"


class FakeCloud:
    """Lists two functions, and remembers what code they got."""

    def __init__(self) -> None:
        self.updated: list[tuple[str, set[str]]] = []

    def client(self, service: str) -> "FakeCloud":
        assert service == "lambda"
        return self

    def list_functions(self) -> dict[str, Any]:
        handlers = {"logs-ingest": "handlers.ingest.handler", "logs-worker": "handlers.worker.handler"}
        return {"Functions": [{"FunctionName": name, "Handler": handler} for name, handler in handlers.items()]}

    def update_function_code(self, **arguments: Any) -> None:
        with zipfile.ZipFile(io.BytesIO(arguments["ZipFile"])) as archive:
            self.updated.append((arguments["FunctionName"], set(archive.namelist())))


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a processor."""
    (tmp_path / "processor").mkdir()
    (tmp_path / "processor" / "shop_logs.py").write_text(GOOD)
    return tmp_path / "processor"


@pytest.fixture
def reload(cloud: FakeCloud, folder: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> ProcessorReload:
    """Return the reload of that processor, in a checkout that is packed quickly."""
    monkeypatch.setattr("local.reload.build", functools.partial(build, root=checkout, download=FakePip()))
    return ProcessorReload(cloud, Settings(processor="shop_logs:process", processor_folder=str(folder)))


def test_without_a_change_nothing_is_built(reload: ProcessorReload, cloud: FakeCloud, folder: Path) -> None:
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "shop_logs.cpython-311.pyc").write_text("")
    (folder / ".shop_logs.py.swp").write_text("")

    assert reload.look() is None
    assert cloud.updated == []


def test_a_change_reaches_the_worker_once(reload: ProcessorReload, cloud: FakeCloud, folder: Path) -> None:
    (folder / "more.py").write_text("")

    change = reload.look()

    assert change is not None
    assert (change.sentence, change.failed) == ("processor shop_logs:process reloaded", False)
    assert reload.look() is None
    [(function, files)] = cloud.updated
    assert function == "logs-worker"
    assert {"more.py", "shop_logs.py", "handlers/ingest.py"} <= files


def test_a_change_of_the_same_length_is_noticed(reload: ProcessorReload, folder: Path) -> None:
    (folder / "shop_logs.py").write_text(GOOD.replace("log", "lag"))
    os.utime(folder / "shop_logs.py", ns=(0, 0))

    assert reload.look() is not None


def test_a_change_that_cannot_be_imported_changes_nothing(
    reload: ProcessorReload, cloud: FakeCloud, folder: Path
) -> None:
    (folder / "shop_logs.py").write_text("import no_such_package\n")

    change = reload.look()

    assert change is not None
    assert change.failed
    assert "No module named 'no_such_package' (shop_logs.py, line 1)" in change.sentence
    assert change.sentence.endswith("the worker keeps the code from before")
    assert cloud.updated == []
    (folder / "shop_logs.py").write_text(GOOD)
    assert reload.look() is not None
    assert len(cloud.updated) == 1


def test_the_settings_of_a_running_stack_are_those_of_its_file_and_of_the_command_line() -> None:
    settings = settings_of({"processor": "shop_logs:process", "processorFolder": "shop"})

    assert (settings.processor, settings.chaos, settings.package_for) == ("shop_logs:process", True, "host")
