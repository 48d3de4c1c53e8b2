"""The route with only json and boto3: the least that a function can do."""

from __future__ import annotations

import json
from typing import Any

import boto3

from bench.compare.alternatives.contract import Invalid, accepted, check_log, message_of, with_log_id

sqs = boto3.client("sqs")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one request of an HTTP API (payload format 2.0)."""
    http = event["requestContext"]["http"]
    if event["rawPath"] != "/ingest" or http["method"] != "POST":
        return {"statusCode": 404, "body": ""}
    try:
        log, source = _log(event)
    except ValueError as error:
        return _json(400, {"error": str(error)})
    log = with_log_id(log)
    return _json(202, accepted(log, sqs.send_message(**message_of(log, source))))


def _log(event: dict[str, Any]) -> tuple[dict[str, Any], str]:
    headers = {name.lower(): value for name, value in event["headers"].items()}
    media_type = headers.get("content-type", "").partition(";")[0]
    if media_type == "application/json":
        return check_log(json.loads(event["body"])), "json_upload"
    if media_type == "text/plain":
        return check_log({"tenant_id": headers.get("x-tenant-id"), "text": event["body"]}), "text_upload"
    raise Invalid("send JSON or text")


def _json(status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
