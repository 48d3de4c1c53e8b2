"""The runs of `bench chaos`: a load, the faults injected meanwhile, and the audit of what is left."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.chaos.faults import FaultPlan, Outage
from bench.chaos.injectors import Injectors, InvalidMessages, Kills, Redrives, SecondDeliveries
from bench.chaos.loads import SENDERS, send_large_text, send_lines, send_mixture, send_processed, send_steadily
from bench.chaos.rig import INGEST, rig

if TYPE_CHECKING:
    from bench.chaos.audit import Tally
    from bench.chaos.client import Client
    from bench.chaos.injectors import Injector
    from bench.chaos.rig import Rig

MIXED = "mixed"
MIXED_CONFIG = {
    "processingSecondsPerChar": "0",
    "workerTimeoutSeconds": "10",
    "retryDelaySeconds": "2",
    "workerMaxConcurrency": "3",
}
MIXED_VISIBILITY_TIMEOUT_SECONDS = 15
# Slow enough that most kills hit a worker while it processes something: a full-sized part takes five seconds.
SIZE_CONFIG = {
    "processingSecondsPerChar": "0.0001",
    "workerTimeoutSeconds": "20",
    "retryDelaySeconds": "2",
    "workerMaxConcurrency": "3",
}
SIZE_VISIBILITY_TIMEOUT_SECONDS = 30
# A log that hangs holds its batch for what the worker has, less two seconds.
PROCESSOR_CONFIG = SIZE_CONFIG | {
    "processor": "misbehaving_logs:process",
    "processorFolder": str(Path(__file__).with_name("processor")),
    "workerTimeoutSeconds": "10",
}
SECONDS_BETWEEN_KILLS = 8.0
# Each outlasts three receives, which take less than ten seconds at a retry delay of two. They do not overlap, because
# DynamoDB is not called while STS is down.
OUTAGES = Outage("sts", start=5, end=20), Outage("dynamodb", start=20, end=35)
# A large text is ten batches. With no limit, the last kills would all hit the same batch and rightly make its messages
# dead letters.
MOST_KILLS = {"large": 5, "outage": 0, "processor": 3}
SETTLE_TIMEOUT_SECONDS = 600

Load = Callable[["Client"], None]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One finished run.

    Attributes:
        tally: what became of the logs.
        plan: the faults of calls to AWS; it also counts the execution environments that were killed during a call.
        kills: how many execution environments were killed at any other moment.
        second_deliveries: how many messages were delivered twice.
        redrives: how many conflicts were redriven.
        load_seconds: how long it took to send everything.
        settle_seconds: how long it took after that until no message was in flight.
    """

    tally: Tally
    plan: FaultPlan
    kills: int
    second_deliveries: int
    redrives: int
    load_seconds: float
    settle_seconds: float


def run_mixed(*, seed: int, seconds: float, log: Path) -> Run:
    """Send all kinds of logs while injecting all kinds of faults, then audit; the faults stop with the load."""
    plan = FaultPlan.for_run(seed, seconds=seconds)
    kills, ingest_kills = Kills(seconds=5), Kills(seconds=15, function=INGEST)
    invalid_messages, second, redrives = InvalidMessages(seconds=4), SecondDeliveries(seconds=1), Redrives(seconds=6)
    with rig(
        plan, config=MIXED_CONFIG, visibility_timeout_seconds=MIXED_VISIBILITY_TIMEOUT_SECONDS, log=log
    ) as running:
        injectors: list[Injector] = [kills, ingest_kills, invalid_messages, second, redrives]
        load_seconds = _under_load(
            running, partial(send_mixture, seed=seed, seconds=seconds), injectors=injectors, seed=seed
        )
        plan.stop()
        second.wait()
        settle_seconds = running.settle(timeout_seconds=SETTLE_TIMEOUT_SECONDS)
        return Run(
            tally=running.audit(invalid_messages=invalid_messages.message_ids),
            plan=plan,
            kills=kills.count + ingest_kills.count,
            second_deliveries=second.count,
            redrives=redrives.count,
            load_seconds=load_seconds,
            settle_seconds=settle_seconds,
        )


def loads(seed: int) -> Mapping[str, Load]:
    """Return the loads other than the mixed one, by the name of their profile."""
    return {
        "large": partial(send_large_text, seed=seed, chars=5_000_000, secrets=1_000),
        "lines": partial(send_lines, seed=seed, lines=10_000),
        "outage": partial(send_steadily, seed=seed, per_minute=600, seconds=40),
        "processor": partial(send_processed, seed=seed, logs=400),
        "rate": partial(send_steadily, seed=seed, per_minute=1_000, seconds=60),
    }


def run_load(name: str, *, seed: int, log: Path) -> Run:
    """Send the load of this name while workers are killed or AWS is down, wait until it is processed, and audit."""
    plan = FaultPlan.without_faults(*(OUTAGES if name == "outage" else ()))
    kills = Kills(seconds=SECONDS_BETWEEN_KILLS, most=MOST_KILLS.get(name, math.inf))
    config = PROCESSOR_CONFIG if name == "processor" else SIZE_CONFIG
    with rig(plan, config=config, visibility_timeout_seconds=SIZE_VISIBILITY_TIMEOUT_SECONDS, log=log) as running:
        start = time.monotonic()
        with Injectors(running, [kills], seed=seed):
            loads(seed)[name](running.client)
            load_seconds = time.monotonic() - start
            settle_seconds = running.settle(timeout_seconds=SETTLE_TIMEOUT_SECONDS)
        return Run(
            tally=running.audit(),
            plan=plan,
            kills=kills.count,
            second_deliveries=0,
            redrives=0,
            load_seconds=load_seconds,
            settle_seconds=settle_seconds,
        )


def _under_load(running: Rig, load: Load, *, injectors: list[Injector], seed: int) -> float:
    with ThreadPoolExecutor(SENDERS) as senders:  # so that the time includes no cold start
        list(senders.map(lambda _: running.client.is_healthy(), range(SENDERS)))
    start = time.monotonic()
    with Injectors(running, injectors, seed=seed):
        load(running.client)
        return time.monotonic() - start
