"""Doors: found by path, imported only when a request comes for them, and each refuses in a form of its own."""

import subprocess
import sys

import pytest

from handlers.ingest import handler
from handlers.web.doors import MODULES, door_at
from handlers.web.doors.door import Door
from handlers.web.refusals import Code, Refusal
from handlers.web.request import Request
from local.doors import Logs, request_through
from tests.support.aws_fixtures import Context, event_of
from tests.support.checkout import ROOT
from tests.support.fake_sqs import FakeSqs


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


@pytest.mark.parametrize("path", sorted(MODULES))
def test_every_event_names_the_door_at_which_it_happened(
    ingest: FakeSqs, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    logs = Logs(tenant_id="acme", texts=["a", "b"], time_ns=1_769_899_677_559_836_123, request_id="r1")
    request = request_through(path, logs)
    event = event_of("http_api_json") | {"rawPath": path, "body": request.body, "headers": request.headers}

    for body in (request.body, ""):
        handler(event | {"body": body}, Context())

    assert len(ingest.sent) == len(logs.texts)
    assert {(record.message, record.door) for record in caplog.records} >= {("accepted", path)}
    assert {record.door for record in caplog.records} == {path}
