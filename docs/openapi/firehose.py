"""The operation for Amazon Data Firehose: what it delivers to an HTTP endpoint, and the answers that it obeys."""

from docs.openapi.parts import JSON, Part, answer, header, protocol_refusals
from docs.openapi.schemas import TENANT_ID, closed
from handlers.logs.identifiers import IDEMPOTENCY_KEY_PATTERN
from handlers.web.submission import MAX_LOGS

_BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_EXAMPLE_ID = "ed4acda5-034f-9f42-bba1-f29aea6d7d8f"
_REQUEST_ID: Part = {
    "type": "string",
    "pattern": IDEMPOTENCY_KEY_PATTERN,
    "description": "The same in every repeat.",
    "examples": [_EXAMPLE_ID],
}
_SAID: Part = {"requestId": {"type": "string"}, "timestamp": {"type": "integer", "description": "In milliseconds."}}
_DELIVERY: Part = {
    "type": "object",
    "properties": {
        "requestId": _REQUEST_ID,
        "timestamp": {"description": "When Firehose sent it, in milliseconds; nothing depends on it."},
        "records": {
            "type": "array",
            "maxItems": MAX_LOGS,
            "items": {
                "type": "object",
                "properties": {"data": {"type": "string", "pattern": _BASE64}},
                "required": ["data"],
            },
        },
    },
    "required": ["requestId", "records"],
    "example": {"requestId": _EXAMPLE_ID, "records": [{"data": "Y2FsbCA1NTUtMDE5OQo="}]},
}


def deliver_records() -> Part:
    """Return the operation of `POST /firehose`."""
    return {
        "operationId": "firehose_deliver_records",
        "summary": "Take records from Amazon Data Firehose",
        "description": (
            "A CloudWatch Logs subscription's records, packed or not, become the logs that they hold; any other record"
            " is one log. Common attributes are kept as attributes. A stack with JSON Web Tokens has no such route."
        ),
        "security": [{}, {"firehose": []}],
        "parameters": [
            header("X-Amz-Firehose-Request-Id", _REQUEST_ID, "The same as `requestId` in the body.", required=True),
            header(
                "X-Amz-Firehose-Common-Attributes",
                {"type": "string"},
                '`{"commonAttributes": {"<name>": "<text>"}}`; without a credential, `tenant_id` names the tenant.',
            ),
            header("X-Tenant-ID", TENANT_ID, "Whose logs they are; a credential says it too."),
        ],
        "requestBody": {"required": True, "content": {JSON: {"schema": _DELIVERY}}},
        "responses": {
            "200": answer("All of it was accepted.", closed(_SAID)),
            **protocol_refusals(
                {
                    400: "Part or all of it can never be accepted; what is valid was accepted if the message says so",
                    401: "The credential is missing or belongs to no tenant",
                    403: "The credential is another tenant's, or does not allow this",
                    413: "The request is too large for the gateway",
                    415: "The content type, the charset or the encoding is not taken",
                    503: "Not all of it is in the queue; the same request may be sent again",
                },
                {JSON: {"schema": closed(_SAID | {"errorMessage": {"type": "string", "pattern": "^[a-z_]+: "}})}},
            ),
        },
    }
