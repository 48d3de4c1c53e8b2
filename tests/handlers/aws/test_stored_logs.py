"""Stored logs: what a tenant's credentials show of its own rows, page by page and part by part."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers.aws.failures import TableUnavailable
from handlers.aws.stored_logs import StoredLogs, TenantLogs
from handlers.aws.tenant_credentials import TenantCredentials
from handlers.logs.record import record_of
from handlers.redaction import redact
from tests.handlers.aws.test_log_table import FakeSts, rows_of
from tests.support.aws_fixtures import Aws, envelope_of


def logs_of(aws: Aws, tenant_id: str = "acme", *, table_name: str = "logs") -> TenantLogs:
    logs = StoredLogs(dynamodb=aws.dynamodb, table_name=table_name, tenants=TenantCredentials(FakeSts(), "role"))
    return logs.of(tenant_id, lasting_seconds=60)


def store(aws: Aws, text: str, *, part: int = 1, parts: int = 1, **names: str) -> None:
    whole = {} if parts == 1 else {"whole_sha256": f"{parts:064}"}
    envelope = envelope_of(text, **names).model_copy(update={"part": part, "parts": parts, **whole})
    rows_of(aws, tenant_id=envelope.tenant_id).put(record_of(envelope, redact(text)), message_id=f"m{part}")


def ids(page: tuple[list[Any], str | None]) -> list[str]:
    return [record.log_id for record in page[0]]


def test_a_log_is_read_as_it_was_stored(aws: Aws) -> None:
    store(aws, "call 555-0199 \x00😀")

    [record] = logs_of(aws).records_of("123")

    assert (record.tenant_id, record.log_id, record.source) == ("acme", "123", "json_upload")
    assert (record.original_text, record.modified_data) == ("call 555-0199 \x00😀", "call [REDACTED] \x00😀")
    assert (record.redactions, record.part, record.parts) == ({"email": 0, "phone": 1}, 1, 1)
    assert datetime.now(UTC) - datetime.fromisoformat(record.processed_at) < timedelta(minutes=1)


def test_a_log_that_is_not_stored_has_no_records(aws: Aws) -> None:
    store(aws, "x", log_id="1234")

    assert logs_of(aws).records_of("123") == []


def test_parts_are_read_in_the_order_of_the_text_however_many_answers_it_takes(aws: Aws) -> None:
    for part in range(12, 0, -1):
        store(aws, f"{part:02d}" + "😀" * 30_000, part=part, parts=12)

    records = logs_of(aws).records_of("123")

    # Two texts of 120 KB in each: more than the one MiB that DynamoDB answers with at a time.
    assert [record.part for record in records] == list(range(1, 13))
    assert {record.log_id for record in records} == {"123"}


def test_another_tenants_logs_are_not_there(aws: Aws) -> None:
    store(aws, "x", tenant_id="beta")

    assert logs_of(aws, "acme").records_of("123") == []
    assert ids(logs_of(aws, "acme").page(prefix="", limit=10, after_log_id=None)) == []


def test_a_page_holds_at_most_its_limit_in_the_order_of_the_keys(aws: Aws) -> None:
    for number in (3, 1, 2):
        store(aws, "x", log_id=f"log-{number}")

    page = logs_of(aws).page(prefix="", limit=2, after_log_id=None)

    assert (ids(page), page[1]) == (["log-1", "log-2"], "log-2")


def test_pages_follow_one_another_until_there_are_none(aws: Aws) -> None:
    for number in range(5):
        store(aws, "x", log_id=f"log-{number}")
    seen, after = [], None

    while True:
        page = logs_of(aws).page(prefix="log", limit=2, after_log_id=after)
        seen += ids(page)
        after = page[1]
        if after is None:
            break

    assert seen == [f"log-{number}" for number in range(5)]


def test_a_prefix_narrows_a_page(aws: Aws) -> None:
    for log_id in ("a-1", "b-1", "b-2"):
        store(aws, "x", log_id=log_id)

    assert ids(logs_of(aws).page(prefix="b", limit=10, after_log_id=None)) == ["b-1", "b-2"]


def test_a_table_that_refuses_is_named_and_quotes_nothing(aws: Aws) -> None:
    with pytest.raises(TableUnavailable, match=r"^ResourceNotFoundException$"):
        logs_of(aws, table_name="gone").records_of("123")
