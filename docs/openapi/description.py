"""The whole description, and the operations that are ours: what `POST /ingest` and the read API take and answer."""

import json
from pathlib import Path

from docs.openapi.doors import doors
from docs.openapi.parts import JSON, Part, answer, header, path, query, refusals
from docs.openapi.schemas import LOG_ID, TENANT_ID, reference, schemas
from handlers.logs.identifiers import IDEMPOTENCY_KEY_PATTERN, IDEMPOTENCY_KEY_RULE
from handlers.logs.moment import MOMENT_RULE
from handlers.logs.selection import ORDERS
from handlers.logs.severity import LEVELS
from handlers.web.doors.ingest import BRIEFLY
from handlers.web.page_request import DEFAULT_LIMIT, MOST_RECORDS, PREFIX_PATTERN
from handlers.web.refusals import Code
from handlers.web.request import MAX_BASE64_BYTES, MAX_BODY_CHARS
from handlers.web.submission import MAX_LOGS

FILE = Path(__file__).parents[1] / "openapi.json"

INGEST_CODES = (
    Code.INVALID_JSON,
    Code.INVALID_REQUEST,
    Code.MISSING_TENANT,
    Code.TENANT_MISMATCH,
    Code.UNAUTHENTICATED,
    Code.WRONG_TENANT,
    Code.INSUFFICIENT_SCOPE,
    Code.PAYLOAD_TOO_LARGE,
    Code.UNSUPPORTED_MEDIA_TYPE,
    Code.OVERLOADED,
    Code.QUEUE_UNAVAILABLE,
    Code.TABLE_UNAVAILABLE,
    Code.INTERNAL_ERROR,
)
READ_CODES = (
    Code.INVALID_REQUEST,
    Code.UNAUTHENTICATED,
    Code.WRONG_TENANT,
    Code.INSUFFICIENT_SCOPE,
    Code.NOT_FOUND,
    Code.PAYLOAD_TOO_LARGE,
    Code.TABLE_UNAVAILABLE,
    Code.RECORD_DAMAGED,
    Code.INTERNAL_ERROR,
)


