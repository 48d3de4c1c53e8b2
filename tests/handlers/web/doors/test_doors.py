"""Doors: found by path, imported only when a request comes for them, and each refuses in a form of its own."""

import subprocess
import sys

import pytest

from handlers.web.doors import MODULES, door_at
from handlers.web.doors.door import Door
from handlers.web.refusals import Code, Refusal
from handlers.web.request import Request
from tests.support.aws_fixtures import event_of
from tests.support.checkout import ROOT


@pytest.mark.parametrize("path", sorted(MODULES))
def test_every_door_opens_and_refuses_in_its_own_form(path: str) -> None:
    door = door_at(path)

    assert isinstance(door, Door)
    request = Request.from_event(event_of("http_api_json") | {"rawPath": path})
    assert door.refuse(request, Refusal(Code.QUEUE_UNAVAILABLE, "x"))["statusCode"] >= 400


@pytest.mark.parametrize("path", ["", "/", "/ingest/", "ingest", "/doors"])
def test_elsewhere_is_no_door(path: str) -> None:
    assert door_at(path) is None


def test_no_door_is_imported_before_a_request_comes_for_it() -> None:
    names = [f"handlers.web.doors.{module}" for module in MODULES.values()]
    program = f"import sys; import handlers.ingest; sys.exit(any(name in sys.modules for name in {names}))"

    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
