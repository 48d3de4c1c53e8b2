"""Load: client connections that post one log after another, as fast as each gets its 202."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench.accuracy.log_lines import log_lines

ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class Sent:
    """A log that was accepted: its key, when it was sent, and how long the 202 took."""

    key: tuple[str, str]
    at: float
    seconds: float


def post(url: str, *, connections: int, seconds: float, run: str) -> list[Sent]:
    """Return what was accepted on so many connections within so many seconds; a log id begins with the run.

    Raises:
        RuntimeError: a log was not accepted.
    """
    sent: list[Sent] = []
    failures: list[BaseException] = []
    deadline = time.monotonic() + seconds

    def client(number: int) -> None:
        try:
            sent.extend(_post_until(deadline, url, prefix=f"{run}-{number}"))
        except (OSError, http.client.HTTPException, RuntimeError) as error:
            failures.append(error)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sent


def _post_until(deadline: float, url: str, *, prefix: str) -> list[Sent]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    sent = []
    for number, line in enumerate(itertools.islice(log_lines(personal_share=0.5), 100_000)):
        if time.monotonic() > deadline:
            break
        tenant_id, log_id = f"tenant-{number % 5}", f"{prefix}-{number}"
        body = json.dumps({"tenant_id": tenant_id, "log_id": log_id, "text": line})
        at, begin = time.time(), time.perf_counter()
        connection.request("POST", parts.path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
        if response.status != ACCEPTED:
            raise RuntimeError(f"every request must be accepted, got {response.status}: {answer.decode()}")
        sent.append(Sent((tenant_id, log_id), at, time.perf_counter() - begin))
    connection.close()
    return sent
