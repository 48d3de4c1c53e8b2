"""The authorizer: names a tenant for a live key, and gives one and the same answer to everything else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers.authorizer import handler
from handlers.web.api_key import key_hash
from tests.support.aws_fixtures import Aws, event_of

KEY = "rdp_" + "A" * 43
NOBODY = {"isAuthorized": True, "context": {"tenant_id": ""}}


def keep(aws: Aws, key: str = KEY, *, tenant_id: str = "acme", **attributes: dict[str, object]) -> None:
    item: dict[str, Any] = {"key_hash": {"S": key_hash(key)}, "tenant_id": {"S": tenant_id}, **attributes}
    aws.dynamodb.put_item(TableName=aws.key_table_name, Item=item)


def event(authorization: str | None) -> dict[str, Any]:
    headers = {} if authorization is None else {"authorization": authorization}
    return event_of("http_api_authorizer") | {"headers": headers}


def test_a_live_key_names_its_tenant(aws: Aws) -> None:
    keep(aws, expires_at={"S": (datetime.now(UTC) + timedelta(days=1)).isoformat()}, disabled={"BOOL": False})

    assert handler(event_of("http_api_authorizer"), None) == {"isAuthorized": True, "context": {"tenant_id": "acme"}}


def test_header_names_may_come_in_any_case(aws: Aws) -> None:
    keep(aws)

    answer = handler(event(None) | {"headers": {"Authorization": f"bearer {KEY}"}}, None)

    assert answer["context"] == {"tenant_id": "acme"}


def test_an_unknown_a_revoked_and_an_expired_key_get_the_same_answer(aws: Aws) -> None:
    revoked, expired = "rdp_" + "R" * 43, "rdp_" + "E" * 43
    keep(aws, revoked, disabled={"BOOL": True})
    keep(aws, expired, expires_at={"S": "2020-01-01T00:00:00+00:00"})

    answers = [handler(event(f"Bearer {key}"), None) for key in (KEY, revoked, expired)]

    assert answers == [NOBODY] * 3


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Basic YTpi", "Bearer rdp_short", "Bearer \ud800"])
def test_a_header_that_holds_no_key_gets_that_answer_too(aws: Aws, authorization: str | None) -> None:
    keep(aws)

    assert handler(event(authorization), None) == NOBODY


@pytest.mark.parametrize("headers", [None, {}, {"authorization": None}])
def test_a_request_without_headers_gets_that_answer_too(headers: object) -> None:
    assert handler(event(None) | {"headers": headers}, None) == NOBODY
