"""The event log: fixed fields, and a level that Lambda does not swallow."""

import json
import logging

import pytest

from handlers.aws.event_log import record_event

FIELDS = ("code", "tenant_id", "log_id", "message_id", "cause", "door", "logs")


def test_an_event_carries_every_field(caplog: pytest.LogCaptureFixture) -> None:
    record_event(
        "retried",
        code="table_unavailable",
        tenant_id="acme",
        log_id="123",
        message_id="m1",
        cause="Throttling",
        door="/ingest",
        logs=2,
        level=logging.WARNING,
    )

    [record] = caplog.records
    assert (record.message, record.levelname, record.name) == ("retried", "WARNING", "rdp")
    said = [getattr(record, field) for field in FIELDS]
    assert said == ["table_unavailable", "acme", "123", "m1", "Throttling", "/ingest", 2]


def test_an_unknown_field_is_present_and_empty(caplog: pytest.LogCaptureFixture) -> None:
    record_event("accepted", code="accepted")

    [record] = caplog.records
    assert [getattr(record, field) for field in FIELDS] == ["accepted", None, None, None, None, None, 1]


def test_an_info_event_is_written_although_lambda_sets_the_root_logger_to_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert logging.getLogger().level == logging.WARNING

    record_event("accepted", code="accepted")

    assert [record.levelname for record in caplog.records] == ["INFO"]


def test_an_id_that_looks_like_a_format_or_a_line_is_written_unchanged(caplog: pytest.LogCaptureFixture) -> None:
    record_event("%s", code="accepted", log_id='%d"}\n{')

    [record] = caplog.records
    assert json.loads(json.dumps({"message": record.getMessage(), "log_id": record.log_id})) == {
        "message": "%s",
        "log_id": '%d"}\n{',
    }
