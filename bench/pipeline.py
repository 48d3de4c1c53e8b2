"""`bench pipeline`: the whole stack on the embedded cloud under load, and what became of every accepted log."""

from __future__ import annotations

import http.client
import itertools
import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from bench.accuracy.log_lines import log_lines
from bench.report.report import Claim, Report, Table, paragraphs
from local.emulator import Emulator, free_port
from local.program import deploy

if TYPE_CHECKING:
    from bench.report.report import Cell
    from local.cloud import Cloud

TITLE = "The pipeline on the embedded cloud: requests a minute and latencies"
_CONNECTIONS = (1, 4)
_SECONDS_PER_CHAR = "0.0005"
_SETTLE_SECONDS = 120
_ACCEPTED = 202
NOTES = paragraphs(
    f"""
Real HTTP, the SQS protocol, IAM checks and the DynamoDB API, but on an emulator written in Python that shares the
cores with the clients and the functions. These numbers show that the pipeline holds together under load, not how
fast AWS is; there is nothing to compare them with.

Every client connection posts one log after another, as soon as the last one got its 202; the simulated processing
takes {_SECONDS_PER_CHAR} s per character. “Stored” is the time from the request to the record's `processed_at`.

The audit waits until there are as many records as 202s, then looks for each by tenant and log id.
"""
)


class Sent(NamedTuple):
    """An accepted log: its tenant and id, when it was sent, and how long the 202 took."""

    key: tuple[str, str]
    at: float
    seconds: float


def measure(*, quick: bool) -> Report:
    """Post to a stack of its own, with more and more connections."""
    connections = _CONNECTIONS[:1] if quick else _CONNECTIONS
    with (
        tempfile.TemporaryDirectory() as folder,
        Emulator(port=free_port(), log=Path(folder) / "emulator.log") as emulator,
    ):
        cloud = emulator.cloud
        config = {"processingSecondsPerChar": _SECONDS_PER_CHAR, "chaos": "false", "retryDelaySeconds": "1"}
        outputs = deploy(cloud, config=config)
        begin = time.monotonic()
        _settled(cloud, outputs["table_name"], _post(outputs["ingest_url"], connections=1, seconds=0.01, run="first"))
        first_seconds = time.monotonic() - begin
        runs = [_run(cloud, outputs, connections=number, seconds=2 if quick else 20) for number in connections]
    lost, surplus = (sum(int(run[what]) for run in runs) for what in ("lost", "dead or surplus"))
    claims = [
        Claim("accepted logs that are lost", "= 0", f"{lost}", lost == 0),
        Claim("dead letters, and records that nobody sent", "= 0", f"{surplus}", surplus == 0),
    ]
    heads = list(runs[0])
    rows: list[list[Cell]] = [[f"{run[heads[0]]:g}", *(run[head] for head in heads[1:])] for run in runs]
    note = f"The very first log was stored after {first_seconds:.1f} s, with the cold starts of both functions."
    return Report("pipeline", [Table("By number of client connections", heads, rows, note)], claims)


def _run(cloud: Cloud, outputs: dict[str, Any], *, connections: int, seconds: float) -> dict[str, float]:
    begin, run = time.time(), f"{connections}x"
    sent = _post(outputs["ingest_url"], connections=connections, seconds=seconds, run=run)
    posting = time.time() - begin
    stored = _settled(cloud, outputs["table_name"], sent)
    latencies = [stored[log.key] - log.at for log in sent if log.key in stored]
    answers = quantiles([log.seconds for log in sent], n=100, method="inclusive")
    waits = quantiles(latencies, n=100, method="inclusive")
    surplus = sum(log_id.startswith(run) for _, log_id in stored) - len(latencies)
    return {
        "connections": connections,
        "requests a minute": 60 * len(sent) / posting,
        "202: p50 ms": 1000 * answers[49],
        "202: p99 ms": 1000 * answers[98],
        "stored: p50 s": waits[49],
        "stored: p99 s": waits[98],
        "accepted": len(sent),
        "stored": len(latencies),
        "lost": len(sent) - len(latencies),
        "dead or surplus": _dead_letters(cloud, outputs["dead_letter_queue_url"]) + surplus,
    }


def _post(url: str, *, connections: int, seconds: float, run: str) -> list[Sent]:
    deadline = time.monotonic() + seconds
    prefixes = [f"{run}-{number}" for number in range(connections)]
    with ThreadPoolExecutor(connections) as clients:
        return list(itertools.chain.from_iterable(clients.map(partial(_post_until, deadline, url), prefixes)))


def _post_until(deadline: float, url: str, prefix: str) -> list[Sent]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    sent: list[Sent] = []
    for number, line in enumerate(log_lines(personal_share=0.5)):
        if time.monotonic() > deadline:
            break
        tenant_id, log_id = f"tenant-{number % 5}", f"{prefix}-{number}"
        body = json.dumps({"tenant_id": tenant_id, "log_id": log_id, "text": line})
        at, begin = time.time(), time.perf_counter()
        connection.request("POST", parts.path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
        if response.status != _ACCEPTED:
            raise RuntimeError(f"every request must be accepted, got {response.status}: {answer.decode()}")
        sent.append(Sent((tenant_id, log_id), at, time.perf_counter() - begin))
    connection.close()
    return sent


def _settled(cloud: Cloud, table_name: str, sent: list[Sent]) -> dict[tuple[str, str], float]:
    """Return when each stored log was processed, once all that were sent are stored, or after a while."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        pages = cloud.client("dynamodb").get_paginator("scan").paginate(TableName=table_name)
        items = [item for page in pages for item in page["Items"]]
        stored = {
            (item["tenant_id"]["S"], item["log_id"]["S"]): datetime.fromisoformat(item["processed_at"]["S"]).timestamp()
            for item in items
        }
        if {log.key for log in sent} <= stored.keys() or time.monotonic() > deadline:
            return stored
        time.sleep(0.5)


def _dead_letters(cloud: Cloud, url: str) -> int:
    name = "ApproximateNumberOfMessages"
    answer = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return int(answer["Attributes"][name])
