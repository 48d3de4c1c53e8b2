"""Python's `logging`, sending to the pipeline."""
# ruff: noqa: BLE001, INP001, S310 - an example to be copied, whose URL is its user's own

import http.client
import json
import logging
import secrets
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections import deque
from typing import Any

TOO_LARGE = 413
MAX_REQUEST_BYTES = 1_000_000
MAX_WAITING = 10_000
MAX_PAUSE_SECONDS = 60


def id_at(seconds: float) -> str:
    """Return a UUIDv7 (RFC 9562) of a time since 1970.

    With an id of its own, a record that is sent twice is stored once; with its time in there, it is listed by time.
    """
    value = int(seconds * 1000) << 80 | secrets.randbits(80)
    return str(uuid.UUID(int=value & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62))


class PipelineHandler(logging.Handler):
    """Sends records in batches, in their order, and at once where one is an error.

    What cannot be sent waits in memory and is tried again after a pause that doubles up to a minute, by whatever is
    logged next. A record that the pipeline can never accept, and the oldest where too many wait, is given up.

    Attributes:
        waiting: what is still to be sent, oldest first.
        dropped: how many records were given up; each failure names the number on standard error.
        next_try: no request is made before then, on the clock of `time.monotonic`; `flush` does not wait for it.
    """

    def __init__(self, url: str, headers: dict[str, str], *, batch: int = 100) -> None:
        super().__init__()
        self.url, self.batch = url, batch
        self.headers = headers | {"Content-Type": "application/x-ndjson"}
        self.waiting: deque[bytes] = deque()
        self.dropped = 0
        self.next_try = 0.0
        self._failures = 0  # in a row
        self._per_request = batch  # fewer where the pipeline says that a request is too large

    def emit(self, record: logging.LogRecord) -> None:
        """Take one record, and send what waits if it is time."""
        try:
            line = json.dumps({"log_id": id_at(record.created), "text": self.format(record)})
            if len(self.waiting) == MAX_WAITING:
                self.waiting.popleft()
                self.dropped += 1
            self.waiting.append(line.encode())
            is_time = record.levelno >= logging.ERROR or len(self.waiting) >= self.batch or self._failures
            if is_time and time.monotonic() >= self.next_try:
                self.flush()
        except Exception:  # nothing that is logged may break the program that logs it
            self.handleError(record)

    def flush(self) -> None:
        """Send what waits until it is all sent, or a request fails."""
        with self.lock:
            while self.waiting and self._send(self._next_lines()):
                pass

    def _next_lines(self) -> list[bytes]:
        lines: list[bytes] = []
        size = 0
        for line in self.waiting:
            size += len(line) + 1
            if lines and (size > MAX_REQUEST_BYTES or len(lines) == self._per_request):
                break
            lines.append(line)
        return lines

    def _send(self, lines: list[bytes]) -> bool:
        """Send the oldest lines; return whether the next ones may follow at once."""
        try:
            status, results = self._post(lines)
        except (OSError, http.client.HTTPException) as error:
            return self._pause(str(error))
        if status == TOO_LARGE and not results:
            refusal = {"status": "rejected", "code": "payload_too_large"}
            results = [{"index": index, **refusal} for index in range(len(lines))]
        if not results:
            return self._pause(f"HTTP status {status}")
        return self._settle(lines, [result for result in results if result["status"] == "rejected"])

    def _post(self, lines: list[bytes]) -> tuple[int, list[dict[str, Any]]]:
        """Return the status and each line's result; there are none where the request was refused as a whole."""
        request = urllib.request.Request(self.url, b"\n".join(lines), self.headers)
        try:
            answer = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            try:
                content = json.load(answer)
            except ValueError:  # a proxy's page
                content = None
            return answer.status, content.get("results", []) if isinstance(content, dict) else []

    def _settle(self, lines: list[bytes], rejected: list[dict[str, Any]]) -> bool:
        later = {result["index"] for result in rejected if result.get("retryable")}
        too_large = {result["index"] for result in rejected if result.get("code") == "payload_too_large"}
        if len(lines) == 1:
            too_large = set()  # it cannot be sent in a smaller request
        for _ in lines:
            self.waiting.popleft()
        self.waiting.extendleft(lines[index] for index in sorted(later | too_large, reverse=True))
        refused = len(rejected) - len(later | too_large)
        if refused:
            self.dropped += refused
            sys.stderr.write(f"the pipeline refused {refused} log records; {self.dropped} were dropped so far\n")
        self._per_request = max(1, len(lines) // 2) if too_large else min(self.batch, 2 * self._per_request)
        if later:
            return self._pause(f"{len(later)} were refused for now")
        self._failures = 0
        return True

    def _pause(self, why: str) -> bool:
        pause_seconds = min(2**self._failures, MAX_PAUSE_SECONDS)
        self._failures = min(self._failures + 1, MAX_PAUSE_SECONDS)
        self.next_try = time.monotonic() + pause_seconds
        sys.stderr.write(
            f"{len(self.waiting)} log records wait for the pipeline, {self.dropped} were dropped so far: {why}\n"
        )
        return False
