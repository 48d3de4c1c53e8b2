"""The authorizer: names a tenant for a live key, and gives one and the same answer to everything else."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers import authorizer
from handlers.access.api_key import key_hash, key_id
from handlers.authorizer import handler
from tests.support.aws_fixtures import Aws, event_of

KEY = "rdp_" + "A" * 43
ALL = "write,read,read-original"
NOBODY: dict[str, Any] = {"isAuthorized": True, "context": {"tenant_id": "", "scopes": "", "key_id": ""}}


def caller(*, tenant_id: str = "acme", scopes: str = ALL, key: str = KEY) -> dict[str, Any]:
    context = {"tenant_id": tenant_id, "scopes": scopes, "key_id": key_id(key_hash(key))}
    return {"isAuthorized": True, "context": context}


def keep(aws: Aws, key: str = KEY, *, tenant_id: str = "acme", **attributes: dict[str, object]) -> None:
    item: dict[str, Any] = {"key_hash": {"S": key_hash(key)}, "tenant_id": {"S": tenant_id}, **attributes}
    aws.dynamodb.put_item(TableName=aws.key_table_name, Item=item)


def event(authorization: str | None) -> dict[str, Any]:
    headers = {} if authorization is None else {"authorization": authorization}
    return event_of("http_api_authorizer") | {"headers": headers}


def test_a_live_key_names_its_tenant(aws: Aws) -> None:
    keep(aws, expires_at={"S": (datetime.now(UTC) + timedelta(days=1)).isoformat()}, disabled={"BOOL": False})

    assert handler(event_of("http_api_authorizer"), None) == caller()


@pytest.mark.parametrize(
    ("stored", "scopes"),
    [
        ({"SS": ["write"]}, "write"),
        ({"SS": ["read", "write"]}, "write,read"),
        ({"SS": ["read-original", "from-a-later-version"]}, "read-original"),
        ({"SS": ["from-a-later-version"]}, ""),
    ],
)
def test_a_key_allows_the_scopes_it_was_made_with(aws: Aws, stored: dict[str, object], scopes: str) -> None:
    keep(aws, scopes=stored)

    assert handler(event_of("http_api_authorizer"), None) == caller(scopes=scopes)


def test_a_key_without_scopes_allows_everything(aws: Aws) -> None:
    keep(aws)

    assert handler(event_of("http_api_authorizer"), None) == caller(scopes=ALL)


@pytest.mark.parametrize(
    "damage",
    [
        {"disabled": {"S": "true"}},
        {"disabled": {"N": "1"}},
        {"disabled": {"S": "false"}},
        {"disabled": {"NULL": True}},
        {"tenant_id": {"N": "5"}},
        {"tenant_id": {"S": "a b"}},
        {"tenant_id": {"S": ""}},
        {"expires_at": {"S": "2099-01-31T22:47:57"}},
        {"expires_at": {"S": "next year"}},
        {"expires_at": {"N": "4102444800"}},
        {"scopes": {"S": "write,read"}},
        {"scopes": {"L": [{"S": "write"}]}},
        {"scopes": {"BOOL": True}},
    ],
)
def test_a_key_with_a_damaged_row_is_refused(
    aws: Aws, damage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    item = {"key_hash": {"S": key_hash(KEY)}, "tenant_id": {"S": "acme"}} | damage
    aws.dynamodb.put_item(TableName=aws.key_table_name, Item=item)

    assert handler(event_of("http_api_authorizer"), None) == NOBODY
    assert [(record.message, record.cause) for record in caplog.records] == [("key_refused", next(iter(damage)))]
    assert KEY not in caplog.text


def used(aws: Aws) -> list[tuple[str, str]]:
    items = aws.dynamodb.scan(TableName=aws.key_usage_table_name)["Items"]
    return [(item["key_hash"]["S"], item["last_used"]["S"]) for item in items]


def test_the_day_of_use_is_recorded_once_a_day_in_a_table_of_its_own(aws: Aws) -> None:
    keep(aws)
    grant = aws.dynamodb.scan(TableName=aws.key_table_name)["Items"]

    handler(event_of("http_api_authorizer"), None)
    aws.dynamodb.delete_item(TableName=aws.key_usage_table_name, Key={"key_hash": {"S": key_hash(KEY)}})
    handler(event_of("http_api_authorizer"), None)
    on_the_same_day = used(aws)
    authorizer._record_use.cache_clear()
    handler(event_of("http_api_authorizer"), None)

    assert (on_the_same_day, used(aws)) == ([], [(key_hash(KEY), f"{datetime.now(UTC):%Y-%m-%d}")])
    assert aws.dynamodb.scan(TableName=aws.key_table_name)["Items"] == grant


def test_the_use_of_a_refused_key_is_not_recorded(aws: Aws) -> None:
    keep(aws, disabled={"BOOL": True})

    handler(event_of("http_api_authorizer"), None)

    assert used(aws) == []


def test_a_request_succeeds_even_if_its_use_cannot_be_recorded(aws: Aws, caplog: pytest.LogCaptureFixture) -> None:
    keep(aws)
    aws.dynamodb.delete_table(TableName=aws.key_usage_table_name)

    assert handler(event_of("http_api_authorizer"), None) == caller()
    assert [(record.message, record.cause) for record in caplog.records] == [
        ("use_not_recorded", "ResourceNotFoundException")
    ]


@pytest.mark.parametrize(("days", "events"), [(13, ["key_expires_soon"]), (15, []), (None, [])])
def test_a_key_in_use_that_expires_soon_is_an_event(
    aws: Aws, caplog: pytest.LogCaptureFixture, days: int | None, events: list[str]
) -> None:
    expires_at = {"expires_at": {"S": (datetime.now(UTC) + timedelta(days=days)).isoformat()}} if days else {}
    keep(aws, **expires_at)

    with caplog.at_level(logging.INFO):
        handler(event_of("http_api_authorizer"), None)

    assert [record.message for record in caplog.records] == events


def test_header_names_may_be_in_any_case(aws: Aws) -> None:
    keep(aws)

    answer = handler(event(None) | {"headers": {"Authorization": f"bearer {KEY}"}}, None)

    assert answer == caller()


def test_an_unknown_a_revoked_and_an_expired_key_get_the_same_answer(aws: Aws) -> None:
    revoked, expired = "rdp_" + "R" * 43, "rdp_" + "E" * 43
    keep(aws, revoked, disabled={"BOOL": True})
    keep(aws, expired, expires_at={"S": "2020-01-01T00:00:00+00:00"})

    answers = [handler(event(f"Bearer {key}"), None) for key in (KEY, revoked, expired)]

    assert answers == [NOBODY] * 3


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Basic YTpi", "Bearer rdp_short", "Bearer \ud800"])
def test_a_header_without_a_key_gets_the_same_answer(aws: Aws, authorization: str | None) -> None:
    keep(aws)

    assert handler(event(authorization), None) == NOBODY


def test_a_key_that_cannot_be_read_now_is_neither_valid_nor_wrong(aws: Aws, caplog: pytest.LogCaptureFixture) -> None:
    keep(aws)
    aws.dynamodb.delete_table(TableName=aws.key_table_name)

    answer = handler(event_of("http_api_authorizer"), None)

    assert answer == {"isAuthorized": True, "context": NOBODY["context"] | {"is_known": "no"}}
    [event] = caplog.records
    assert (event.message, event.code, event.cause) == (
        "key_not_read",
        "table_unavailable",
        "ResourceNotFoundException",
    )
    assert KEY not in caplog.text


def firehose_event(**headers: str) -> dict[str, Any]:
    event = event_of("http_api_authorizer") | {"routeKey": "POST /firehose", "rawPath": "/firehose"}
    return event | {"headers": {name.replace("_", "-"): value for name, value in headers.items()}}


def test_firehoses_key_stands_alone_in_the_header_of_its_access_key(aws: Aws) -> None:
    keep(aws)

    assert handler(firehose_event(x_amz_firehose_access_key=KEY), None) == caller()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": f"Bearer {KEY}"},
        {"authorization": f"Bearer {KEY}", "x_amz_firehose_access_key": "rdp_" + "X" * 43},
        {"x_amz_firehose_access_key": f"Bearer {KEY}"},
        {"x_amz_firehose_access_key": f"{KEY},{KEY}"},
        {"x_amz_firehose_access_key": ""},
    ],
)
def test_on_firehoses_route_nothing_else_is_a_key(aws: Aws, headers: dict[str, str]) -> None:
    keep(aws)

    assert handler(firehose_event(**headers), None) == NOBODY


@pytest.mark.parametrize("route", ["POST /ingest", "POST /firehose/", "$default", "post /firehose", None])
def test_on_any_other_route_the_header_of_firehoses_key_counts_for_nothing(aws: Aws, route: str | None) -> None:
    keep(aws)
    event = firehose_event(x_amz_firehose_access_key=KEY) | {"routeKey": route}

    assert handler(event, None) == NOBODY


@pytest.mark.parametrize("headers", [None, {}, {"authorization": None}])
def test_a_request_without_headers_gets_the_same_answer(headers: object) -> None:
    assert handler(event(None) | {"headers": headers}, None) == NOBODY
