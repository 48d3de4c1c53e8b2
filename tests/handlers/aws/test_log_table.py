"""The log table: each record once, nothing overwritten, under the tenant's own credentials."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers.aws.failures import TableUnavailable
from handlers.aws.log_table import Conflict, LogTable, TenantRows
from handlers.aws.tenant_credentials import TenantCredentials
from handlers.logs.envelope import Envelope
from handlers.logs.record import Record, record_of
from handlers.redaction import Redacted, redact
from infra.budget import max_text_chars
from tests.support.aws_fixtures import Aws, envelope_of


class FakeSts:
    """Hands out credentials for any tenant."""

    def assume_role(self, **request: Any) -> dict[str, Any]:
        keys = {"AccessKeyId": request["Tags"][0]["Value"], "SecretAccessKey": "s", "SessionToken": "t"}
        return {"Credentials": keys | {"Expiration": datetime.now(UTC) + timedelta(hours=1)}}


def rows_of(aws: Aws, *, tenant_id: str = "acme", name: str = "logs", keep: bool = True, days: int = 0) -> TenantRows:
    table = LogTable(
        dynamodb=aws.dynamodb,
        name=name,
        tenants=TenantCredentials(FakeSts(), "role"),
        keep_original_text=keep,
        retention_days=days,
    )
    return table.rows_of(tenant_id, lasting_seconds=60)


def record(text: str) -> Record:
    return record_of(envelope_of(text), redact(text))


def part(text: str, number: int, parts: int) -> Envelope:
    return envelope_of(text).model_copy(update={"part": number, "parts": parts})


def test_rows_are_reached_with_the_credentials_of_their_tenant(aws: Aws) -> None:
    assert rows_of(aws, tenant_id="beta").credentials.access_key == "beta"


def test_a_record_is_written_once_and_a_second_time_is_a_duplicate(aws: Aws) -> None:
    rows = rows_of(aws)

    assert rows.put(record("x"), message_id="m1") is True
    assert rows.put(record("x"), message_id="m2") is False
    assert [item["message_id"]["S"] for item in aws.records()] == ["m1"]


def test_other_content_under_the_same_key_is_a_conflict_and_overwrites_nothing(aws: Aws) -> None:
    rows = rows_of(aws)
    rows.put(record("first"), message_id="m1")

    with pytest.raises(Conflict):
        rows.put(record("second"), message_id="m2")

    assert [item["original_text"]["S"] for item in aws.records()] == ["first"]


def test_a_conflict_is_seen_where_originals_are_not_kept(aws: Aws) -> None:
    rows = rows_of(aws, keep=False)
    rows.put(record("call 555-0199"), message_id="m1")

    with pytest.raises(Conflict):
        rows.put(record("call 555-0198"), message_id="m2")

    assert "original_text" not in aws.records()[0]


def test_what_is_stored_is_recognised_by_one_read(aws: Aws) -> None:
    rows = rows_of(aws)
    rows.put(record("x"), message_id="m1")

    assert rows.hold(envelope_of("x")) is True
    assert rows.hold(envelope_of("x", log_id="other")) is False
    with pytest.raises(Conflict):
        rows.hold(envelope_of("y"))


def test_each_part_has_a_key_of_its_own_and_says_which_it_is(aws: Aws) -> None:
    rows = rows_of(aws)

    for number in (1, 2):
        envelope = part(f"text {number}", number, 2)
        rows.put(record_of(envelope, redact(envelope.text)), message_id=f"m{number}")

    items = {item["log_id"]["S"]: (item["part"]["N"], item["parts"]["N"]) for item in aws.records()}
    assert items == {"123#00001": ("1", "2"), "123#00002": ("2", "2")}
    assert rows.hold(part("text 2", 2, 2)) is True
    assert rows.hold(envelope_of("text 1")) is False


@pytest.mark.parametrize("call", ["hold", "put"])
def test_a_part_that_two_texts_have_in_common_belongs_to_the_first_one_alone(aws: Aws, call: str) -> None:
    rows = rows_of(aws)
    of_one, of_other = (part("the same", 1, 2).model_copy(update={"whole_sha256": digit * 64}) for digit in ("1", "2"))
    rows.put(record_of(of_one, redact(of_one.text)), message_id="m1")

    assert rows.hold(of_one) is True
    with pytest.raises(Conflict):
        _ = rows.hold(of_other) if call == "hold" else rows.put(record_of(of_other, redact("")), message_id="m2")


@pytest.mark.parametrize("call", ["hold", "put"])
def test_a_table_that_refuses_is_named_and_quotes_nothing(aws: Aws, call: str) -> None:
    rows = rows_of(aws, name="gone")

    with pytest.raises(TableUnavailable) as refused:
        _ = rows.hold(envelope_of("x")) if call == "hold" else rows.put(record("x"), message_id="m")

    assert str(refused.value) == "ResourceNotFoundException"


@pytest.mark.parametrize("text", ["\x00\x1b[31m\x7f\x85", "\ufffe\uffff", "😀é\u2028", "שלום עולם", "a" * 10_000])
def test_any_unicode_text_comes_back_as_it_was(aws: Aws, text: str) -> None:
    rows_of(aws).put(record(text), message_id="m")

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
    put: list[dict[str, Any]] = []
    monkeypatch.setattr(aws.dynamodb, "put_item", lambda **arguments: put.append(arguments["Item"]))

    rows_of(aws, days=1).put(record_of(envelope, redact(text)), message_id="m" * 100)

    assert sum(len(name.encode()) + size_of(value) for name, value in put[0].items()) <= 400 * 1024


def test_a_text_of_which_nothing_is_left_is_stored(aws: Aws) -> None:
    rows_of(aws).put(record_of(envelope_of("x"), Redacted("", {})), message_id="m")

    [item] = aws.records()
    assert (item["modified_data"]["S"], item["redactions"]["M"]) == ("", {})
