"""Has MiniStack's HTTP APIs route `OPTIONS` like any other method, or fails if MiniStack has changed.

MiniStack 1.5.33 answers it by itself, with 403 where an API has no CORS configuration. Of such an API, AWS asks the
route, `$default` included (API Gateway Developer Guide, "Configure CORS for HTTP APIs").
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from ministack.services import apigateway

from local.gaps.iam import WRITTEN_FOR, MiniStackChangedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_RELIED_ON = ("_apis", "_handle_execute_in_scope", "_match_route", "_invoke_lambda_proxy")
_METHOD_OF_REQUEST, _METHOD_OF_ROUTE, _METHOD_OF_EVENT = 3, 1, 4
"""The position of the method among the arguments of these functions, in their order."""


def route_preflights() -> None:
    """Hand `OPTIONS` on to the routes of an API without a CORS configuration; call it before MiniStack serves.

    Raises:
        MiniStackChangedError: what is relied on is gone.
    """
    missing = [name for name in _RELIED_ON if not hasattr(apigateway, name)]
    if missing:
        raise MiniStackChangedError(
            f"local/gaps/preflights.py was written for MiniStack {WRITTEN_FOR}, and ministack.services.apigateway has"
            f" no {', '.join(missing)} any more; adapt it or pin {WRITTEN_FOR}"
        )
    # In lower case, MiniStack does not know the method as the one that it answers by itself.
    apigateway._handle_execute_in_scope = _unrecognised(apigateway._handle_execute_in_scope)
    apigateway._match_route = _with_upper(apigateway._match_route, _METHOD_OF_ROUTE)
    apigateway._invoke_lambda_proxy = _with_upper(apigateway._invoke_lambda_proxy, _METHOD_OF_EVENT)


def _unrecognised(execute: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(execute)
    async def unrecognised(api_id: str, *others: Any) -> Any:
        arguments = [api_id, *others]
        has_cors = (apigateway._apis.get(api_id) or {}).get("corsConfiguration")
        if arguments[_METHOD_OF_REQUEST] == "OPTIONS" and not has_cors:
            arguments[_METHOD_OF_REQUEST] = "options"
        return await execute(*arguments)

    return unrecognised


def _with_upper(function: Callable[..., Any], position: int) -> Callable[..., Any]:
    @functools.wraps(function)
    def with_upper(*arguments: Any, **named: Any) -> Any:
        changed = list(arguments)
        changed[position] = changed[position].upper()
        return function(*changed, **named)

    return with_upper
