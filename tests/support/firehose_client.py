"""A client of the Firehose door: delivers records to ingest as Firehose and CloudWatch Logs do."""

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

from handlers.ingest import handler
from tests.support.aws_fixtures import Context, event_of

REQUEST_ID = "ed4acda5-034f-9f42-bba1-f29aea6d7d8f"
EVENT_ID = "37214854129034709823409857234098572340985723409857234098"
NOW_MS = 1_769_899_677_559
NO_ID = ""
Answer = dict[str, Any]


def common(**attributes: object) -> dict[str, str]:
    return {"x-amz-firehose-common-attributes": json.dumps({"commonAttributes": attributes})}


ACME = common(tenant_id="acme")


def deliver(
    body: str,
    headers: Mapping[str, str] = ACME,
    *,
    request_id: str = REQUEST_ID,
    credential: str | None = None,
    content_type: str = "application/json",
) -> Answer:
    event = event_of("http_api_json") | {"rawPath": "/firehose", "body": body, "isBase64Encoded": False}
    event["headers"] = {"content-type": content_type, "x-amz-firehose-request-id": request_id, **headers}
    if credential is not None:
        event["requestContext"]["authorizer"] = {"lambda": {"tenant_id": credential}}
    return handler(event, Context())


def records(*contents: bytes | str, request_id: str = REQUEST_ID) -> str:
    data = [content.encode() if isinstance(content, str) else content for content in contents]
    encoded = [{"data": base64.b64encode(content).decode()} for content in data]
    return json.dumps({"requestId": request_id, "timestamp": NOW_MS, "records": encoded})


def packed(content: bytes) -> bytes:
    # Without a time, so that a test has the same name in every process.
    return gzip.compress(content, mtime=0)


def message(*events: object, kind: str = "DATA_MESSAGE", **fields: object) -> bytes:
    named = {"owner": "123456789012", "logGroup": "/aws/lambda/pay", "logStream": "2026/01/31/[1]0f"}
    written = json.dumps({"messageType": kind, **named, "subscriptionFilters": ["all"], "logEvents": events, **fields})
    return packed(written.encode())


def log_event(text: object = "call 555-0199", event_id: object = EVENT_ID, at: object = NOW_MS) -> dict[str, object]:
    return {"id": event_id, "timestamp": at, "message": text}


def said(answer: Answer) -> dict[str, Any]:
    assert answer["headers"]["content-type"] == "application/json"
    return json.loads(answer["body"])
