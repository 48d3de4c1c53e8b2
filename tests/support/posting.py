"""Requests to `POST /ingest` as tests write them: a body, its logs, and what the answer says."""

import base64
import json
from typing import Any

from handlers.ingest import handler
from tests.support.aws_fixtures import Context, event_of

NDJSON = "application/x-ndjson"


def post(body: str | bytes, content_type: str = NDJSON, **headers: str) -> dict[str, Any]:
    """Post a body; bytes as a gateway hands over what it does not take for text."""
    event = event_of("http_api_json") | {"body": body, "isBase64Encoded": False}
    if isinstance(body, bytes):
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    event["headers"] = {"content-type": content_type} | {n.replace("_", "-"): value for n, value in headers.items()}
    return handler(event, Context())


def post_as(tenant_id: str | None, body: str, content_type: str = NDJSON, **headers: str) -> dict[str, Any]:
    """Post a body that an authorizer let in for this tenant."""
    event = event_of("http_api_json") | {"body": body}
    event["headers"] = {"content-type": content_type} | {n.replace("_", "-"): value for n, value in headers.items()}
    event["requestContext"]["authorizer"] = {"lambda": {"tenant_id": tenant_id}}
    return handler(event, Context())


def body_of(response: dict[str, Any]) -> dict[str, Any]:
    """Return what an answer says."""
    return json.loads(response["body"])


def lines(*logs: object) -> str:
    """Return a body with one log per line; a string is a line as it stands."""
    return "\n".join(log if isinstance(log, str) else json.dumps(log) for log in logs)


def log(text: str = "x", **more: object) -> dict[str, object]:
    """Return a log that breaks no rule."""
    return {"tenant_id": "acme", "text": text, **more}
