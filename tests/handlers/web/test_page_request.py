"""Page requests: every parameter is read, or refused with what to send instead."""

from datetime import UTC, datetime, timedelta

import pytest

from handlers.logs.selection import Selection
from handlers.logs.time_range import TimeRange
from handlers.web.page_request import PARAMETERS, PageRequest
from handlers.web.refusals import Code, Refused

NOW = datetime(2026, 1, 31, 22, 47, 57, tzinfo=UTC)
MINUTE = 60_000
DAY = 1440 * MINUTE


class Clock:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.time = NOW

    def monotonic(self) -> float:
        return 0

    def now(self) -> datetime:
        return self.time


def milliseconds(moment: datetime = NOW) -> int:
    return int(moment.timestamp() * 1000)


def asked(clock: Clock | None = None, **query: str) -> PageRequest:
    return PageRequest.of(query, tenant_id="acme", clock=clock or Clock())


def test_without_parameters_logs_are_listed_by_id() -> None:
    request = asked()

    assert (request.selection, request.limit, request.after) == (Selection(), 20, None)


def test_a_time_range_is_listed_newest_first_unless_asked_otherwise() -> None:
    since, until = milliseconds() - 15 * MINUTE, milliseconds() - 5 * MINUTE
    times = TimeRange(since, until)

    assert asked(since="15m", until="5m").selection == Selection(times=times, newest_first=True)
    assert asked(since="15m", until="5m", order="newest").selection.newest_first
    assert not asked(since="2026-01-31T22:32:57Z", until="5m", order="oldest").selection.newest_first


def test_an_order_alone_lists_all_logs_by_time() -> None:
    assert asked(order="newest").selection.times == TimeRange(0, milliseconds() + DAY + MINUTE)


def test_a_severity_goes_with_both_ways_of_listing() -> None:
    assert asked(severity="warn", prefix="web-").selection == Selection(prefix="web-", least_severity=13)
    assert asked(severity="fatal", since="1h").selection.least_severity == 21


@pytest.mark.parametrize(
    ("query", "fix"),
    [
        ({"since": "15"}, "since must be how long ago, such as 15m"),
        ({"since": ""}, "since must be"),
        ({"until": "2026-01-31T22:47:57 01:00"}, "until must be .* [+] is written as %2B"),
        ({"since": "5m", "until": "15m"}, "since must be before until"),
        ({"since": "5m", "until": "5m"}, "since must be before until"),
        ({"since": "2026-03-01T00:00:00Z"}, "not more than a day ahead"),
        ({"order": "asc"}, "order must be newest or oldest"),
        ({"severity": "WARNING"}, "severity must be one of trace, debug, info, warn, error, fatal"),
        ({"prefix": "a", "since": "1h", "order": "newest"}, "leave out either prefix or since and order"),
        ({"prefix": "a b"}, "prefix must be at most 262"),
        ({"limit": "101"}, "limit must be a whole number from 1 to 100"),
        ({"cursor": "x"}, "send one from a page"),
    ],
)
def test_a_wrong_value_is_refused_with_what_to_send(query: dict[str, str], fix: str) -> None:
    with pytest.raises(Refused, match=fix) as refused:
        asked(**query)

    assert refused.value.refusal.code is Code.INVALID_REQUEST


def test_the_range_of_the_first_page_holds_for_all_pages() -> None:
    clock = Clock()
    first = asked(clock, since="15m")
    key = "019c1643-0000-7000-8000-000000000000"
    cursor = first.cursor_after(key)
    clock.time += timedelta(minutes=10)

    second = asked(clock, since="15m", cursor=cursor or "")

    assert (second.selection, second.after) == (first.selection, key)


@pytest.mark.parametrize(
    "query",
    [{}, {"since": "16m"}, {"since": "15m", "order": "oldest"}, {"since": "15m", "severity": "info"}, {"prefix": "0"}],
)
def test_a_cursor_goes_with_its_own_parameters_only(query: dict[str, str]) -> None:
    cursor = asked(since="15m").cursor_after("019c1643-0000-7000-8000-000000000000") or ""

    with pytest.raises(Refused, match="Only limit may change"):
        asked(**query, cursor=cursor)
    assert asked(since="15m", limit="7", cursor=cursor).limit == 7


@pytest.mark.parametrize("query", [{"since": "15m"}, {"prefix": "web-"}])
def test_a_cursor_with_a_key_from_elsewhere_is_refused_because_dynamodb_would(query: dict[str, str]) -> None:
    forged = asked(**query).cursor_after("other") or ""

    with pytest.raises(Refused, match="send one from a page"):
        asked(**query, cursor=forged)


def test_the_last_page_has_no_cursor() -> None:
    assert asked().cursor_after(None) is None


def test_every_parameter_is_listed() -> None:
    assert set(PARAMETERS) == {"since", "until", "order", "severity", "prefix", "limit", "cursor"}
