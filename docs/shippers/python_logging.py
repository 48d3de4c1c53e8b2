"""Python's `logging`, sending to the pipeline."""
# ruff: noqa: INP001, S310 - an example to be copied, whose URL is its user's own

import http.client
import json
import logging
import sys
import urllib.request
import uuid
from collections import deque


class PipelineHandler(logging.Handler):
    """Sends records in batches, and at once where one is an error; what could not be sent goes with the next batch."""

    def __init__(self, url: str, headers: dict[str, str], *, batch: int = 100) -> None:
        super().__init__()
        self.url, self.batch = url, batch
        self.headers = headers | {"Content-Type": "application/x-ndjson"}
        self.waiting: deque[str] = deque(maxlen=10_000)  # as many as one request may carry; then the oldest go

    def emit(self, record: logging.LogRecord) -> None:
        """Take one record."""
        # With an id of its own, a record that is sent twice is stored once.
        self.waiting.append(json.dumps({"log_id": str(uuid.uuid4()), "text": self.format(record)}))
        if record.levelno >= logging.ERROR or len(self.waiting) % self.batch == 0:
            self.flush()

    def flush(self) -> None:
        """Send what waits."""
        with self.lock:
            if not self.waiting:
                return
            request = urllib.request.Request(self.url, "\n".join(self.waiting).encode(), self.headers)
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    results = json.load(answer)["results"]
            except (OSError, ValueError, http.client.HTTPException) as error:
                sys.stderr.write(f"{len(self.waiting)} log records wait for the pipeline: {error}\n")
                return
            refused = [result for result in results if result["status"] == "rejected"]
            again = [self.waiting[result["index"]] for result in refused if result.get("retryable")]
            if refused:
                sys.stderr.write(f"{len(refused)} log records were refused, {len(again)} are sent again\n")
            self.waiting = deque(again, maxlen=self.waiting.maxlen)
