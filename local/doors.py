"""Requests through every door of the pipeline, as clients of each protocol send them to a stack without credentials."""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from handlers.web.doors import MODULES, door_at
from handlers.web.refusals import Refusal
from handlers.web.request import Request
from local.scenarios import post

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_JSON = "application/json"
_NANOSECONDS_PER_SECOND = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Logs:
    """What a request is to carry.

    Attributes:
        tenant_id: whose logs they are.
        texts: what they say, one line each.
        time_ns: when they happened, in nanoseconds since 1970.
        request_id: names the request in protocols that have such a name.
    """

    tenant_id: str
    texts: Sequence[str]
    time_ns: int
    request_id: str

    @property
    def seconds(self) -> str:
        """When they happened, in seconds since 1970 to the nanosecond."""
        whole, nanoseconds = divmod(self.time_ns, _NANOSECONDS_PER_SECOND)
        return f"{whole}.{nanoseconds:09d}"


@dataclass(frozen=True, kw_only=True)
class DoorRequest:
    """A request of a protocol; sent twice, it stores its logs once."""

    path: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def log_ids(self) -> list[str]:
        """Return the ids that the logs of this request get, in their order.

        Most protocols do not answer with ids, so the door itself is asked, here in this process.
        """
        door = door_at(self.path)
        if door is None:
            raise ValueError(f"there is no door at {self.path}; there are {', '.join(MODULES)}")
        request = Request("POST", self.path, {}, {}, self.headers, self.body, is_base64=False, authorizer={})
        return [log.log_id for log in door.read(request, None).logs.values() if not isinstance(log, Refusal)]


@dataclass(frozen=True, kw_only=True)
class DoorScenario:
    """One log that is sent through a door."""

    path: str
    tenant_id: str
    text: str

    def send(self, ingest_url: str) -> tuple[int, dict[str, str]]:
        """Return the status of the answer, and whose log it is and under which id; or what the answer says instead."""
        logs = Logs(
            tenant_id=self.tenant_id, texts=[self.text], time_ns=time.time_ns(), request_id=secrets.token_hex(16)
        )
        request = request_through(self.path, logs)
        status, answer = post(ingest_url.removesuffix("/ingest") + self.path, request.body, request.headers)
        if status >= HTTPStatus.BAD_REQUEST:
            return status, {"answer": answer}
        return status, {"tenant_id": self.tenant_id, "log_id": request.log_ids()[0]}


def request_through(path: str, logs: Logs) -> DoorRequest:
    """Return the request that sends logs through the door at a path."""
    body, headers = _WRITERS[path](logs)
    return DoorRequest(path=path, body=body, headers={"content-type": _JSON, **headers})


_Written = tuple[str, dict[str, str]]


def _ingest(logs: Logs) -> _Written:
    lines = [json.dumps({"text": text, "timestamp": logs.time_ns}) for text in logs.texts]
    return "\n".join(lines), {"content-type": "application/x-ndjson", "x-tenant-id": logs.tenant_id}


def _otlp(logs: Logs) -> _Written:
    records = [{"timeUnixNano": str(logs.time_ns), "body": {"stringValue": text}} for text in logs.texts]
    body = {"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}
    return json.dumps(body), {"x-tenant-id": logs.tenant_id}


def _loki(logs: Logs) -> _Written:
    values = [[str(logs.time_ns), text] for text in logs.texts]
    body = {"streams": [{"stream": {"job": "checkout"}, "values": values}]}
    return json.dumps(body), {"x-scope-orgid": logs.tenant_id}


def _hec(logs: Logs) -> _Written:
    events = [{"event": text, "time": logs.seconds, "index": logs.tenant_id} for text in logs.texts]
    return "".join(map(json.dumps, events)), {}


def _hec_raw(logs: Logs) -> _Written:
    return "\n".join(logs.texts), {"x-tenant-id": logs.tenant_id, "idempotency-key": logs.request_id}


def _firehose(logs: Logs) -> _Written:
    records = [{"data": base64.b64encode(f"{text}\n".encode()).decode()} for text in logs.texts]
    body = {"requestId": logs.request_id, "timestamp": logs.time_ns // 1_000_000, "records": records}
    common_attributes = {"commonAttributes": {"tenant_id": logs.tenant_id}}
    return json.dumps(body), {
        "x-amz-firehose-request-id": logs.request_id,
        "x-amz-firehose-common-attributes": json.dumps(common_attributes),
    }


_WRITERS: dict[str, Callable[[Logs], _Written]] = {
    "/ingest": _ingest,
    "/v1/logs": _otlp,
    "/loki/api/v1/push": _loki,
    **dict.fromkeys(("/services/collector", "/services/collector/1.0"), _hec),
    **dict.fromkeys(("/services/collector/event", "/services/collector/event/1.0"), _hec),
    **dict.fromkeys(("/services/collector/raw", "/services/collector/raw/1.0"), _hec_raw),
    "/firehose": _firehose,
}
"""How to write a request for each path of `MODULES`; tests see that none is missing."""
