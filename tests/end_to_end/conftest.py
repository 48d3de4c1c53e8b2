"""Fixtures for what needs the embedded cloud: the program as it is, deployed on an emulator of its own."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from local.cloud import Cloud
from local.emulator import Emulator, free_port
from local.outputs import all_outputs
from local.program import deploy

# Quick to process and quick to come back, so that crashes can be waited out: six times five seconds.
FAST = {
    "processingSecondsPerChar": "0",
    "workerTimeoutSeconds": "5",
    "retryDelaySeconds": "0",
    "workerMaxConcurrency": "4",
}
PATIENCE_SECONDS = 60
Found = TypeVar("Found")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.end_to_end)


@dataclass
class Answer:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]


@dataclass
class Stack:
    """A deployed stack, and questions about it."""

    cloud: Cloud
    outputs: dict[str, Any]
    emulator: Emulator
    _dead: dict[str, dict[str, Any]] = field(default_factory=dict)

    def request(self, path: str, body: bytes | str | None = None, *, method: str = "POST", **headers: str) -> Answer:
        """Send a request; underscores in header names stand for dashes."""
        request = urllib.request.Request(
            self.outputs["api_gateway_url"] + path,
            data=body.encode() if isinstance(body, str) else body,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, answer.headers, json.loads(answer.read() or b"{}"))
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, refused.headers, json.loads(refused.read() or b"{}"))

    def post(self, text: str, *, tenant_id: str, log_id: str, **headers: str) -> Answer:
        body = json.dumps({"tenant_id": tenant_id, "log_id": log_id, "text": text})
        return self.request("/ingest", body, content_type="application/json", **headers)

    def record(self, tenant_id: str, log_id: str) -> dict[str, Any] | None:
        key = {"tenant_id": {"S": tenant_id}, "log_id": {"S": log_id}}
        table = self.outputs["table_name"]
        return self.cloud.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")

    def dead_letter(self, message_id: str) -> dict[str, Any] | None:
        """Return the dead letter of the message that a 202 named."""
        answer = self.cloud.client("sqs").receive_message(
            QueueUrl=self.outputs["dead_letter_queue_url"],
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
            VisibilityTimeout=1,
        )
        for message in answer.get("Messages", []):
            attributes = message.get("MessageAttributes", {})
            original = attributes["message_id"]["StringValue"] if attributes else message["MessageId"]
            self._dead[original] = message
        return self._dead.get(message_id)

    def wait_for_record(self, tenant_id: str, log_id: str) -> dict[str, Any]:
        return wait_until(lambda: self.record(tenant_id, log_id))

    def wait_for_dead_letter(self, message_id: str) -> dict[str, Any]:
        return wait_until(lambda: self.dead_letter(message_id))

    def events(self, function: str) -> list[dict[str, Any]]:
        """Return a function's own event log."""
        lines = self.cloud.client("logs").filter_log_events(logGroupName=function)["events"]
        entries = [json.loads(line["message"]) for line in lines if line["message"].startswith("{")]
        return [entry for entry in entries if entry.get("logger") == "rdp"]


def wait_until(condition: Callable[[], Found | None], *, seconds: float = PATIENCE_SECONDS) -> Found:
    """Return what the condition finds, as soon as it finds something; fail where it does not in time."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
    return found


@pytest.fixture(scope="session")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Stack]]:
    """Return what deploys the program with some settings, on an emulator of its own that ends with the session."""
    running: list[Emulator] = []

    def launch_one(**config: str) -> Stack:
        log = tmp_path_factory.mktemp("emulator") / "emulator.log"
        emulator = Emulator(port=free_port(), log=log).__enter__()
        running.append(emulator)
        outputs = all_outputs(deploy(emulator.cloud, config=FAST | config), emulator.cloud)
        return Stack(emulator.cloud, outputs, emulator)

    yield launch_one
    for emulator in running:
        emulator.stop()


@pytest.fixture(scope="session")
def stack(launch: Callable[..., Stack]) -> Stack:
    """Return the stack as a developer has it, only faster."""
    return launch()
