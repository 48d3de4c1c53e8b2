"""The operation of OTLP/HTTP: logs as OpenTelemetry exports them."""

from docs.openapi.parts import JSON, Part, header, protocol_refusals
from docs.openapi.schemas import TENANT_ID

_PROTOBUF = "application/x-protobuf"
_BINARY: Part = {"schema": {"type": "string", "format": "binary"}}


def export_logs() -> Part:
    """Return the operation of `POST /v1/logs`."""
    return {
        "operationId": "otlp_export_logs",
        "summary": "Take logs as OpenTelemetry's SDKs and Collector export them",
        "description": (
            "An ExportLogsServiceRequest of OTLP 1.x in protobuf, packed with gzip or not, or in JSON. The answer has"
            " the content type of the request."
        ),
        "security": [{}, {"bearer": []}],
        "parameters": [header("X-Tenant-ID", TENANT_ID, "Whose logs they are; a credential says it too.")],
        "requestBody": {"required": True, "content": {_PROTOBUF: _BINARY, JSON: {"schema": _REQUEST}}},
        "responses": {
            "200": {
                "description": (
                    "An ExportLogsServiceResponse: all of it was accepted, or, with partialSuccess, all but the logs"
                    " that can never be."
                ),
                "content": {_PROTOBUF: _BINARY, JSON: {"schema": _RESPONSE}},
            },
            **protocol_refusals(
                {
                    400: "It can never be accepted",
                    401: "The credential is missing or belongs to no tenant",
                    403: "The credential is another tenant's, or does not allow this",
                    413: "The request is too large, or brings too much work",
                    415: "The content type, the charset or the encoding is not taken",
                    503: "Not all of it is in the queue; the same request may be sent again",
                },
                {_PROTOBUF: _BINARY, JSON: {"schema": _STATUS}},
            ),
        },
    }


def _message(**fields: Part) -> Part:
    return {"type": ["object", "null"], "properties": fields}


def _many(kind: Part) -> Part:
    return {"type": ["array", "null"], "items": kind}


# As in protobuf's JSON, null is as good as left out, and a 64-bit integer may be a string.
_STRING: Part = {"type": ["string", "null"]}
_TIME: Part = {
    "description": "Nanoseconds since 1970.",
    "type": ["string", "integer", "null"],
    "pattern": "^[0-9]{1,19}$",
    "minimum": 0,
    "maximum": 2**64 - 1,
}
_VALUE: Part = {
    "type": ["object", "null"],
    "description": (
        "An AnyValue: stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue or kvlistValue."
    ),
    "examples": [{"stringValue": "call 555-0199"}, {"intValue": "7"}],
}
_ATTRIBUTES: Part = _many(_message(key=_STRING, value=_VALUE))
_RECORD: Part = _message(
    timeUnixNano=_TIME,
    observedTimeUnixNano=_TIME,
    severityNumber={"type": ["integer", "null"], "description": "1 to 24; 9 is INFO, 13 WARN, 17 ERROR."},
    severityText=_STRING,
    body=_VALUE,
    attributes=_ATTRIBUTES,
    flags={"type": ["integer", "null"], "minimum": 0, "maximum": 2**32 - 1},
    traceId=_STRING,
    spanId=_STRING,
    eventName=_STRING,
)
_SCOPE_LOGS: Part = _message(
    scope=_message(name=_STRING, version=_STRING, attributes=_ATTRIBUTES), logRecords=_many(_RECORD), schemaUrl=_STRING
)
_REQUEST: Part = {
    "type": "object",
    "properties": {
        "resourceLogs": _many(
            _message(resource=_message(attributes=_ATTRIBUTES), scopeLogs=_many(_SCOPE_LOGS), schemaUrl=_STRING)
        )
    },
}
_RESPONSE: Part = {
    "type": "object",
    "properties": {
        "partialSuccess": {
            "type": "object",
            "properties": {
                "rejectedLogRecords": {"type": "string", "pattern": "^[1-9][0-9]*$"},
                "errorMessage": {"type": "string", "minLength": 1},
            },
            "required": ["rejectedLogRecords", "errorMessage"],
        }
    },
    "additionalProperties": False,
}
_STATUS: Part = {
    "type": "object",
    "description": "A google.rpc.Status.",
    "properties": {"code": {"type": "integer"}, "message": {"type": "string", "pattern": "^[a-z_]+: "}},
    "required": ["code", "message"],
}
