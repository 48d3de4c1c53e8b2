"""What a log record of OTLP becomes, in whichever encoding it came."""

import base64
import json
import math
from collections.abc import Mapping
from typing import Any

from handlers.logs.envelope import Severity
from handlers.web.doors.entry import Entry


class Malformed(ValueError):
    """Part of a request is not what OTLP has there; the argument is the rule."""


def entry_of(body: Any, *, time_ns: int, observed_ns: int, severity: Severity | None, details: dict[str, Any]) -> Entry:
    """Return the entry of one log record.

    A body that is no text becomes JSON. Without a body, the name of the event is the text, else the attributes are.

    Args:
        body: a JSON value; None if there is none.
        time_ns: when it happened, in nanoseconds since 1970; 0 if nobody knows.
        observed_ns: when it was first seen, likewise.
        severity: how serious it is.
        details: everything else; this function may add to it.
    """
    if time_ns and observed_ns and observed_ns != time_ns:
        details["observed_time_unix_nano"] = observed_ns
    text = body if isinstance(body, str) else "" if body is None else _written(body)
    return Entry(text or _text_without_body(details), time_ns or observed_ns or None, severity, details)


def resource_of(attributes: Mapping[str, Any], *, schema_url: str, dropped: int) -> dict[str, Any]:
    """Return what all logs of a resource say of it."""
    return present(resource=attributes, resource_schema_url=schema_url, resource_dropped_attributes_count=dropped)


def scope_of(
    attributes: Mapping[str, Any], *, name: str, version: str, schema_url: str, dropped: int
) -> dict[str, Any]:
    """Return what all logs of an instrumentation scope say of it."""
    scope = present(
        name=name, version=version, attributes=attributes, schema_url=schema_url, dropped_attributes_count=dropped
    )
    return present(scope=scope)


def present(**fields: Any) -> dict[str, Any]:
    """Return the fields that say something."""
    return {name: value for name, value in fields.items() if value}


def number_of(value: float) -> float | str:
    """Return a number as JSON can say it; what JSON has no number for is named as protobuf's JSON names it."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def written_bytes(value: bytes) -> str:
    """Return bytes in base64."""
    return base64.b64encode(value).decode()


def _text_without_body(details: Mapping[str, Any]) -> str:
    name: str = details.get("event_name", "")
    attributes = details.get("attributes")
    return name or (_written(attributes) if attributes else "")


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