def description() -> Part:
    """Return the description as the OpenAPI Specification 3.1 asks for it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Robust data processor",
            "version": "1",
            "description": (
                "Takes logs of many tenants, redacts them, and keeps them tenant by tenant. Another path gets"
                f" {Code.NOT_FOUND.status} `{Code.NOT_FOUND}`, another method {Code.METHOD_NOT_ALLOWED.status}"
                f" `{Code.METHOD_NOT_ALLOWED}` with the header `Allow`."
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [
            {
                "url": "https://{api}.execute-api.{region}.amazonaws.com",
                "description": "What `pulumi stack output api_gateway_url` says.",
                "variables": {"api": {"default": "a1b2c3d4e5"}, "region": {"default": "us-east-1"}},
            }
        ],
        "paths": {
            "/ingest": {"post": _ingest()},
            **doors(),
            "/health": {"get": _health()},
            "/tenants/{tenant_id}/processed_logs": {"get": _page()},
            "/tenants/{tenant_id}/processed_logs/{log_id}": {"get": _log()},
        },
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key (`rdp_...`) or a JSON Web Token, as the stack is set up.",
                },
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "An API key as the password; the name does not matter.",
                },
                "splunk": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`Splunk` and an API key.",
                },
                "firehose": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-Amz-Firehose-Access-Key",
                    "description": "An API key alone.",
                },
            },
        },
    }


def as_text(described: Part) -> str:
    """Return a description as its file holds it."""
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def _ingest() -> Part:
    accepted = {"oneOf": [reference("Accepted"), reference("Outcomes")]}
    return {
        "operationId": "ingest",
        "summary": "Take one log, or several",
        "description": (
            "What is called accepted is in the queue. A tenant is named by the credential, by the header `X-Tenant-ID`"
            " or by `tenant_id` in the body; where more than one names it, they must agree. An empty header counts as"
            " none. A single JSON object without `text` takes its tenant from the credential or the header."
            f" A body under {JSON} or text/plain has at most {MAX_BODY_CHARS:,} characters, of which Lambda"
            f" counts a quote, a backslash and a line break twice; under any other type, {MAX_BASE64_BYTES:,} bytes."
        ),
        "security": [{}, {"bearer": []}],
        "parameters": [
            header("X-Tenant-ID", TENANT_ID, "Whose logs they are."),
            header("X-Log-ID", LOG_ID, "The id of the one log that is sent; made by the server where none is given."),
            header(
                "Idempotency-Key",
                {"type": "string", "pattern": IDEMPOTENCY_KEY_PATTERN, "description": f"{IDEMPOTENCY_KEY_RULE}."},
                "Ids that the server makes are derived from it: the request can be repeated and is stored once.",
            ),
            header(
                "Prefer",
                {"type": "string", "examples": [BRIEFLY]},
                f"`{BRIEFLY}` leaves the results of accepted logs out of the answer to several logs (RFC 7240).",
            ),
            header(
                "Content-Encoding",
                {"enum": ["identity", "gzip"]},
                f"`gzip` for `application/x-ndjson`, `application/jsonl` and `application/octet-stream`; under {JSON}"
                " and text/plain the gateway damages it.",
            ),
        ],
        "requestBody": {"required": True, "content": _bodies()},
        "responses": {
            "202": answer("All of it was accepted.", accepted),
            "207": answer("Some of the logs were accepted; `results` says which.", reference("Outcomes")),
            **refusals(INGEST_CODES),
        },
    }


def _bodies() -> Part:
    lines = f"One `Line` as JSON per line, at most {MAX_LOGS}."
    logs = {
        "one": {"value": {"tenant_id": "acme", "log_id": "123", "text": "User 555-0199..."}},
        "several": {"value": [{"tenant_id": "acme", "text": "first"}, {"tenant_id": "beta_inc", "text": "second"}]},
    }
    newline_delimited = {
        "schema": {"type": "string", "minLength": 1, "description": lines},
        "example": '{"tenant_id": "acme", "text": "first"}\n{"tenant_id": "acme", "level": "info"}\n',
    }
    return {
        JSON: {"schema": {"oneOf": [reference("Line"), reference("Lines")]}, "examples": logs},
        "text/plain": {"schema": {"type": "string", "minLength": 1, "description": "The text of one log, in UTF-8."}},
        "application/x-ndjson": newline_delimited,
        "application/jsonl": newline_delimited,
        "application/gzip": {"schema": {"type": "string", "format": "binary", "description": f"Packed: {lines}"}},
        "application/octet-stream": {
            "schema": {
                "type": "string",
                "format": "binary",
                "minLength": 1,
                "description": "The text of one log, in UTF-8; the gateway hands it over as it is, packed or not.",
            }
        },
    }


def _health() -> Part:
    return {
        "operationId": "health",
        "summary": "Say whether the front door works",
        "security": [],
        "responses": {"200": answer("It does.", reference("Health")), **refusals((Code.INVALID_REQUEST,))},
    }


def _page() -> Part:
    moment = {"type": "string", "examples": ["15m", "2026-01-31T22:47:57Z"]}
    return {
        "operationId": "list_logs",
        "summary": "Show a page of stored records",
        "description": (
            "There only where the stack authenticates tenants. With `since`, `until` or `order`, it lists logs by time,"
            " and only those whose id holds their time: a UUIDv7, as the server makes it. Any other id is listed"
            " without them, by `prefix`. A page may hold fewer records than its limit, even none, and still have a"
            " cursor: then a request has read as much as one may."
        ),
        "security": [{"bearer": []}],
        "parameters": [
            path("tenant_id", TENANT_ID),
            query("since", moment, f"Only logs from this time on: {MOMENT_RULE}."),
            query("until", moment, "Only logs before this time, written like `since`."),
            query(
                "order",
                {"enum": list(ORDERS), "default": ORDERS[0]},
                "By time, which log comes first.",
            ),
            query("severity", {"enum": list(LEVELS)}, "Only logs of this severity or a worse one."),
            query(
                "prefix",
                {"type": "string", "pattern": f"^{PREFIX_PATTERN}$"},
                "How the log ids begin; not together with `since`, `until` or `order`.",
            ),
            query(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": MOST_RECORDS, "default": DEFAULT_LIMIT},
                "How many records a page holds at the most.",
            ),
            query(
                "cursor",
                {"type": "string"},
                "What the page before gave, to go on; with the same parameters, of which only `limit` may change.",
            ),
        ],
        "responses": {
            "200": answer("Records in the order of their ids or times.", reference("Page")),
            **refusals(READ_CODES),
        },
    }


def _log() -> Part:
    return {
        "operationId": "show_log",
        "summary": "Show one stored log, whole",
        "description": "There only where the stack authenticates tenants.",
        "security": [{"bearer": []}],
        "parameters": [path("tenant_id", TENANT_ID), path("log_id", LOG_ID)],
        "responses": {"200": answer("The log.", reference("StoredLog")), **refusals(READ_CODES)},
    }
