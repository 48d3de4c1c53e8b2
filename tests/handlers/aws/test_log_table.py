"""The log table: each record once, nothing overwritten, and read back as it was stored."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers.aws.failures import TableUnavailable
from handlers.aws.items import DamagedRow, item_of
from handlers.aws.log_table import Page, TenantRows
from handlers.logs.processed_log import ProcessedLog
from handlers.logs.selection import Selection
from handlers.redaction import Redacted
from infra.budget import MAX_ATTRIBUTES_BYTES, MAX_MESSAGE_BYTES, max_text_chars
from tests.support.aws_fixtures import Aws, detailed_envelope_of, envelope_of
from tests.support.stored_logs import part_of, place_of, put, record_of, rows_of, store


def ids(page: Page) -> list[str]:
    return [record.log_id for record in page.records]


def test_rows_are_reached_with_the_credentials_of_their_tenant(aws: Aws) -> None:
    assert rows_of(aws, tenant_id="beta").credentials.access_key == "beta"


@pytest.mark.parametrize(
    "call",
    [
        lambda rows: rows.fingerprint_at("123"),
        lambda rows: rows.put(record_of(envelope_of("x"))),
        lambda rows: rows.records_of("123"),
        lambda rows: rows.page(Selection(), limit=1, after=None),
    ],
)
def test_a_refusal_of_the_table_is_named_without_quoting_it(aws: Aws, call: Callable[[TenantRows], object]) -> None:
    rows = rows_of(aws, name="gone")

    with pytest.raises(TableUnavailable) as refused:
        call(rows)

    assert str(refused.value) == "ResourceNotFoundException"


@pytest.mark.parametrize("text", ["\x00\x1b[31m\x7f\x85", "\ufffe\uffff", "😀é\u2028", "שלום עולם", "a" * 10_000])
def test_any_unicode_text_is_read_back_unchanged(aws: Aws, text: str) -> None:
    put(aws, text)

    [item] = aws.records()
    assert (item["original_text"]["S"], item["modified_data"]["S"]) == (text, text)


def size_of(value: dict[str, Any]) -> int:
    """Return the most bytes that an attribute takes ("DynamoDB item sizes and formats")."""
    [(kind, content)] = value.items()
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + size_of(entry) for name, entry in content.items())
    return len(content.encode()) + (1 if kind == "N" else 0)


@pytest.mark.parametrize("unit", ["😀", "a@b.co ", "\x00"])
def test_the_longest_text_fits_into_an_item_with_the_longest_names(
    aws: Aws, unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chars = max_text_chars(worker_timeout_seconds=900, processing_seconds_per_char=0)
    text = (unit * chars)[:chars]
    envelope = envelope_of(text, tenant_id="t" * 64, log_id="l" * 256)
    # Not moto's own limit, which is lower than the 400 KB of the quota.
    items: list[dict[str, Any]] = []
    monkeypatch.setattr(aws.dynamodb, "put_item", lambda **arguments: items.append(arguments["Item"]))

    put(aws, envelope, message_id="m" * 100, days=1)

    assert sum(len(name.encode()) + size_of(value) for name, value in items[0].items()) <= 400 * 1024


def test_the_longest_text_and_attributes_fit_into_an_item(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    chars = max_text_chars(worker_timeout_seconds=900, processing_seconds_per_char=0)
    # The shortest things that are redacted, as keys, which also get numbers.
    attributes = {f"a@b{number:x}.co": 0 for number in range(MAX_ATTRIBUTES_BYTES // 14)}
    envelope = detailed_envelope_of("😀" * chars, attributes=attributes, tenant_id="t" * 64, log_id="l" * 256)
    items: list[dict[str, Any]] = []
    monkeypatch.setattr(aws.dynamodb, "put_item", lambda **arguments: items.append(arguments["Item"]))

    put(aws, envelope, message_id="m" * 100, days=1)

    assert "[REDACTED] 2000" in items[0]["attributes"]["S"]
    assert sum(len(name.encode()) + size_of(value) for name, value in items[0].items()) <= 400 * 1024
    assert len(envelope.to_message()) <= MAX_MESSAGE_BYTES


def test_a_record_with_details_is_read_back_unchanged(aws: Aws) -> None:
    # Deeper than 32 levels, and longer than 38 digits, neither of which a map of DynamoDB takes.
    deep: Any = 10**60
    for _ in range(50):
        deep = [deep]
    envelope = detailed_envelope_of("x", attributes={"deep": deep, "a@example.com": 1.5, "null": None})

    put(aws, envelope)

    [record] = rows_of(aws).records_of("123")
    assert record.attributes == {"deep": deep, "[REDACTED]": 1.5, "null": None}
    assert record.original_attributes == envelope.attributes
    assert record.severity == {"number": 17, "text": "ERROR"}
    assert record.timestamp == "2026-01-31T22:47:57.123456789+00:00"
    assert record.redactions == {"email": 1, "phone": 0}


@pytest.mark.parametrize("written", ["", "[]", "{", "null"])
def test_a_row_whose_attributes_are_not_a_map_is_damaged(aws: Aws, written: str) -> None:
    item = item_of(record_of(detailed_envelope_of("x")))
    aws.dynamodb.put_item(TableName=aws.table_name, Item=item | {"attributes": {"S": written}})

    with pytest.raises(DamagedRow):
        rows_of(aws).records_of("123")


def test_a_text_that_is_redacted_completely_is_stored(aws: Aws) -> None:
    place_of(aws, "x").put([ProcessedLog(Redacted("", {}))], message_id="m")

    [item] = aws.records()
    assert (item["modified_data"]["S"], item["redactions"]["M"]) == ("", {})


def test_a_log_is_read_back_unchanged(aws: Aws) -> None:
    store(aws, "call 555-0199 \x00😀")

    [record] = rows_of(aws).records_of("123")

    assert (record.tenant_id, record.log_id, record.source) == ("acme", "123", "json_upload")
    assert (record.original_text, record.modified_data) == ("call 555-0199 \x00😀", "call [REDACTED] \x00😀")
    assert (record.redactions, record.part, record.parts) == ({"email": 0, "phone": 1}, 1, 1)
    assert datetime.now(UTC) - datetime.fromisoformat(record.processed_at) < timedelta(minutes=1)


def test_a_log_that_is_not_stored_has_no_records(aws: Aws) -> None:
    store(aws, "x", log_id="1234")

    assert rows_of(aws).records_of("123") == []


def test_parts_are_read_in_order_across_several_answers(aws: Aws) -> None:
    for part in range(12, 0, -1):
        store(aws, f"{part:02d}" + "😀" * 30_000, part=part, parts=12)

    records = rows_of(aws).records_of("123")

    # Two texts of 120 KB in each: more than the one MiB that DynamoDB answers with at a time.
    assert [record.part for record in records] == list(range(1, 13))
    assert {record.log_id for record in records} == {"123"}


def test_logs_of_another_tenant_are_not_found(aws: Aws) -> None:
    store(aws, "x", tenant_id="beta")

    assert rows_of(aws).records_of("123") == []
    assert ids(rows_of(aws).page(Selection(), limit=10, after=None)) == []


def test_a_page_holds_at_most_its_limit_in_the_order_of_the_keys(aws: Aws) -> None:
    for number in (3, 1, 2):
        store(aws, "x", log_id=f"log-{number}")

    page = rows_of(aws).page(Selection(), limit=2, after=None)

    assert (ids(page), page.last_key) == (["log-1", "log-2"], "log-2")


def test_pages_continue_until_the_last_one(aws: Aws) -> None:
    for number in range(5):
        store(aws, "x", log_id=f"log-{number}")
    seen, after = [], None

    while True:
        page = rows_of(aws).page(Selection(prefix="log"), limit=2, after=after)
        seen += ids(page)
        after = page.last_key
        if after is None:
            break

    assert seen == [f"log-{number}" for number in range(5)]


def test_a_prefix_narrows_a_page(aws: Aws) -> None:
    for log_id in ("a-1", "b-1", "b-2"):
        store(aws, "x", log_id=log_id)

    assert ids(rows_of(aws).page(Selection(prefix="b"), limit=10, after=None)) == ["b-1", "b-2"]


def test_claims_appear_in_no_page_and_leave_none_empty(aws: Aws) -> None:
    for log_id in ("a", "b"):
        put(aws, part_of("text 1", 1, 2, log_id=log_id))
    seen, after = [], None

    while True:
        page = rows_of(aws).page(Selection(), limit=1, after=after)
        assert page.records or page.last_key is None
        seen += [(record.log_id, record.part) for record in page.records]
        after = page.last_key
        if after is None:
            break

    assert seen == [("a", 1), ("b", 1)]
    assert len(aws.records()) == 4


def test_a_claim_alone_is_not_a_log(aws: Aws) -> None:
    put(aws, part_of("text 1", 1, 2))
    aws.dynamodb.delete_item(TableName="logs", Key={"tenant_id": {"S": "acme"}, "log_id": {"S": "123#00001"}})

    assert rows_of(aws).records_of("123") == []
    assert rows_of(aws).page(Selection(), limit=10, after=None) == ([], [], None)


DAMAGES: dict[str, dict[str, Any]] = {
    "nothing but its key": {},
    "a number where a text is": {"modified_data": {"N": "1"}},
    "a text where a number is": {"redactions": {"M": {"phone": {"S": "two"}}}},
    "a word where a count is": {"part": {"N": "1"}, "parts": {"N": "1.5"}},
    "a list where counts are": {"redactions": {"L": []}},
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_row_is_left_out_of_its_page(aws: Aws, damage: dict[str, Any]) -> None:
    for log_id in ("a", "b", "c"):
        store(aws, "x", log_id=log_id)
    damage_row(aws, "b", damage)

    page = rows_of(aws).page(Selection(), limit=10, after=None)

    assert (ids(page), page.damaged, page.last_key) == (["a", "c"], ["b"], None)
    with pytest.raises(DamagedRow):
        rows_of(aws).records_of("b")


def damage_row(aws: Aws, log_id: str, damage: dict[str, Any]) -> None:
    key = {"tenant_id": {"S": "acme"}, "log_id": {"S": log_id}}
    good = aws.dynamodb.get_item(TableName=aws.table_name, Key=key)["Item"]
    aws.dynamodb.put_item(TableName=aws.table_name, Item=(good if damage else key) | damage)
