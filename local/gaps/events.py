"""Gives MiniStack's gateways the limit that Lambda has for an event: 6 MB of JSON, base64 and headers included."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from ministack.services import lambda_svc

if TYPE_CHECKING:
    from collections.abc import Callable

EVENT_BYTES = 6 * 1024 * 1024
"""Source: AWS Lambda Developer Guide, "Lambda quotas", invocation payload (request and response)."""

_TOO_LONG = {
    "statusCode": 413,
    "headers": {"content-type": "application/json"},
    "body": json.dumps({"message": "Request Too Long"}),
}


def limit_events() -> None:
    """Answer 413 to a request over HTTP whose event is too large; call it before MiniStack serves."""
    lambda_svc._execute_function_with_config_scope = _limited(lambda_svc._execute_function_with_config_scope)


def _limited(execute: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(execute)
    def limited(function: Any, event: dict[str, Any]) -> Any:
        comes_over_http = "http" in event.get("requestContext", {})
        if comes_over_http and len(json.dumps(event, ensure_ascii=False).encode()) > EVENT_BYTES:
            return {"body": _TOO_LONG}
        return execute(function, event)

    return limited
