"""Doors: the protocols in which logs arrive, one module or folder each; a new one is a line in `MODULES`."""

from importlib import import_module

from handlers.web.doors.door import Door
from handlers.web.request import Request
from handlers.web.responses import Response

# The module of each path, imported on first use: a decoder that one protocol needs slows no other's cold start.
MODULES = {
    "/ingest": "ingest",
    "/v1/logs": "otlp.export",
    "/loki/api/v1/push": "loki.push",
    "/firehose": "firehose.delivery",
    "/services/collector": "hec.collector",
    "/services/collector/1.0": "hec.collector",
    "/services/collector/event": "hec.collector",
    "/services/collector/event/1.0": "hec.collector",
    "/services/collector/raw": "hec.raw",
    "/services/collector/raw/1.0": "hec.raw",
}
# What clients ask before they send logs, and without a credential: the module that answers each method and path.
PROBES = {
    "GET /services/collector/health": "hec.probes",
    "GET /services/collector/health/1.0": "hec.probes",
    **{f"OPTIONS {path}": "hec.probes" for path, module in MODULES.items() if module.startswith("hec.")},
}


def door_at(path: str) -> Door | None:
    """Return the door at a path; None where there is none."""
    module = MODULES.get(path)
    if module is None:
        return None
    door: Door = import_module(f"{__name__}.{module}").DOOR
    return door


def probed(request: Request) -> Response | None:
    """Return the answer to what a protocol's clients ask before they send logs; None if the request is no such one."""
    module = PROBES.get(f"{request.method} {request.path}")
    if module is None:
        return None
    answer: Response = import_module(f"{__name__}.{module}").answer(request)
    return answer


def probing_methods(path: str) -> tuple[str, ...]:
    """Return the methods with which clients ask something at a path before they send logs."""
    return tuple(method for method, _, probed_path in (probe.partition(" ") for probe in PROBES) if probed_path == path)
