"""A processor on the embedded cloud: whatever it does, its log ends as the page says, and its neighbours are stored."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.program import settings_of
from local.reload import ProcessorReload
from tests.support.checkout import ROOT
from tests.support.stack import Stack, wait_until

pytestmark = pytest.mark.slow

FOLDER = ROOT / "bench" / "chaos" / "processor"


@pytest.fixture(scope="module")
def misbehaving(launch: Callable[..., Stack]) -> Stack:
    return launch(processor="misbehaving_logs:process", processorFolder=str(FOLDER))


def rows(stack: Stack, log_id: str) -> dict[str, dict[str, Any]]:
    """Return all rows whose sort key begins with an id."""
    found = stack.cloud.client("dynamodb").query(
        TableName=stack.outputs["table_name"],
        ConsistentRead=True,
        KeyConditionExpression="tenant_id = :t AND begins_with(log_id, :l)",
        ExpressionAttributeValues={":t": {"S": "acme"}, ":l": {"S": log_id}},
    )["Items"]
    return {item["log_id"]["S"]: item for item in found}


def causes(stack: Stack, message_id: str) -> set[str]:
    return {entry["cause"] for entry in stack.events("logs-worker") if entry["message_id"] == message_id}


FAILURES = [
    ("do:raise call 555-0199", {"Misbehaved"}),
    ("do:exit", {"ExitStatus3"}),
    ("do:memory", {"MemoryError", "ExitStatus-9"}),
    ("do:nonsense x", {"NotALog"}),
    ("do:rename", {"IdentityChanged"}),
    ("do:too-many", {"TooManyLogs"}),
    ("do:hang", {"TimeoutExpired"}),
]


@pytest.mark.timeout(300)
def test_a_failing_log_is_a_dead_letter_with_the_name_of_its_error_and_its_neighbours_are_stored(
    misbehaving: Stack,
) -> None:
    sent = {}
    for number, (text, _) in enumerate(FAILURES):
        sent[text] = misbehaving.post(text, tenant_id="acme", log_id=f"bad-{number}").body["message_id"]
        assert misbehaving.post("healthy a@example.com", tenant_id="acme", log_id=f"good-{number}").status == 202

    for number in range(len(FAILURES)):
        record = misbehaving.wait_for_record("acme", f"good-{number}")
        assert record["modified_data"]["S"] == "healthy [REDACTED]"
        assert json.loads(record["attributes"]["S"]) == {"processed": True}
    for text, names in FAILURES:
        letter = misbehaving.wait_for_dead_letter(sent[text])
        assert json.loads(letter["Body"])["text"] == text
        found = causes(misbehaving, sent[text])
        assert found & names
        assert found <= names | {"TimeoutExpired"}  # on a busy machine, a process may not get far enough in its time
    assert rows(misbehaving, "bad-") == {}
    assert "555-0199" not in str(misbehaving.events("logs-worker"))


def test_what_a_processor_leaks_is_redacted(misbehaving: Stack) -> None:
    misbehaving.post("do:leak", tenant_id="acme", log_id="leak")

    record = misbehaving.wait_for_record("acme", "leak")

    assert "555-0199" not in str(record)
    assert record["modified_data"]["S"] == "leaked, call [REDACTED]"
    assert json.loads(record["severity"]["S"]) == {"text": "call [REDACTED]"}
    assert record["redactions"]["M"]["phone"] == {"N": "4"}


def test_a_split_log_is_stored_once_whatever_its_processor_makes_of_it_the_second_time(misbehaving: Stack) -> None:
    for _ in range(3):
        misbehaving.post("do:split one two three", tenant_id="acme", log_id="split")
    wait_until(lambda: [e for e in misbehaving.events("logs-worker") if e["log_id"] == "split"][2:])

    found = rows(misbehaving, "split")

    assert found.keys() == {"split", "split.1", "split.2", "split.3"}
    assert found["split"]["pieces"] == {"N": "3"}
    assert "modified_data" not in found["split"]
    assert [found[f"split.{n}"]["modified_data"]["S"].split()[0] for n in (1, 2, 3)] == ["one", "two", "three"]
    assert len({row["message_id"]["S"] for row in found.values()}) == 1


def test_a_dropped_log_leaves_a_row_without_text(misbehaving: Stack) -> None:
    misbehaving.post("do:drop the secret", tenant_id="acme", log_id="drop")

    row = misbehaving.wait_for_record("acme", "drop")

    assert "secret" not in str(row)
    assert row["pieces"] == {"N": "0"}


def test_a_split_into_the_id_of_another_log_is_a_conflict_that_overwrites_nothing(misbehaving: Stack) -> None:
    misbehaving.post("mine", tenant_id="acme", log_id="taken.2")
    misbehaving.wait_for_record("acme", "taken.2")

    message_id = misbehaving.post("do:split one two", tenant_id="acme", log_id="taken").body["message_id"]

    letter = misbehaving.wait_for_dead_letter(message_id)
    assert letter["MessageAttributes"]["reason"]["StringValue"] == "conflict"
    found = rows(misbehaving, "taken")
    assert found.keys() == {"taken.2"}
    assert found["taken.2"]["modified_data"]["S"] == "mine"


def test_a_changed_processor_processes_the_next_log(launch: Callable[..., Stack], tmp_path: Path) -> None:
    code = "def process(log):\n    log.text = 'VERSION'\n    return log\n"
    (tmp_path / "shop_logs.py").write_text(code.replace("VERSION", "first"))
    config = {"processor": "shop_logs:process", "processorFolder": str(tmp_path)}
    stack = launch(**config)
    reload = ProcessorReload(stack.cloud, settings_of(config))
    stack.post("x", tenant_id="acme", log_id="1")
    assert stack.wait_for_record("acme", "1")["modified_data"]["S"] == "first"

    (tmp_path / "shop_logs.py").write_text(code.replace("VERSION", "second"))
    change = reload.look()

    assert change is not None
    assert not change.failed
    stack.post("x", tenant_id="acme", log_id="2")
    assert stack.wait_for_record("acme", "2")["modified_data"]["S"] == "second"
