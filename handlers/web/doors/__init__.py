"""Doors: the protocols in which logs arrive, one module or folder each; a new one is a line in `MODULES`."""

from importlib import import_module

from handlers.web.doors.door import Door

# The module of each path, imported on first use: a decoder that one protocol needs slows no other's cold start.
MODULES = {
    "/ingest": "ingest",
    "/v1/logs": "otlp.export",
    "/loki/api/v1/push": "loki.push",
}


def door_at(path: str) -> Door | None:
    """Return the door at a path; None where there is none."""
    module = MODULES.get(path)
    if module is None:
        return None
    door: Door = import_module(f"{__name__}.{module}").DOOR
    return door
