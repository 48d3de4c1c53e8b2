"""A client of the query function: asks for a log or a page with a credential, and reads the answer."""

import json
from typing import Any

from handlers.query import handler
from tests.support.aws_fixtures import Context, event_of


def credential(tenant_id: object, scopes: str) -> dict[str, Any]:
    return {"lambda": {"tenant_id": tenant_id, "scopes": scopes, "key_id": "0a1b2c3d4e5f"}}


def get_log(
    log_id: str = "123",
    *,
    tenant_id: str = "acme",
    credential_of: object = "acme",
    scopes: str = "read-original",
    query: dict[str, str] | None = None,
) -> dict[str, Any]:
    event = event_of("http_api_read_log") | {"pathParameters": {"tenant_id": tenant_id, "log_id": log_id}}
    event["queryStringParameters"] = query
    event["requestContext"]["authorizer"] = credential(credential_of, scopes)
    return handler(event, Context())


def get_page(
    *, tenant_id: str = "acme", credential_of: object = "acme", scopes: str = "read-original", **query: str
) -> dict[str, Any]:
    event = event_of("http_api_read_page") | {"pathParameters": {"tenant_id": tenant_id}}
    event["queryStringParameters"] = query
    event["requestContext"]["authorizer"] = credential(credential_of, scopes)
    return handler(event, Context())


def answer(response: dict[str, Any]) -> tuple[int, Any]:
    body = json.loads(response["body"])
    return response["statusCode"], body.get("code")


def body_of(response: dict[str, Any]) -> dict[str, Any]:
    assert response["statusCode"] == 200
    return json.loads(response["body"])


def ids_of(page: dict[str, Any]) -> list[str]:
    return [record["log_id"] for record in page["records"]]
