"""The client of a chaos run: sends logs, retries those not accepted under the same id, and keeps a record of both."""

from __future__ import annotations

import gzip
import http.client
import json
import threading
import time
import urllib.parse
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from local.doors import Logs, request_through

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.chaos.logs import SentLog

_ACCEPTED = 202
_SOME_ACCEPTED = 207
_TAKEN = {200, 202, 204}
"""What the protocols answer once the queue has all logs of a request."""
_ATTEMPTS = 8
_BACKOFF_SECONDS = 0.3
_TIMEOUT_SECONDS = 40


@dataclass
class Client:
    """Posts logs; safe to use from several threads.

    Attributes:
        ingest_url: where it posts to.
        logs: every log that it tried to send.
        requests: how many requests it has made.
        unanswered: how many requests got no usable answer.
    """

    ingest_url: str
    logs: list[SentLog] = field(default_factory=list)
    requests: int = 0
    unanswered: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, log: SentLog, *, as_text: bool = False) -> None:
        """Send one log until it is accepted, at most eight times."""
        self._remember([log])
        body, headers = _text(log) if as_text else _json(log)
        for attempt in range(_ATTEMPTS):
            time.sleep(_BACKOFF_SECONDS * attempt)
            status, answer = self._post(body, headers)
            if status == _ACCEPTED:
                _accepted(log, answer)
                return

    def send_lines(self, logs: Sequence[SentLog], *, compressed: bool = False) -> None:
        """Send logs of one tenant in one request, and retry those that were not accepted."""
        self._remember(logs)
        left = list(logs)
        for attempt in range(_ATTEMPTS):
            time.sleep(_BACKOFF_SECONDS * attempt)
            lines = "\n".join(json.dumps({"log_id": log.log_id, "text": log.text}) for log in left).encode()
            headers = {"content-type": "application/x-ndjson", "x-tenant-id": left[0].tenant_id}
            if compressed:
                lines, headers = gzip.compress(lines), headers | {"content-encoding": "gzip"}
            status, answer = self._post(lines, headers)
            results = answer.get("results", []) if status in {_ACCEPTED, _SOME_ACCEPTED} else []
            accepted = {result["index"]: result for result in results if result["status"] == "accepted"}
            for index, result in accepted.items():
                _accepted(left[index], result)
            left = [log for index, log in enumerate(left) if index not in accepted]
            if not left:
                return

    def send_through(self, path: str, logs: Sequence[SentLog], *, request_id: str) -> None:
        """Send logs of one tenant through the door at a path, until it takes all of them.

        Most doors answer without ids, so the logs are known by those that the door makes of the same request here: if
        the pipeline made others, the audit would find these logs lost.
        """
        texts = [log.text for log in logs]
        carried = Logs(tenant_id=logs[0].tenant_id, texts=texts, time_ns=time.time_ns(), request_id=request_id)
        request = request_through(path, carried)
        named = [replace(log, log_id=log_id) for log, log_id in zip(logs, request.log_ids(), strict=True)]
        self._remember(named)
        for attempt in range(_ATTEMPTS):
            time.sleep(_BACKOFF_SECONDS * attempt)
            if self._exchange(path, request.body.encode(), request.headers)[0] in _TAKEN:
                for log in named:
                    log.is_taken = True
                return

    def should_be_stored(self, message_body: str) -> bool:
        """Return whether the log in a message has no reason of its own to fail."""
        content = json.loads(message_body)
        name = content["tenant_id"], content["log_id"]
        with self._lock:
            named = [log for log in self.logs if (log.tenant_id, log.log_id) == name]
        return all(log.should_be_stored for log in named)

    def is_healthy(self) -> bool:
        """Return whether the ingest function is up."""
        url = urllib.parse.urlsplit(self.ingest_url)
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request("GET", url.path.removesuffix("ingest") + "health")
            return connection.getresponse().status == http.HTTPStatus.OK
        finally:
            connection.close()

    def _remember(self, logs: Sequence[SentLog]) -> None:
        with self._lock:
            self.logs += logs

    def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        status, content = self._exchange("/ingest", body, headers)
        try:
            return status, json.loads(content or b"{}")
        except ValueError:
            self._count_unanswered()
            return 0, {}

    def _exchange(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        with self._lock:
            self.requests += 1
        url = urllib.parse.urlsplit(self.ingest_url)
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request("POST", url.path.removesuffix("/ingest") + path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self._count_unanswered()
            return 0, b""
        finally:
            connection.close()

    def _count_unanswered(self) -> None:
        with self._lock:
            self.unanswered += 1


def _accepted(log: SentLog, answer: dict[str, Any]) -> None:
    log.message_ids.append(answer["message_id"])
    log.parts = answer.get("parts", 1)


def _json(log: SentLog) -> tuple[bytes, dict[str, str]]:
    body = {"tenant_id": log.tenant_id, "log_id": log.log_id, "text": log.text}
    return json.dumps(body).encode(), {"content-type": "application/json"}


def _text(log: SentLog) -> tuple[bytes, dict[str, str]]:
    headers = {"content-type": "text/plain; charset=utf-8", "x-tenant-id": log.tenant_id, "x-log-id": log.log_id}
    return log.text.encode(), headers
