"""The front door of the pipeline: which function answers a request, and who is let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.authorizer import AuthorizerArgs, JwtArgs
from infra.http_ingress import DomainArgs, HttpIngress, HttpIngressArgs, RouteArgs
from infra.url_ingress import FunctionUrlIngress, FunctionUrlIngressArgs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.deployment import Deployment
    from infra.function import PythonFunction
    from infra.settings import Settings

    FrontDoor = HttpIngress | FunctionUrlIngress

_LOGS = "GET /tenants/{tenant_id}/processed_logs"
_HEC_PATHS = {
    "hec": "/services/collector",
    "hec-event": "/services/collector/event",
    "hec-raw": "/services/collector/raw",
    "hec-health": "/services/collector/health",
}


def front_door(deployment: Deployment, functions: Mapping[str, PythonFunction]) -> FrontDoor:
    """Return what clients send to; if there is a query function, it also has routes that read records.

    Args:
        deployment: the pipeline that it belongs to.
        functions: the functions that answer, by their short names.
    """
    name, settings = deployment.named("ingress"), deployment.settings
    if settings.ingress == "function-url":
        return FunctionUrlIngress(name, FunctionUrlIngressArgs(function=functions["ingest"]), deployment.child)
    routes = _open_routes(functions["ingest"], settings)
    if "query" in functions:
        routes |= _read_routes(functions["query"])
    args = HttpIngressArgs(
        routes=routes,
        authorizer=_authorizer(settings, functions.get("authorizer")),
        domain=DomainArgs(name=settings.domain_name, certificate_arn=settings.certificate_arn)
        if settings.domain_name
        else None,
        cors_origins=settings.origins(),
        throttle_rate_per_second=settings.throttle_rate_per_second,
        throttle_burst=settings.throttle_burst,
        log_retention_days=settings.log_retention_days,
        key=deployment.key(),
    )
    return HttpIngress(name, args, deployment.child)


def _open_routes(ingest: PythonFunction, settings: Settings) -> dict[str, RouteArgs]:
    return {
        "ingest": RouteArgs(key="POST /ingest", function=ingest, needs_credential=True),
        "otlp": RouteArgs(key="POST /v1/logs", function=ingest, needs_credential=True),
        "loki": RouteArgs(key="POST /loki/api/v1/push", function=ingest, needs_credential=True),
        **_hec_routes(ingest),
        **_firehose_route(ingest, settings),
        "health": RouteArgs(key="GET /health", function=ingest),
        # Everything else, so that the function can refuse it as its contract says.
        "default": RouteArgs(key="$default", function=ingest),
    }


def _hec_routes(ingest: PythonFunction) -> dict[str, RouteArgs]:
    """Return the routes of Splunk's HTTP Event Collector; what its clients ask without a credential is open."""
    routes = {}
    for name, path in _HEC_PATHS.items():
        for suffix, version in (("", ""), ("-v1", "/1.0")):
            method = "GET" if name == "hec-health" else "POST"
            routes[f"{name}{suffix}"] = RouteArgs(
                key=f"{method} {path}{version}", function=ingest, needs_credential=method == "POST"
            )
    return routes


def _firehose_route(ingest: PythonFunction, settings: Settings) -> dict[str, RouteArgs]:
    if settings.auth == "jwt":
        return {}  # Firehose has no JSON Web Token to send; the function says so
    route = RouteArgs(
        key="POST /firehose",
        function=ingest,
        needs_credential=True,
        credential_header="X-Amz-Firehose-Access-Key",
    )
    return {"firehose": route}


def _read_routes(query: PythonFunction) -> dict[str, RouteArgs]:
    return {
        "logs": RouteArgs(key=_LOGS, function=query, needs_credential=True),
        "log": RouteArgs(key=f"{_LOGS}/{{log_id}}", function=query, needs_credential=True),
    }


def _authorizer(settings: Settings, key_function: PythonFunction | None) -> AuthorizerArgs | None:
    if key_function is not None:
        return AuthorizerArgs(key_function=key_function, cache_seconds=settings.auth_cache_seconds)
    if settings.auth == "jwt":
        return AuthorizerArgs(jwt=JwtArgs(issuer=settings.jwt_issuer, audiences=settings.audiences()))
    return None
