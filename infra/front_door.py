"""The front door of the pipeline: which function answers a request, and who is let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.authorizer import AuthorizerArgs, JwtArgs
from infra.function_url_ingress import FunctionUrlIngress, FunctionUrlIngressArgs
from infra.http_ingress import HttpIngress, HttpIngressArgs, RouteArgs
from infra.pipeline_functions import authorizer_function, query_function

if TYPE_CHECKING:
    from infra.deployment import Deployment
    from infra.function import PythonFunction
    from infra.key_table import KeyTable
    from infra.tenant_table import TenantTable

    FrontDoor = HttpIngress | FunctionUrlIngress

_LOGS = "GET /tenants/{tenant_id}/processed_logs"


def front_door(deployment: Deployment, *, ingest: PythonFunction, table: TenantTable, keys: KeyTable) -> FrontDoor:
    """Return what clients send to; where tenants prove who they are, it also reads records back.

    Args:
        deployment: the pipeline that it belongs to.
        ingest: the function that takes logs.
        table: where records are read from.
        keys: where API keys are, if tenants prove who they are by one.
    """
    name, settings = deployment.named("ingress"), deployment.settings
    if settings.ingress == "function-url":
        return FunctionUrlIngress(name, FunctionUrlIngressArgs(function=ingest), deployment.child)
    routes = _open_routes(ingest)
    if settings.auth != "none":
        routes |= _read_routes(query_function(deployment, table=table))
    args = HttpIngressArgs(
        routes=routes,
        authorizer=_authorizer(deployment, keys),
        throttle_rate_per_second=settings.throttle_rate_per_second,
        throttle_burst=settings.throttle_burst,
        log_retention_days=settings.log_retention_days,
        key=deployment.key(),
    )
    return HttpIngress(name, args, deployment.child)


def _open_routes(ingest: PythonFunction) -> dict[str, RouteArgs]:
    return {
        "ingest": RouteArgs(key="POST /ingest", function=ingest, needs_credential=True),
        "health": RouteArgs(key="GET /health", function=ingest),
        # Everything else, so that the function can refuse it in the form of its contract.
        "default": RouteArgs(key="$default", function=ingest),
    }


def _read_routes(query: PythonFunction) -> dict[str, RouteArgs]:
    return {
        "logs": RouteArgs(key=_LOGS, function=query, needs_credential=True),
        "log": RouteArgs(key=f"{_LOGS}/{{log_id}}", function=query, needs_credential=True),
    }


def _authorizer(deployment: Deployment, keys: KeyTable) -> AuthorizerArgs | None:
    settings = deployment.settings
    if settings.auth == "api-key":
        function = authorizer_function(deployment, keys=keys)
        return AuthorizerArgs(key_function=function, cache_seconds=settings.auth_cache_seconds)
    if settings.auth == "jwt":
        return AuthorizerArgs(jwt=JwtArgs(issuer=settings.jwt_issuer, audiences=settings.audiences()))
    return None
