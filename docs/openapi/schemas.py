"""The shapes of requests and answers as JSON Schema, taken from the models behind them."""

from typing import Any

from pydantic import TypeAdapter

from handlers.logs.identifiers import LOG_ID_PATTERN, LOG_ID_RULE, TENANT_ID_PATTERN, TENANT_ID_RULE
from handlers.logs.record import Record
from handlers.web.log_reader import JsonLog
from handlers.web.refusals import Code
from handlers.web.submission import MAX_LOGS

Schema = dict[str, Any]

TENANT_ID: Schema = {
    "type": "string",
    "pattern": TENANT_ID_PATTERN,
    "description": f"{TENANT_ID_RULE}.",
    "examples": ["acme"],
}
LOG_ID: Schema = {"type": "string", "pattern": LOG_ID_PATTERN, "description": f"{LOG_ID_RULE}.", "examples": ["123"]}
_TEXT: Schema = {"type": "string"}
_POSITION: Schema = {"type": "integer", "minimum": 0, "description": "The log's position in the request, from 0."}
_PARTS: Schema = {"type": "integer", "minimum": 2, "description": "In how many parts a long text travels."}
_RETRYABLE: Schema = {"const": True, "description": "The same request may succeed later."}


def reference(name: str) -> Schema:
    """Return a reference to a schema of `schemas()`."""
    return {"$ref": f"#/components/schemas/{name}"}


def closed(properties: Schema, *, optional: Schema | None = None, description: str = "") -> Schema:
    """Return an object with these properties and no other."""
    described = {"description": description} if description else {}
    return {
        "type": "object",
        **described,
        "properties": properties | (optional or {}),
        "required": list(properties),
        "additionalProperties": False,
    }


def schemas() -> Schema:
    """Return every named schema of the description."""
    return {
        "Log": _log(),
        "Line": _line(),
        "Lines": {"type": "array", "minItems": 1, "maxItems": MAX_LOGS, "items": reference("Line")},
        "Accepted": closed(
            {
                "status": {"const": "accepted"},
                "log_id": LOG_ID,
                "tenant_id": TENANT_ID,
                "message": _TEXT,
                "message_id": _TEXT,
            },
            optional={"parts": _PARTS},
        ),
        "Result": {"oneOf": [_accepted_result(), _rejected_result()]},
        "Outcomes": closed(
            {
                "accepted": {"type": "integer", "minimum": 1},
                "rejected": {"type": "integer", "minimum": 0},
                "results": {"type": "array", "items": reference("Result")},
            },
            description=(
                "What happened to each log of a request that carries several; with `Prefer: return=minimal`, to each"
                " that was rejected."
            ),
        ),
        "Problem": _problem(),
        "GatewayMessage": closed({"message": _TEXT}, description="The gateway's own refusal; no function was asked."),
        "Health": closed({"status": {"const": "healthy"}}),
        "Record": _record(whole=False),
        "StoredLog": _record(whole=True),
        "Page": closed(
            {
                "records": {"type": "array", "items": reference("Record")},
                "cursor": {
                    "type": ["string", "null"],
                    "description": "What the next page is asked for with; null on the last one.",
                },
            },
            optional={
                "damaged": {
                    "type": "array",
                    "minItems": 1,
                    "items": _TEXT,
                    "description": "Keys of rows that cannot be read; left out where there are none.",
                }
            },
        ),
    }


def _log() -> Schema:
    return JsonLog.model_json_schema() | {"title": "Log", "description": "One log."}


def _line() -> Schema:
    named = {name: schema for name, schema in _log()["properties"].items() if name in {"tenant_id", "log_id"}}
    whole = {
        "type": "object",
        "description": (
            "Without `text`, the whole object is the text of the log. A time in `timestamp`, `time`, `@timestamp` or"
            " `date` (since 1970, or in ISO 8601 with an offset) makes the log's id the same in a repeated request."
        ),
        "properties": named,
        "not": {"required": ["text"]},
    }
    return {"description": "One log.", "anyOf": [reference("Log"), whole]}


def _accepted_result() -> Schema:
    return closed(
        {"index": _POSITION, "status": {"const": "accepted"}, "log_id": LOG_ID, "message_id": _TEXT},
        optional={"parts": _PARTS},
    )


def _rejected_result() -> Schema:
    return closed(
        {
            "index": _POSITION,
            "status": {"const": "rejected"},
            "log_id": {"type": ["string", "null"], "description": "The id under which to send the log again."},
            "code": {"enum": list(Code)},
            "detail": _TEXT,
        },
        optional={"retryable": _RETRYABLE},
    )


def _problem() -> Schema:
    codes = "\n".join(f"| {code.status} | `{code}` | {code.meaning} |" for code in Code)
    return {
        "type": "object",
        "description": f"Why a request was refused (RFC 9457).\n\n| status | code | title |\n|---|---|---|\n{codes}",
        "properties": {
            "title": {"enum": [code.meaning for code in Code]},
            "status": {"enum": sorted({code.status for code in Code})},
            "detail": _TEXT | {"description": "The rule that was broken, and what to send instead."},
            "code": {"enum": list(Code)},
            "retryable": _RETRYABLE,
            "results": {
                "type": "array",
                "description": "One by one, where several logs were sent and all were refused.",
                "items": _rejected_result(),
            },
        },
        "required": ["title", "status", "detail", "code"],
    }


def problem_of(codes: list[Code]) -> Schema:
    """Return the schema of a problem that has one of these codes."""
    return {
        "allOf": [reference("Problem")],
        "properties": {
            "title": {"enum": [code.meaning for code in codes]},
            "status": {"enum": sorted({code.status for code in codes})},
            "code": {"enum": codes},
        },
        "unevaluatedProperties": False,
    }


def _record(*, whole: bool) -> Schema:
    """Return the schema of what the read API shows of one record, or of a whole log."""
    fields = TypeAdapter(Record).json_schema()["properties"]
    properties = {
        name: {key: field[key] for key in field if key not in {"title", "default"}} for name, field in fields.items()
    }
    optional = {
        "timestamp": _TEXT | {"description": "When it happened, in ISO 8601 with up to nine digits of a second."},
        "severity": closed(
            {},
            optional={"number": {"type": "integer", "minimum": 1, "maximum": 24}, "text": _TEXT},
            description="As OpenTelemetry numbers and names it.",
        ),
        "attributes": {"type": "object", "description": "What else its source said, redacted like the text."},
        "original_attributes": {"type": "object", "description": "Left out where the stack does not keep it."},
        "original_text": _TEXT | {"description": "Left out where the stack does not keep it."},
    }
    for unseen in ("expires_at", "fingerprint", "whole_sha256"):
        del properties[unseen]
    if whole:  # each part has a number of its own; a whole of several parts has none
        optional["part"] = properties["part"]
    required = {name: schema for name, schema in properties.items() if name not in optional}
    return closed({"path": _TEXT, **required}, optional=optional)
