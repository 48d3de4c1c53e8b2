"""Splunk's HTTP Event Collector in the description: what it takes and what it answers."""

from docs.openapi.parts import JSON, Part, answer, header, protocol_refusals, query
from docs.openapi.schemas import TENANT_ID, closed

_REFUSALS = [2, 3, 4, 5, 6, 7, 9, 12, 13, 15, 16]
_TIME = r"^[+-]?[0-9]{1,30}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,2})?$"
_EVENT: Part = {
    "type": "object",
    "properties": {
        "event": {
            "type": ["string", "object", "array", "number", "boolean"],
            "minLength": 1,
            "description": "What was logged; all but a string is kept as JSON.",
        },
        "time": {
            "description": "Seconds since 1970, to the nanosecond.",
            "anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^$|{_TIME}"}, {"type": "null"}],
        },
        "fields": {"type": ["object", "null"]},
    },
    "required": ["event"],
}
_EVENTS: Part = {JSON: {"schema": {"oneOf": [_EVENT, {"type": "array", "minItems": 1, "items": _EVENT}]}}}
_LINES: Part = {"text/plain": {"schema": {"type": "string", "minLength": 1, "pattern": r"\S"}}}


def hec() -> Part:
    """Return the operations of the collector, by path."""
    described: Part = {}
    for suffix, version in (("", ""), ("_v1", "/1.0")):
        path = "/services/collector"
        described[f"{path}{version}"] = {"post": _collector(f"hec{suffix}", _EVENTS)}
        described[f"{path}/event{version}"] = {"post": _collector(f"hec_event{suffix}", _EVENTS)}
        described[f"{path}/raw{version}"] = {"post": _collector(f"hec_raw{suffix}", _LINES)}
        described[f"{path}/health{version}"] = {"get": _health(f"hec_health{suffix}")}
    return described


def _collector(operation_id: str, content: Part) -> Part:
    text: Part = {"type": "string"}
    return {
        "operationId": operation_id,
        "summary": "Take logs as Splunk's HTTP Event Collector does",
        "description": (
            "JSON objects one after another without separators, or an array; under `raw`, lines. The content type does"
            " not matter, but under application/json and text/plain the gateway damages gzip. Where the stack asks for"
            " no credential, `index` names the tenant. `OPTIONS` is answered with 200, without a credential."
        ),
        "security": [{}, {"bearer": []}, {"basic": []}, {"splunk": []}],
        "parameters": [
            header("X-Tenant-ID", TENANT_ID, "Whose logs they are; a credential says it too."),
            *(query(name, text, f"The {name} of events that name none.") for name in ("host", "source", "sourcetype")),
            query("index", text, "The index of events that name none."),
            query("time", {"type": "string", "pattern": f"^$|{_TIME}"}, "The time of events that have none."),
            query("channel", text, "Changes nothing."),
            query("auto_extract_timestamp", text, "Changes nothing."),
        ],
        "requestBody": {"required": True, "content": content},
        "responses": {
            "200": answer("All of it was accepted.", _answer([0])),
            **protocol_refusals(
                {
                    400: "Part or all of it can never be accepted; what is valid was accepted where a number is named",
                    401: "The credential is missing or malformed",
                    403: "The credential belongs to no tenant or to another one, or does not allow this",
                    413: "The request is too large",
                    503: "Not all of it is in the queue; the same request may be sent again",
                },
                {JSON: {"schema": _answer(_REFUSALS)}},
            ),
        },
    }


def _health(operation_id: str) -> Part:
    return {
        "operationId": operation_id,
        "summary": "Say to HEC's clients that the front door works",
        "security": [],
        "responses": {"200": answer("It does.", _answer([17]))},
    }


def _answer(codes: list[int]) -> Part:
    return closed(
        {"text": {"type": "string"}, "code": {"enum": codes}},
        optional={
            "detail": {"type": "string", "description": "The rule that was broken, and what to send instead."},
            "invalid-event-number": {"type": "integer", "minimum": 0, "description": "The first one, from 0."},
        },
    )
