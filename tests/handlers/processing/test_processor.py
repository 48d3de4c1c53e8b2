"""A processor gets a redacted log; what it returns is checked, redacted again, and small enough to be stored."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from handlers.processing.frames import MAX_LOGS_BYTES, frame_of
from handlers.processing.log import Log
from handlers.processing.processor import (
    MAX_DETAILS_BYTES,
    MAX_TEXT_BYTES,
    MOST_LOGS,
    IdentityChanged,
    LogIdTooLong,
    LogTooLong,
    NotALog,
    ProcessorWork,
    TooManyLogs,
    WrongField,
    processor_named,
)
from handlers.processing.simulation import Processing
from infra.budget import MAX_ATTRIBUTES_BYTES, max_text_chars

PROCESSING = Processing(seconds_per_char=0, kinds=("email", "phone"))
QUESTION = {
    "text": "call 555-0199",
    "tenant_id": "acme",
    "log_id": "123",
    "source": "json_upload",
    "received_at": "2026-01-31T22:47:57.559836+00:00",
    "timestamp": None,
    "fields": None,
}


def answer(function: Callable[[Log], object], **changes: Any) -> list[dict[str, Any]]:
    logs: list[dict[str, Any]] = ProcessorWork(PROCESSING, function).answer(QUESTION | changes)["logs"]
    json.dumps(logs)
    return logs


def setting(**fields: Any) -> Callable[[Log], Log]:
    """Return a processor that sets these fields."""
    return lambda log: log.copy(**fields)


def test_a_processor_gets_the_whole_log_redacted() -> None:
    received: list[Log] = []
    fields = {"severity": {"number": 9, "text": "a@example.com"}, "attributes": {"phone": 4155552671}}

    answer(received.append, timestamp="2026-01-31T22:47:57Z", fields=fields)

    assert received == [
        Log(
            text="call [REDACTED]",
            tenant_id="acme",
            log_id="123",
            source="json_upload",
            received_at="2026-01-31T22:47:57.559836+00:00",
            timestamp="2026-01-31T22:47:57Z",
            severity_number=9,
            severity_text="[REDACTED]",
            attributes={"phone": "[REDACTED]"},
        )
    ]


def test_what_it_returns_is_redacted_again_and_counted_with_what_came_in() -> None:
    [log] = answer(setting(text="555-0199", severity_text="a@example.com", attributes={"x": ["555-0199"]}))

    assert log == {
        "text": "[REDACTED]",
        "counts": {"email": 1, "phone": 3},
        "attributes": {"severity": {"text": "[REDACTED]"}, "attributes": {"x": ["[REDACTED]"]}},
        "timestamp": None,
    }


def test_what_went_before_a_split_is_counted_in_its_first_log() -> None:
    logs = answer(lambda log: [log.copy(text="x"), log.copy(text="a@example.com")])

    assert [log["counts"] for log in logs] == [{"email": 0, "phone": 1}, {"email": 1, "phone": 0}]


@pytest.mark.parametrize("returned", [None, []])
def test_nothing_is_a_dropped_log(returned: object) -> None:
    assert answer(lambda _log: returned) == []


def test_a_copy_has_attributes_of_its_own() -> None:
    log = Log(text="x", tenant_id="acme", log_id="1", attributes={"a": {"b": 1}})

    other = log.copy(text="y")
    other.attributes["a"]["b"] = 2

    assert (log.text, log.attributes, other.text) == ("x", {"a": {"b": 1}}, "y")


@pytest.mark.parametrize("returned", ["text", {"text": "x"}, 1, True, [None], ["x"], (), iter(()), object()])
def test_anything_but_logs_is_refused(returned: object) -> None:
    with pytest.raises(NotALog):
        answer(lambda _log: returned)


@pytest.mark.parametrize(
    "fields",
    [
        {"text": None},
        {"text": b"x"},
        {"timestamp": 5},
        {"timestamp": "yesterday"},
        {"timestamp": "2026-01-31T22:47:57"},
        {"timestamp": "call 555-0199"},
        {"severity_number": 0},
        {"severity_number": 25},
        {"severity_number": True},
        {"severity_number": "ERROR"},
        {"severity_text": ""},
        {"severity_text": 7},
        {"attributes": None},
        {"attributes": [1]},
        {"attributes": {"x": object}},
        {"attributes": {"x": float("nan")}},
        {"attributes": {("a", "b"): 1}},
        {"attributes": {"x": b"y"}},
    ],
    ids=str,
)
def test_a_value_that_its_field_cannot_have_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(WrongField):
        answer(setting(**fields))


@pytest.mark.parametrize("name", ["tenant_id", "log_id", "source", "received_at"])
def test_a_log_cannot_become_another_one(name: str) -> None:
    with pytest.raises(IdentityChanged):
        answer(setting(**{name: "other"}))


def test_half_a_character_becomes_a_replacement_character() -> None:
    [log] = answer(setting(text="a\ud83dz \ud83d\ude00", attributes={"\udc00": ["\ud800x"]}))

    assert log["text"] == "a\ufffdz 😀"
    assert log["attributes"] == {"attributes": {"\ufffd": ["\ufffdx"]}}


def test_as_many_logs_as_a_transaction_holds_and_no_more() -> None:
    assert len(answer(lambda log: [log] * MOST_LOGS)) == MOST_LOGS

    with pytest.raises(TooManyLogs):
        answer(lambda log: [log] * (MOST_LOGS + 1))


def test_ids_of_a_split_log_are_as_long_as_an_id_may_be_and_no_longer() -> None:
    def split(log: Log) -> list[Log]:
        return [log] * 10

    assert len(answer(split, log_id="i" * 253)) == 10
    assert len(answer(lambda log: [log], log_id="i" * 256)) == 1
    with pytest.raises(LogIdTooLong):
        answer(split, log_id="i" * 254)


@pytest.mark.parametrize("unit", ["x", "é", "😀"])
def test_a_text_is_as_long_as_an_item_has_room_for_and_no_longer(unit: str) -> None:
    longest = unit * (MAX_TEXT_BYTES // len(unit.encode()))

    assert answer(setting(text=longest))[0]["text"] == longest
    with pytest.raises(LogTooLong):
        answer(setting(text=longest + unit))


def test_the_longest_text_is_measured_after_its_redaction() -> None:
    with pytest.raises(LogTooLong):
        answer(setting(text="a@b.co " * (MAX_TEXT_BYTES // 7)))


def test_attributes_are_as_long_as_an_item_has_room_for_and_no_longer() -> None:
    overhead = len(json.dumps({"attributes": {"x": ""}}))

    answer(setting(attributes={"x": "x" * (MAX_DETAILS_BYTES - overhead)}))
    with pytest.raises(LogTooLong):
        answer(setting(attributes={"x": "x" * (MAX_DETAILS_BYTES - overhead + 1)}))


def test_all_logs_together_fit_into_one_answer() -> None:
    with pytest.raises(LogTooLong):
        answer(lambda log: [log.copy(text="x" * 100_000)] * 11)
    assert len(frame_of({"logs": answer(lambda log: [log.copy(text="x" * 100_000)] * 10)})) <= MAX_LOGS_BYTES


def test_the_limits_are_those_of_the_budget() -> None:
    chars = max_text_chars(worker_timeout_seconds=900, processing_seconds_per_char=0)

    assert chars * 4 == MAX_TEXT_BYTES
    assert 2 * MAX_ATTRIBUTES_BYTES == MAX_DETAILS_BYTES


@pytest.mark.parametrize(
    ("name", "error"),
    [("no_such_module:process", "ModuleNotFoundError"), ("json:no_such_function", "AttributeError")],
)
def test_a_processor_that_cannot_be_imported_fails_each_log_with_the_name_of_the_error(name: str, error: str) -> None:
    function = processor_named(name)

    with pytest.raises(Exception, match=r"^$") as failed:
        answer(function)

    assert type(failed.value).__name__ == error


def test_a_processor_is_found_by_its_name() -> None:
    assert processor_named("json:dumps") is json.dumps
