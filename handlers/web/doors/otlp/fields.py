"""What a log record of OTLP becomes, in whichever encoding it came."""

import base64
import json
import math
from collections.abc import Mapping
from typing import Any

from handlers.web.refusals import Code


class Malformed(ValueError):
    """Part of a request is not what OTLP has there; the argument is the rule."""

    code = Code.INVALID_REQUEST


class TooLarge(Malformed):
    """Part of a request is more than one log may have; the argument is the rule."""

    code = Code.PAYLOAD_TOO_LARGE


def text_of(body: Any, details: Mapping[str, Any]) -> str:
    """Return the text of a log record: its body, as JSON with sorted names if it is no text.

    Without a body it is the name of the event, or else the attributes as JSON. Empty if there is nothing at all.

    Args:
        body: a JSON value; None if there is none.
        details: what else the record says.
    """
    if isinstance(body, str) and body:
        return body
    if body is not None and body != "":
        return _written(body)
    name: str = details.get("event_name", "")
    attributes = details.get("attributes")
    return name or (_written(attributes) if attributes else "")


def event_time(time_ns: int, observed_ns: int, details: dict[str, Any]) -> int:
    """Return when something happened, or else when it was first seen; both in nanoseconds since 1970, 0 if unknown.

    If both are known and differ, the second one is added to the details.
    """
    if not time_ns:
        return observed_ns
    if observed_ns and observed_ns != time_ns:
        details["observed_time_unix_nano"] = observed_ns
    return time_ns


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


def _written(value: Any) -> str:
    # Protobuf hands over the names of a map in another order in each process, and a repeated log must say the same.
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
