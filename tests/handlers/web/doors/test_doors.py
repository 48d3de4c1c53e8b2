"""Doors: found by path, imported only when a request comes for them, and each refuses in a form of its own."""

import subprocess
import sys

import pytest

from handlers.environment import IngestEnvironment
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


@pytest.mark.parametrize("failure", [KeyError, RecursionError, MemoryError])
@pytest.mark.parametrize("path", sorted(MODULES))
def test_a_failure_that_nobody_foresaw_makes_clients_send_again(
    monkeypatch: pytest.MonkeyPatch,
    ingest: FakeSqs,
    caplog: pytest.LogCaptureFixture,
    path: str,
    failure: type[Exception],
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise failure("the text of a log")

    monkeypatch.setattr("handlers.ingest.submit", fail)
    request = request_through(path, Logs(tenant_id="acme", texts=["a"], time_ns=1, request_id="r1"))
    event = event_of("http_api_json") | {"rawPath": path, "body": request.body, "headers": request.headers}

    response = handler(event, Context())

    assert response["statusCode"] == (500 if path == "/ingest" else 503)
    assert int(response["headers"]["retry-after"]) > 0
    assert not ingest.sent
    [event_record] = caplog.records
    assert (event_record.code, event_record.door) == ("internal_error", path)
    assert event_record.cause.startswith(f"{failure.__name__} in test_doors.py:")
    assert "ingest.py:" in event_record.cause
    assert "the text of a log" not in caplog.text + event_record.cause + str(response)


@pytest.mark.parametrize("path", sorted(MODULES))
def test_while_keys_cannot_be_read_clients_send_again(
    monkeypatch: pytest.MonkeyPatch, ingest: FakeSqs, path: str
) -> None:
    monkeypatch.setenv("AUTH", "api-key")
    IngestEnvironment.read.cache_clear()
    event = event_of("http_api_json") | {"rawPath": path}
    event["requestContext"]["authorizer"] = {"lambda": {"tenant_id": "", "is_known": "no"}}

    response = handler(event, Context())

    assert response["statusCode"] == (500 if path == "/ingest" else 503)
    assert int(response["headers"]["retry-after"]) > 0
    assert not ingest.sent
