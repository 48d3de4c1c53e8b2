"""`bench pipeline`: the whole stack on the embedded cloud under load, and an audit of what became of every log."""

from __future__ import annotations

import tempfile
import time
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from bench.load import post
from bench.report.report import Claim, Report, Table, paragraphs
from local.emulator import Emulator, free_port
from local.program import deploy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.report.report import Cell
    from local.cloud import Cloud

TITLE = "The pipeline on the embedded cloud: requests a minute, latencies, and an audit"
CONNECTIONS = (1, 4)
SECONDS_PER_CHAR = "0.0005"
SETTLE_SECONDS = 120
NOTES = paragraphs(
    f"""
Real HTTP, SQS protocol, IAM checks and DynamoDB API, but on an emulator written in Python that shares the cores
with the clients and the functions: these numbers say that the pipeline holds together under load, not how fast
AWS is. There is nothing to compare them with.

Every client connection posts one log after another as fast as it gets its 202; the simulated work is
{SECONDS_PER_CHAR} s per character. “Stored” is the time from the request to the record's `processed_at`, on one
clock.

The audit waits until as many records as 202s are there, then looks for each by tenant and log id.
"""
)


def measure(*, quick: bool) -> Report:
    """Post to a stack of its own, with ever more connections."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Emulator(port=free_port(), log=Path(folder) / "emulator.log") as cloud,
    ):
        config = {"processingSecondsPerChar": SECONDS_PER_CHAR, "chaos": "false", "retryDelaySeconds": "1"}
        outputs = deploy(cloud.cloud, config=config)
        first = _until_first_is_stored(cloud.cloud, outputs)
        runs = [
            _run(cloud.cloud, outputs, connections=connections, seconds=2 if quick else 20)
            for connections in (CONNECTIONS[:1] if quick else CONNECTIONS)
        ]
    lost, doubled = (sum(int(run[what]) for run in runs) for what in ("lost", "dead or surplus"))
    claims = [
        Claim("accepted logs that are lost", "= 0", f"{lost}", lost == 0),
        Claim("dead letters, and records of logs that nobody sent", "= 0", f"{doubled}", doubled == 0),
    ]
    heads = list(runs[0])
    rows: list[list[Cell]] = [[f"{run[heads[0]]:g}", *(run[head] for head in heads[1:])] for run in runs]
    note = (
        f"Before that, the very first log was stored after {first:.1f} s, the cold starts of both functions included."
    )
    return Report("pipeline", TITLE, [Table("By number of client connections", heads, rows, note)], claims, notes=NOTES)


def _until_first_is_stored(cloud: Cloud, outputs: dict[str, Any]) -> float:
    begin = time.monotonic()
    sent = post(outputs["ingest_url"], connections=1, seconds=0.01, run="first")
    _settled(cloud, outputs["table_name"], {log.key for log in sent})
    return time.monotonic() - begin


def _run(cloud: Cloud, outputs: dict[str, Any], *, connections: int, seconds: float) -> dict[str, float]:
    begin = time.time()
    sent = post(outputs["ingest_url"], connections=connections, seconds=seconds, run=f"{connections}x")
    posting = time.time() - begin
    stored = _settled(cloud, outputs["table_name"], {log.key for log in sent})
    latencies = [stored[log.key] - log.at for log in sent if log.key in stored]
    answers = _quantiles([log.seconds for log in sent])
    waits = _quantiles(latencies)
    own = [log_id for _, log_id in stored if log_id.startswith(f"{connections}x")]
    surplus = len(own) - len(latencies)
    return {
        "connections": connections,
        "requests a minute": 60 * len(sent) / posting,
        "202: p50 ms": 1000 * answers[0],
        "202: p99 ms": 1000 * answers[1],
        "stored: p50 s": waits[0],
        "stored: p99 s": waits[1],
        "accepted": len(sent),
        "stored": len(latencies),
        "lost": len(sent) - len(latencies),
        "dead or surplus": _dead_letters(cloud, outputs["dead_letter_queue_url"]) + surplus,
    }


def _settled(cloud: Cloud, table_name: str, keys: set[tuple[str, str]]) -> dict[tuple[str, str], float]:
    """Return when each of these logs was processed, once all are, or after a while."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        stored = _records(cloud, table_name)
        if keys <= stored.keys() or time.monotonic() > deadline:
            return stored
        time.sleep(0.5)


def _records(cloud: Cloud, table_name: str) -> dict[tuple[str, str], float]:
    pages = cloud.client("dynamodb").get_paginator("scan").paginate(TableName=table_name)
    return {
        (item["tenant_id"]["S"], item["log_id"]["S"]): datetime.fromisoformat(item["processed_at"]["S"]).timestamp()
        for page in pages
        for item in page["Items"]
    }


def _dead_letters(cloud: Cloud, url: str) -> int:
    name = "ApproximateNumberOfMessages"
    answer = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return int(answer["Attributes"][name])


def _quantiles(values: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile."""
    cuts = quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[98]
