"""The query function: pages of a tenant's logs, by id and by time."""

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest

from handlers.logs.envelope import Envelope, Severity
from handlers.logs.identifiers import new_log_id
from tests.support.aws_fixtures import Aws, detailed_envelope_of
from tests.support.posting import lines, post_as
from tests.support.query_client import answer, body_of, get_page, ids_of
from tests.support.stored_logs import damage, put, store


@pytest.mark.parametrize("limit", ["", "0", "-1", "101", "1000", "1.5", "x", "1,2", " 1", "٣", "1e1"])
def test_a_limit_that_breaks_its_rule_is_refused(stack: Aws, limit: str) -> None:
    store(stack, "x")

    assert answer(get_page(limit=limit)) == (400, "invalid_request")


@pytest.mark.parametrize("prefix", ["x" * 263, "é", "a b", "\ud800", "\x00"])
def test_an_invalid_prefix_is_refused(stack: Aws, prefix: str) -> None:
    store(stack, "x")

    assert answer(get_page(prefix=prefix)) == (400, "invalid_request")


def test_pages_show_every_log_once_while_others_are_stored(stack: Aws) -> None:
    for number in range(7):
        store(stack, "x", log_id=f"log-{number}")
    first = body_of(get_page(limit="3"))
    store(stack, "x", log_id="log-00")

    seen, cursor = list(first["records"]), first["cursor"]
    while cursor:
        page = body_of(get_page(limit="3", cursor=cursor))
        seen += page["records"]
        cursor = page["cursor"]

    assert [record["log_id"] for record in seen] == [f"log-{number}" for number in range(7)]


def test_a_page_has_twenty_records_by_default(stack: Aws) -> None:
    for number in range(25):
        store(stack, "x", log_id=f"log-{number:02d}")

    page = body_of(get_page())

    assert len(page["records"]) == 20
    assert page["cursor"]
    assert len(body_of(get_page(limit="100"))["records"]) == 25


def test_a_cursor_works_neither_for_another_tenant_nor_with_another_prefix(stack: Aws) -> None:
    for number in range(3):
        store(stack, "x", log_id=f"log-{number}")
    cursor = body_of(get_page(limit="1"))["cursor"]

    assert answer(get_page(cursor=cursor, tenant_id="beta", credential_of="beta")) == (400, "invalid_request")
    assert answer(get_page(cursor=cursor, prefix="other")) == (400, "invalid_request")
    assert answer(get_page(cursor="x")) == (400, "invalid_request")


def test_the_parts_of_a_log_may_be_read_one_by_one(stack: Aws) -> None:
    for part in (1, 2):
        store(stack, f"part {part}", part=part, parts=2)

    page = body_of(get_page(prefix="123#"))

    assert [(record["log_id"], record["part"]) for record in page["records"]] == [("123", 1), ("123", 2)]


def test_a_page_too_large_for_lambda_asks_for_a_smaller_limit(stack: Aws) -> None:
    for number in range(5):
        store(stack, "\x00" * 99_000, log_id=f"log-{number}")

    response = get_page()

    assert answer(response) == (413, "payload_too_large")
    assert "smaller limit" in json.loads(response["body"])["detail"]
    assert len(body_of(get_page(limit="2"))["records"]) == 2


def test_late_logs_are_listed_by_the_time_at_which_they_happened(stack: Aws) -> None:
    now = datetime.now(UTC) - timedelta(seconds=1)  # not in the millisecond of the log without a time
    times = {"now": now, "late": now - timedelta(days=3), "ahead": now + timedelta(hours=3)}
    logs = [{"text": text, "timestamp": time.isoformat()} for text, time in times.items()]
    post_as("acme", lines(*logs, {"text": "without a time"}))
    for message in stack.waiting():
        put(stack, Envelope.from_message(message["Body"]))

    def texts(**query: str) -> list[str]:
        return [record["modified_data"] for record in body_of(get_page(**query))["records"]]

    assert texts(since="4d", until="2d") == ["late"]
    assert set(texts(since="2d", until="0s")) | {"without a time"} == {"now", "without a time"}
    assert texts(order="newest")[0] == "ahead"
    assert texts(order="oldest")[:2] == ["late", "now"]
    assert len(texts(order="oldest")) == len(texts()) == 4


@pytest.mark.parametrize(
    ("severity", "shown"), [("trace", "1234"), ("info", "234"), ("warn", "34"), ("error", "4"), ("fatal", "")]
)
def test_a_severity_shows_logs_that_are_so_severe_or_worse(stack: Aws, severity: str, shown: str) -> None:
    levels = [Severity(number=1), Severity(number=12), Severity(text="WARNING"), Severity(number=17, text="oops"), None]
    for number, level in enumerate(levels, start=1):
        put(stack, detailed_envelope_of("x", log_id=str(number), severity=level))

    assert ids_of(body_of(get_page(severity=severity))) == list(shown)
    assert len(ids_of(body_of(get_page()))) == 5


def test_the_parts_of_a_log_and_the_pieces_of_a_split_one_are_listed_by_time(stack: Aws) -> None:
    log_id = new_log_id()
    for part in (1, 2):
        store(stack, f"part {part}", part=part, parts=2, log_id=log_id)
    store(stack, "a piece", log_id=f"{log_id}.1")
    store(stack, "of a client", log_id="123")

    oldest, newest = body_of(get_page(since="1m", order="oldest")), body_of(get_page(since="1m"))

    assert [(record["log_id"], record["part"]) for record in oldest["records"]] == [
        (log_id, 1),
        (log_id, 2),
        (f"{log_id}.1", 1),
    ]
    assert newest["records"] == oldest["records"][::-1]


@pytest.mark.parametrize("query", [{"since": "yesterday"}, {"order": "up"}, {"severity": "bad"}, {"until": "15m,2h"}])
def test_a_wrong_way_to_list_by_time_is_refused(stack: Aws, query: dict[str, str]) -> None:
    store(stack, "x")

    assert answer(get_page(**query)) == (400, "invalid_request")


def test_a_damaged_row_is_left_out_of_its_page_and_named(stack: Aws, caplog: pytest.LogCaptureFixture) -> None:
    for log_id in ("a", "b", "c"):
        store(stack, "x", log_id=log_id)
    damage(stack, "b")

    with caplog.at_level(logging.INFO):
        page = body_of(get_page())

    assert [record["log_id"] for record in page["records"]] == ["a", "c"]
    assert page["damaged"] == ["b"]
    assert [event.log_id for event in caplog.records if event.message == "damaged"] == ["b"]


def test_a_page_without_damaged_rows_mentions_none(stack: Aws) -> None:
    store(stack, "x")

    assert body_of(get_page()).keys() == {"records", "cursor"}


def test_the_claim_of_a_log_in_parts_appears_in_no_page(stack: Aws) -> None:
    store(stack, "part 1", part=1, parts=2)

    assert [record["part"] for record in body_of(get_page())["records"]] == [1]
    assert body_of(get_page(prefix="123", limit="1"))["records"] != []
