"""A client of the HEC door: sends requests to ingest, and reads what is in the queue."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from handlers.ingest import handler
from handlers.web.doors import MODULES
from tests.support.aws_fixtures import Context, event_of
from tests.support.fake_sqs import FakeSqs

TIME = "1769899677.559836123"
TENANT = {"x-tenant-id": "acme"}
SUCCESS = {"text": "Success", "code": 0}
EVENT, RAW = "/services/collector/event", "/services/collector/raw"
PATHS = [path for path in MODULES if path.startswith("/services/collector")]
JSON = "application/json"
CPU_SECONDS = 2
Answer = dict[str, Any]


def send(
    body: str | bytes,
    path: str = EVENT,
    content_type: str | None = JSON,
    *,
    headers: Mapping[str, str] = TENANT,
    credential: str | None = None,
    method: str = "POST",
    **query: str,
) -> Answer:
    """Send a request; bytes as a gateway hands over what it does not take for text."""
    event = event_of("http_api_json") | {"rawPath": path, "body": body, "isBase64Encoded": False}
    if isinstance(body, bytes):
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    event["headers"] = ({} if content_type is None else {"content-type": content_type}) | dict(headers)
    event["queryStringParameters"] = query
    event["requestContext"]["http"]["method"] = method
    if credential is not None:
        event["requestContext"]["authorizer"] = {"lambda": {"tenant_id": credential}}
    return handler(event, Context())


def said(answer: Answer) -> tuple[int, int]:
    """Return status and code of an answer in HEC's form."""
    assert answer["headers"]["content-type"] == "application/json"
    body = json.loads(answer["body"])
    assert body.keys() <= {"text", "code", "detail", "invalid-event-number"}
    return answer["statusCode"], body["code"]


def one(ingest: FakeSqs) -> dict[str, Any]:
    [envelope] = ingest.envelopes()
    return envelope
