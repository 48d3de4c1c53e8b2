"""Following: each log once, whatever is stored late, is throttled or goes down in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError

from cli.logs.following import LONGEST_PAUSE_SECONDS, POLL_SECONDS, Follower
from handlers.aws.failures import TableUnavailable
from tests.support.many_logs import id_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from handlers.logs.time_range import TimeRange

START = datetime(2026, 1, 31, 22, 0, tzinfo=UTC)
OVERLAP_SECONDS = 120


def client_error(code: str, status: int = 400) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Query")


def unavailable(cause: Exception) -> TableUnavailable:
    error = TableUnavailable("cause")
    error.__cause__ = cause
    return error


class Stopped(Exception):
    """The test has seen enough."""


@dataclass
class Tenant:
    """A tenant whose logs are stored while time goes by, and a clock that only goes on while the follower pauses.

    Attributes:
        stored: when logs appear in the table, in seconds from the start, and the logs.
        fails: returns what goes wrong at a time, in seconds from the start.
        lasts: after how many seconds the test ends.
    """

    stored: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    fails: Callable[[float], Exception | None] = lambda _seconds: None
    lasts: float = 600
    seconds: float = 0
    pauses: list[float] = field(default_factory=list)
    ranges: list[TimeRange] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds
        if self.seconds > self.lasts:
            raise Stopped

    def read(self, times: TimeRange) -> Iterator[dict[str, Any]]:
        self.ranges.append(times)
        there = {log["log_id"]: log for appears, log in self.stored if appears <= self.seconds}
        failure = self.fails(self.seconds)
        for number, log_id in enumerate(sorted(there)):
            if times.holds(log_id):
                yield there[log_id]
            if failure and number == 0:
                break
        if failure:
            raise failure

    def shown(self, *, overlap_seconds: int = OVERLAP_SECONDS) -> list[str]:
        follower = Follower(
            read=self.read, since=milliseconds(0), overlap=overlap_seconds * 1000, clock=self, pause=self.pause
        )
        seen: list[str] = []
        with pytest.raises(Stopped):
            seen.extend(map(text_of, follower.logs()))
        return seen


def text_of(log: dict[str, Any]) -> str:
    return log.get("incomplete") or log["modified_data"]


def milliseconds(seconds: float) -> int:
    return int((START.timestamp() + seconds) * 1000)


def log_at(seconds: float, text: str, **fields: Any) -> dict[str, Any]:
    return {"log_id": id_at(milliseconds(seconds)), "modified_data": text, **fields}


def test_every_log_is_shown_once_that_is_stored_within_the_overlap() -> None:
    lags = (0, 1, 30, 59, 119)
    stored = [(second + lag, log_at(second, f"{second}")) for second, lag in enumerate(lags * 40, start=1)]

    shown = Tenant(stored).shown()

    assert sorted(shown, key=int) == [f"{second}" for second in range(1, 201)]


def test_a_log_that_is_stored_later_than_the_overlap_is_left_out() -> None:
    stored = [(10 + OVERLAP_SECONDS + 5, log_at(10, "late")), (200.0, log_at(199, "in time"))]

    assert Tenant(stored).shown() == ["in time"]
    assert Tenant(stored).shown(overlap_seconds=OVERLAP_SECONDS * 2) == ["late", "in time"]


def test_a_log_ahead_of_the_clock_is_shown_once() -> None:
    assert Tenant([(1, log_at(300, "ahead"))]).shown() == ["ahead"]


def test_each_round_reads_the_overlap_again_and_no_more() -> None:
    tenant = Tenant(lasts=400)

    tenant.shown()

    begins = [times.since for times in tenant.ranges]
    assert begins[0] == milliseconds(0)
    assert begins[-1] == milliseconds(400 - POLL_SECONDS - OVERLAP_SECONDS)
    assert begins == sorted(begins)


@pytest.mark.parametrize(
    "failure",
    [
        client_error("ProvisionedThroughputExceededException"),
        client_error("ThrottlingException"),
        client_error("InternalServerError", status=500),
        EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
        ReadTimeoutError(endpoint_url="http://127.0.0.1:1"),
    ],
)
def test_what_passes_is_outlasted_and_nothing_is_left_out(
    failure: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    # Five minutes: longer than the overlap.
    tenant = Tenant(
        [(second, log_at(second, f"{second}")) for second in range(1, 500, 10)],
        fails=lambda seconds: unavailable(failure) if 50 < seconds < 350 else None,
    )

    shown = tenant.shown()

    assert shown == [f"{second}" for second in range(1, 500, 10)]
    waits = [seconds for seconds in tenant.pauses if seconds > POLL_SECONDS]
    assert waits[:4] == [4, 8, 16, 32]
    assert max(waits) == LONGEST_PAUSE_SECONDS
    assert "Trying again in 4 s" in capsys.readouterr().err


@pytest.mark.parametrize(
    "failure", [client_error("AccessDeniedException"), client_error("ExpiredTokenException"), NoCredentialsError()]
)
def test_what_does_not_pass_ends_it(failure: Exception) -> None:
    tenant = Tenant(fails=lambda _seconds: unavailable(failure))
    follower = Follower(read=tenant.read, since=0, overlap=1, clock=tenant, pause=tenant.pause)

    with pytest.raises(TableUnavailable):
        next(follower.logs())


def test_a_log_in_parts_is_shown_when_it_is_whole() -> None:
    partly, whole = log_at(10, "", incomplete="1 of 2 parts"), log_at(10, "whole")

    assert Tenant([(11, partly), (40, whole)]).shown() == ["whole"]


def test_a_log_whose_parts_do_not_come_is_shown_as_incomplete_once() -> None:
    tenant = Tenant([(11, log_at(10, "", incomplete="1 of 2 parts")), (50, log_at(49, "other"))])

    assert tenant.shown() == ["other", "1 of 2 parts"]


def test_what_was_shown_long_ago_is_forgotten() -> None:
    tenant = Tenant([(second, log_at(second, f"{second}")) for second in range(1, 500)], lasts=500)
    follower = Follower(read=tenant.read, since=milliseconds(0), overlap=10_000, clock=tenant, pause=tenant.pause)

    assert len(list(islice(follower.logs(), 490))) == 490
    assert len(follower._shown) < 30
