"""The outputs of a running embedded cloud: there while it runs, and never left over."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from local import outputs
from local.failure import Failure
from local.outputs import published, read_outputs

NOT_RUNNING = "no embedded cloud is running here; start one in another terminal: make dev"


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def endpoint_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Healthy) as server:
        Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(autouse=True)
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(outputs, "OUTPUTS_FILE", tmp_path / "of-this-test" / "outputs.json")
    return outputs.OUTPUTS_FILE


def test_outputs_can_be_read_while_the_cloud_runs_and_are_gone_afterwards(endpoint_url: str, file: Path) -> None:
    with published({"aws_endpoint_url": endpoint_url, "table_name": "records"}):
        read = read_outputs()

    assert read == {"aws_endpoint_url": endpoint_url, "table_name": "records"}
    assert list(file.parent.iterdir()) == []


def test_without_a_cloud_the_error_says_how_to_start_one() -> None:
    with pytest.raises(Failure, match=NOT_RUNNING):
        read_outputs()


def test_outputs_left_by_a_cloud_that_was_killed_count_as_none(file: Path) -> None:
    file.parent.mkdir()
    file.write_text(json.dumps({"aws_endpoint_url": "http://127.0.0.1:1"}))

    with pytest.raises(Failure, match=NOT_RUNNING):
        read_outputs()


def test_a_cloud_that_ends_leaves_the_outputs_of_one_started_later(endpoint_url: str) -> None:
    later = {"aws_endpoint_url": endpoint_url, "table_name": "of the later one"}

    with published({"aws_endpoint_url": "http://127.0.0.1:1"}):
        outputs.OUTPUTS_FILE.write_text(json.dumps(later))

    assert read_outputs() == later
