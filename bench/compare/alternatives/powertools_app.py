"""The route with the event handler of Powertools for AWS Lambda."""

from __future__ import annotations

import json
from typing import Any

import boto3
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from bench.compare.alternatives.contract import Invalid, accepted, check_log, message_of, with_log_id

app = APIGatewayHttpResolver()
sqs = boto3.client("sqs")


@app.exception_handler(Invalid)
def _invalid(error: Invalid) -> Response[str]:
    return Response(400, "application/json", json.dumps({"error": str(error)}))


@app.post("/ingest")
def ingest() -> tuple[dict[str, str], int]:
    """Take one log."""
    event = app.current_event
    media_type = event.headers.get("content-type", "").partition(";")[0]
    if media_type == "application/json":
        log, source = check_log(event.json_body), "json_upload"
    elif media_type == "text/plain":
        log, source = check_log({"tenant_id": event.headers.get("x-tenant-id"), "text": event.body}), "text_upload"
    else:
        raise Invalid("send JSON or text")
    log = with_log_id(log)
    return accepted(log, sqs.send_message(**message_of(log, source))), 202


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request of an HTTP API (payload format 2.0)."""
    return app.resolve(event, context)
