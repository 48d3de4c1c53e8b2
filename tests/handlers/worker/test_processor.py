"""A worker with a processor: its logs are stored once, whole, dropped or split; a part of a log is only redacted."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from handlers.aws import log_table
from handlers.logs.processed_log import ProcessedLog
from handlers.processing.isolation import ProcessIsolation
from handlers.redaction import redact
from handlers.worker import handler
from tests.support.aws_fixtures import Aws, Context, detailed_envelope_of, envelope_of
from tests.support.checkout import ROOT
from tests.support.processes import grandchildren
from tests.support.stored_logs import part_of


@pytest.fixture
def misbehaving(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """Return a stack whose processor does what a text asks for, in child processes."""
    monkeypatch.setenv("PROCESSOR", "misbehaving_logs:process")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "bench" / "chaos" / "processor"))
    return aws


def failures(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def texts(aws: Aws) -> dict[str, str]:
    return {row["log_id"]["S"]: row.get("modified_data", {"S": "-"})["S"] for row in aws.records()}


def test_on_its_first_delivery_already_a_log_harms_no_other_one(
    misbehaving: Aws, caplog: pytest.LogCaptureFixture
) -> None:
    before = grandchildren()
    bad = [
        misbehaving.send(envelope_of(f"do:{act} call 555-0199", log_id=act).to_message())
        for act in ("exit", "hang", "memory", "raise")
    ]
    for number in range(4):
        misbehaving.send(envelope_of("call 555-0199", log_id=f"good-{number}").to_message())

    with caplog.at_level(logging.INFO):
        answer = handler(misbehaving.batch(), Context(seconds=12))

    assert failures(answer) == bad
    assert texts(misbehaving) == {f"good-{number}": "call [REDACTED]" for number in range(4)}
    causes = {record.log_id: record.cause for record in caplog.records if record.cause}
    assert causes == {
        "exit": "ExitStatus3",
        "hang": "TimeoutExpired",
        "memory": "MemoryError",
        "raise": "Misbehaved",
    }
    assert grandchildren() <= before


def test_time_severity_and_attributes_reach_the_processor_and_come_back(misbehaving: Aws) -> None:
    misbehaving.send(detailed_envelope_of("healthy").to_message())

    handler(misbehaving.batch(), Context())

    [row] = misbehaving.records()
    assert json.loads(row["attributes"]["S"]) == {
        "user": {"phone": "[REDACTED]"},
        "[REDACTED]": True,
        "processed": True,
    }
    assert row["timestamp"]["S"] == "2026-01-31T22:47:57.123456789+00:00"
    assert json.loads(row["severity"]["S"]) == {"number": 17, "text": "ERROR"}


@pytest.mark.parametrize(
    ("text", "event", "code"),
    [("healthy", "stored", "stored"), ("do:split a b", "stored", "split"), ("do:drop", "dropped", "dropped")],
)
def test_a_repeat_is_recognised_whatever_became_of_the_log(
    misbehaving: Aws, caplog: pytest.LogCaptureFixture, text: str, event: str, code: str
) -> None:
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            misbehaving.send(envelope_of(text).to_message())
            # What was received before stays hidden.
            assert failures(handler(misbehaving.batch(), Context())) == []
            stored = misbehaving.records()

    assert [(record.message, record.code) for record in caplog.records] == [(event, code), ("duplicate", "duplicate")]
    assert misbehaving.records() == stored
    assert misbehaving.dead_letters() == []


@pytest.mark.parametrize("receives", [1, 2])
def test_a_part_of_a_log_does_not_reach_the_processor(misbehaving: Aws, receives: int) -> None:
    misbehaving.send(part_of("do:exit 555-0199", 1, 2).to_message())
    batch = misbehaving.batch()
    batch["Records"][0]["attributes"]["ApproximateReceiveCount"] = str(receives)

    assert failures(handler(batch, Context())) == []

    assert texts(misbehaving) == {"123": "-", "123#00001": "do:exit [REDACTED]"}


def becoming(*logs: str) -> Callable[..., list[ProcessedLog]]:
    return lambda *_args, **_options: [ProcessedLog(redact(text)) for text in logs]


RESULTS = {"one": ["x"], "dropped": [], "two": ["x.1", "x.2"], "three": ["y.1", "y.2", "y.3"]}


@pytest.mark.parametrize("dies", [True, False], ids=["the answer was lost", "it died before"])
@pytest.mark.parametrize("first", RESULTS)
@pytest.mark.parametrize("second", RESULTS)
def test_a_processor_that_returns_something_else_on_a_retry_mixes_nothing(
    misbehaving: Aws, monkeypatch: pytest.MonkeyPatch, first: str, second: str, *, dies: bool
) -> None:
    misbehaving.send(envelope_of("x").to_message())
    batch = misbehaving.batch()
    monkeypatch.setattr(ProcessIsolation, "process_envelope", becoming(*RESULTS[first]))
    dynamodb = log_table.tenant_scoped_client("dynamodb")
    with monkeypatch.context() as broken:
        for name in ("put_item", "transact_write_items"):
            broken.setattr(dynamodb, name, breaking(getattr(dynamodb, name), after=dies))
        assert failures(handler(batch, Context())) == [batch["Records"][0]["messageId"]]

    monkeypatch.setattr(ProcessIsolation, "process_envelope", becoming(*RESULTS[second]))
    batch["Records"][0]["attributes"]["ApproximateReceiveCount"] = "2"
    assert failures(handler(batch, Context())) == []

    kept = RESULTS[first if dies else second]
    expected = {"123": kept[0]} if len(kept) == 1 else {"123": "-"} | {f"123.{n}": t for n, t in enumerate(kept, 1)}
    assert texts(misbehaving) == expected


def breaking(call: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    """Return a call that ends its thread before or after it has done its work."""

    def broken(**arguments: Any) -> Any:
        if after:
            call(**arguments)
        raise SystemExit

    return broken
