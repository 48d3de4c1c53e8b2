"""Time ranges over 100,000 logs of a tenant: a request reads what it shows, and never more than it may."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from handlers.aws.items import Item, item_of
from handlers.aws.log_table import MOST_QUERIES_PER_PAGE, ROWS_PER_FILTERED_QUERY, LogTable
from handlers.aws.tenant_credentials import TenantCredentials
from handlers.logs.selection import Selection
from handlers.logs.time_range import TimeRange
from tests.support.aws_fixtures import Aws
from tests.support.checkout import ROOT
from tests.support.many_logs import QueriedTable, id_at, log_record
from tests.support.query_client import answer, body_of, get_page
from tests.support.stored_logs import FakeSts, rows_of

LOGS = 100_000
FIRST = 1_700_000_000_000
STEP = 1000
EVERY_THOUSANDTH = {"number": 17}


def time_of(number: int) -> str:
    """Return when a log happened, as a request writes it."""
    return str(FIRST + STEP * number)


@cache
def ids() -> list[str]:
    """Return the ids of a log a second."""
    return [id_at(FIRST + STEP * number, number=number) for number in range(LOGS)]


@cache
def positions() -> dict[str, int]:
    return {log_id: number for number, log_id in enumerate(ids())}


def item_at(log_id: str) -> Item:
    severity = EVERY_THOUSANDTH if positions().get(log_id, 1) % 1000 == 0 else {"number": 9}
    return item_of(log_record(log_id, severity=severity))


@pytest.fixture
def table(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> QueriedTable:
    """Return the table behind the query function."""
    monkeypatch.setenv("AUTH", "api-key")
    table = QueriedTable(ids(), item_at)
    opened = LogTable(dynamodb=table, name=aws.table_name, tenants=TenantCredentials(FakeSts(), "role"))
    monkeypatch.setattr("handlers.query.log_table", lambda *_args, **_options: opened)
    return table


def pages(**query: str) -> Iterator[dict[str, Any]]:
    page = body_of(get_page(**query))
    yield page
    while page["cursor"]:
        page = body_of(get_page(**query, cursor=page["cursor"]))
        yield page


def shown(**query: str) -> list[str]:
    return [record["log_id"] for page in pages(**query) for record in page["records"]]


@pytest.mark.parametrize(
    ("order", "expected"), [("oldest", slice(50_000, 50_250)), ("newest", slice(50_249, 49_999, -1))]
)
def test_a_range_reads_the_rows_that_it_shows_and_no_others(table: QueriedTable, order: str, expected: slice) -> None:
    found = shown(since=time_of(50_000), until=time_of(50_250), order=order, limit="100")

    assert found == ids()[expected]
    assert (table.rows, table.queries) == (250, 3)
    # Half a kilobyte each.
    assert table.units <= 250 * 512 / 4096 + 3


def test_a_page_of_the_newest_logs_reads_one_page(table: QueriedTable) -> None:
    page = body_of(get_page(order="newest"))

    assert [record["log_id"] for record in page["records"]] == ids()[:-21:-1]
    assert (table.rows, table.queries) == (20, 1)


@pytest.mark.parametrize(
    "selection",
    [
        Selection(),
        Selection(prefix=ids()[0][:10]),
        Selection(times=TimeRange(FIRST + STEP, FIRST + 6 * STEP)),
        Selection(times=TimeRange(FIRST + STEP, FIRST + 6 * STEP), newest_first=True),
    ],
)
@pytest.mark.parametrize("limit", [1, 3, 20])
def test_the_table_of_these_tests_answers_as_moto_does(aws: Aws, selection: Selection, limit: int) -> None:
    keys = [f"{ids()[2]}#00001", f"{ids()[2]}#00002", "123", "z", *ids()[:10]]
    for key in keys:
        aws.dynamodb.put_item(TableName=aws.table_name, Item=item_at(key) | {"log_id": {"S": key}})
    fake = QueriedTable(sorted(keys), lambda key: item_at(key) | {"log_id": {"S": key}})
    on_moto = rows_of(aws)
    on_fake = replace(on_moto, table=replace(on_moto.table, dynamodb=fake))
    after: str | None = None

    while True:
        page = on_moto.page(selection, limit=limit, after=after)
        assert on_fake.page(selection, limit=limit, after=after).records == page.records
        after = page.last_key
        if after is None:
            break


def test_an_empty_range_reads_nothing(table: QueriedTable) -> None:
    assert shown(since=str(FIRST + 1), until=str(FIRST + STEP)) == []
    assert (table.rows, table.units) == (0, 1)


def test_a_severity_that_few_logs_have_is_found_page_by_page_in_bounded_steps(table: QueriedTable) -> None:
    read_before, reads, found = 0, [], []
    for page in pages(order="oldest", since=time_of(80_000), until=time_of(LOGS), severity="error", limit="2"):
        found += [record["log_id"] for record in page["records"]]
        reads.append(table.rows - read_before)
        read_before = table.rows

    assert found == ids()[80_000::1000]
    assert max(reads) <= MOST_QUERIES_PER_PAGE * ROWS_PER_FILTERED_QUERY
    # What a request has read behind the last log that it shows, the next one reads again.
    assert sum(reads) <= 20_000 + len(reads) * ROWS_PER_FILTERED_QUERY


def test_a_page_that_shows_nothing_still_goes_on(table: QueriedTable) -> None:
    page = body_of(get_page(since=time_of(1), until=time_of(5000), order="oldest", severity="fatal"))

    assert (page["records"], table.rows) == ([], 2500)
    assert page["cursor"]
    assert shown(since=time_of(1), until=time_of(5000), order="oldest", severity="fatal") == []


def test_ids_of_other_kinds_are_not_listed_by_time(table: QueriedTable) -> None:
    # Enough of them lie between the keys of two seconds to fill more than one request.
    others = [f"{ids()[0][:13]}-7x{number:04}" for number in range(3000)]
    table.keys = sorted([*ids()[:3], *others])

    assert shown(since=time_of(0), until=time_of(3), order="oldest") == ids()[:3]
    assert shown(prefix=others[0]) == [others[0]]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("start", [FIRST - STEP, FIRST + STEP * LOGS])
def test_no_cursor_leads_out_of_the_range(start: int) -> None:
    cursor = body_of(get_page(since=time_of(5), until=time_of(50)))["cursor"]

    assert answer(get_page(since=time_of(5), until=time_of(50), cursor=cursor))[0] == 200
    assert answer(get_page(since=str(start), until=time_of(LOGS + 5), cursor=cursor)) == (400, "invalid_request")


def test_the_page_about_reading_says_how_much_a_request_reads() -> None:
    most = MOST_QUERIES_PER_PAGE * ROWS_PER_FILTERED_QUERY

    assert f"reads at most {most:,} rows" in (ROOT / "docs/reading.md").read_text()
