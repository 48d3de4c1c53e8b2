"""The client of a chaos run: sends logs, retries those not accepted under the same id, and keeps a record of both."""

from __future__ import annotations

import gzip
import http.client
import json
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.chaos.logs import SentLog

_ACCEPTED = 202
_SOME_ACCEPTED = 207
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
        with self._lock:
            self.requests += 1
        url = urllib.parse.urlsplit(self.ingest_url)
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request("POST", url.path, body=body, headers=headers)
            answer = connection.getresponse()
            content = json.loads(answer.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError):
            with self._lock:
                self.unanswered += 1
            return 0, {}
        finally:
            connection.close()
        return answer.status, content


def _accepted(log: SentLog, answer: dict[str, Any]) -> None:
    log.message_ids.append(answer["message_id"])
    log.parts = answer.get("parts", 1)


def _json(log: SentLog) -> tuple[bytes, dict[str, str]]:
    body = {"tenant_id": log.tenant_id, "log_id": log.log_id, "text": log.text}
    return json.dumps(body).encode(), {"content-type": "application/json"}


def _text(log: SentLog) -> tuple[bytes, dict[str, str]]:
    headers = {"content-type": "text/plain; charset=utf-8", "x-tenant-id": log.tenant_id, "x-log-id": log.log_id}
    return log.text.encode(), headers
