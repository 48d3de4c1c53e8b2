"""The operations of other protocols: what each door takes and answers, path by path."""

from docs.openapi.firehose import deliver_records
from docs.openapi.hec import hec
from docs.openapi.otlp import export_logs
from docs.openapi.parts import JSON, Part, header, protocol_refusals
from docs.openapi.schemas import TENANT_ID

_BINARY: Part = {"schema": {"type": "string", "format": "binary", "minLength": 1}}
_TEXT_ANSWER: Part = {"text/plain": {"schema": {"type": "string", "pattern": "^[a-z_]+: "}}}
_TENANT_HEADER = header("X-Tenant-ID", TENANT_ID, "Whose logs they are; a credential says it too.")


def doors() -> Part:
    """Return the operations of every protocol but ours, by path."""
    return {
        "/v1/logs": {"post": export_logs()},
        "/loki/api/v1/push": {"post": _loki()},
        **hec(),
        "/firehose": {"post": deliver_records()},
    }


def _loki() -> Part:
    return {
        "operationId": "loki_push",
        "summary": "Take logs as Grafana Loki does",
        "description": "JSON, or protobuf packed with snappy. Labels and structured metadata are kept as attributes.",
        "security": [{}, {"bearer": []}, {"basic": []}],
        "parameters": [header("X-Scope-OrgID", TENANT_ID, "Loki's name for the tenant."), _TENANT_HEADER],
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": _LOKI_PUSH}, "application/x-protobuf": _BINARY},
        },
        "responses": {
            "204": {"description": "All of it was accepted."},
            **protocol_refusals(
                {
                    400: "Part or all of it can never be accepted; what is valid was accepted",
                    401: "The credential is missing or belongs to no tenant",
                    403: "The credential is another tenant's, or does not allow this",
                    413: "The request is too large for the gateway",
                    503: "Not all of it is in the queue; the same request may be sent again",
                },
                _TEXT_ANSWER,
            ),
        },
    }


_LOKI_METADATA: Part = {"type": "object"}
_LOKI_VALUE: Part = {
    "type": "array",
    "description": "Nanoseconds since 1970, the line, and structured metadata if there is any.",
    "prefixItems": [
        {"type": ["string", "integer"], "pattern": "^-?[0-9]{1,20}$"},
        {"type": "string", "minLength": 1},
        _LOKI_METADATA,
    ],
    "minItems": 2,
    "maxItems": 3,
}
_LOKI_PUSH: Part = {
    "type": "object",
    "properties": {
        "streams": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "stream": {"type": "object"},
                    "values": {"type": "array", "items": _LOKI_VALUE},
                },
                "required": ["values"],
            },
        }
    },
    "required": ["streams"],
}
