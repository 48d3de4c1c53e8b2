"""Identifiers: what is a tenant, what is a log id, and how one is made."""

import re
import time
import uuid
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.logs.identifiers import (
    LOG_ID_PATTERN,
    QUEUED_LOG_ID_PATTERN,
    TENANT_ID_PATTERN,
    dead_letter_id,
    derived_log_id,
    milliseconds_in,
    new_log_id,
    timed_log_id,
)


@pytest.mark.parametrize("tenant_id", ["a", "acme", "beta_inc", "A.b-c_9", "9", "a" * 64])
def test_a_valid_tenant_id_is_accepted(tenant_id: str) -> None:
    assert re.fullmatch(TENANT_ID_PATTERN, tenant_id)


@pytest.mark.parametrize("tenant_id", ["", "_a", ".a", "-a", "a" * 65, "a b", "a/b", "ä", "a\n"])
def test_an_invalid_tenant_id_is_refused(tenant_id: str) -> None:
    assert not re.fullmatch(TENANT_ID_PATTERN, tenant_id)


@pytest.mark.parametrize("log_id", ["1", "~", "!", "a.b:c@d", "x" * 256, "...", ".a", "..a", "-", "." * 256])
def test_a_valid_log_id_is_accepted(log_id: str) -> None:
    assert re.fullmatch(LOG_ID_PATTERN, log_id)


@pytest.mark.parametrize("log_id", ["", "a#1", "a/1", "a b", "é", "\x7f", "x" * 257, "a\n", ".", ".."])
def test_an_invalid_log_id_is_refused(log_id: str) -> None:
    assert not re.fullmatch(LOG_ID_PATTERN, log_id)


def test_a_new_log_id_is_a_uuid_of_version_7_and_unique() -> None:
    made = [new_log_id() for _ in range(1000)]

    assert {(uuid.UUID(log_id).version, uuid.UUID(log_id).variant) for log_id in made} == {(7, uuid.RFC_4122)}
    assert len(set(made)) == 1000
    assert [log_id[:13] for log_id in made] == sorted(log_id[:13] for log_id in made)


NOW = datetime(2026, 1, 31, 22, 47, 57, tzinfo=UTC)
NOW_MILLISECONDS = int(NOW.timestamp() * 1000)


def timed(
    *, ago: timedelta = timedelta(0), tenant_id: str = "acme", body_digest: str = "0f", index: int = 0
) -> uuid.UUID:
    milliseconds = int((NOW - ago).timestamp() * 1000)
    log_id = timed_log_id(
        milliseconds=milliseconds,
        tenant_id=tenant_id,
        body_digest=body_digest,
        index=index,
        now_milliseconds=NOW_MILLISECONDS,
    )
    return uuid.UUID(log_id)


def test_a_timed_log_id_is_a_uuid_of_version_7_that_begins_with_the_logs_time() -> None:
    made = timed(ago=timedelta(hours=1))

    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == int((NOW - timedelta(hours=1)).timestamp() * 1000)


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(hours=23), timedelta(days=2), timedelta(days=-2)])
def test_a_timed_log_id_is_the_same_for_a_repeat_and_another_for_any_other_log(ago: timedelta) -> None:
    others = [timed(ago=ago, tenant_id="beta"), timed(ago=ago, body_digest="0e"), timed(ago=ago, index=1)]

    assert timed(ago=ago) == timed(ago=ago)
    assert len({timed(ago=ago), *others}) == 4


@pytest.mark.parametrize(
    ("ago", "version"),
    [
        (timedelta(days=1), 7),
        (timedelta(days=365 * 56), 7),
        (timedelta(days=365 * 57), 8),
        (timedelta(days=-1), 7),
        (timedelta(days=-1, milliseconds=-1), 8),
        (timedelta(days=-365 * 2000), 8),
    ],
)
def test_a_time_before_1970_or_more_than_a_day_ahead_is_not_part_of_the_id(ago: timedelta, version: int) -> None:
    assert timed(ago=ago).version == version


def test_an_update_changes_no_id() -> None:
    made = partial(timed_log_id, tenant_id="acme", body_digest="0f", index=7, now_milliseconds=NOW_MILLISECONDS)

    assert [
        made(milliseconds=1_769_899_677_559),
        made(milliseconds=-1),
        derived_log_id(tenant_id="acme", idempotency_key="k", index=7),
    ] == [
        "019c163d-d777-713c-b6c9-e094c065f87a",
        "bea6eb1d-5a9f-813c-b6c9-e094c065f87a",
        "c4a36451-2127-8df0-8505-f37ddbd2bd7f",
    ]


@pytest.mark.parametrize("piece", ["", ".1", ".12", "#00001", ".2#00001"])
def test_the_time_in_a_time_ordered_id_is_read_back(piece: str) -> None:
    made = timed(ago=timedelta(hours=1))

    assert milliseconds_in(f"{made}{piece}") == int((NOW - timedelta(hours=1)).timestamp() * 1000)
    assert abs((milliseconds_in(f"{new_log_id()}{piece}") or 0) - time.time() * 1000) < 60_000


@pytest.mark.parametrize(
    "log_id",
    [
        "123",
        str(uuid.UUID(int=timed().int, version=4)),
        str(timed(ago=timedelta(days=-2))),
        str(timed()).upper(),
        f"{timed()}-1",
        f"{timed()}#1",
        f" {timed()}",
        f"{timed()}\n",
    ],
)
def test_an_id_of_any_other_kind_holds_no_time(log_id: str) -> None:
    assert milliseconds_in(log_id) is None


def test_a_dead_letter_shares_its_id_with_its_copies_only() -> None:
    of_one = dead_letter_id(message_id="m1", body="x")

    assert of_one == dead_letter_id(message_id="m1", body="x")
    assert len({of_one, dead_letter_id(message_id="m2", body="x"), dead_letter_id(message_id="m1", body="y")}) == 3
    assert uuid.UUID(of_one).version == 8


@given(st.text("!#/.-~a %\n\x7fé", max_size=6))
def test_a_request_may_use_any_log_id_except_dot_and_dot_dot(log_id: str) -> None:
    queued = re.fullmatch(QUEUED_LOG_ID_PATTERN, log_id) is not None

    assert (re.fullmatch(LOG_ID_PATTERN, log_id) is not None) == (queued and log_id not in {".", ".."})
