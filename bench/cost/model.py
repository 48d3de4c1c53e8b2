"""`bench cost`: dollars per million logs, from AWS's list prices and from figures measured in the same run."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from bench.compare import ingest, worker
from bench.report.report import Report, Table, paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.report.report import Cell

TITLE = "Cost: dollars per million logs, ours and sequential"
PRICES = Path(__file__).with_name("prices.json")
_LENGTHS = (100, 500, 1000, 2800)
_BATCHES = (1, 5, 10)
# "Lambda quotas": function timeout.
_MAX_INVOCATION_SECONDS = 900
_MILLION = 1_000_000
NOTES = paragraphs(
    f"""
A model, not a bill: `bench/cost/prices.json` holds prices and assumptions, each price with its source and the date of
that source. Region us-east-1, arm64, 512 MB. Ours names a message group, so SQS charges its requests as those of a
fair queue, which cost more.

Measured here: CPU of a warm request and of a record (both on this machine, not on Lambda). Assumed: how long calls to
SQS and DynamoDB take within a region. Computed: everything else, from 0.05 s per character of simulated processing.

All logs of a batch have the same length, except in the last row, where lengths are drawn evenly and a batch waits for
its longest log. A sequential batch may not take longer than Lambda's {_MAX_INVOCATION_SECONDS} s. Free tiers, storage
and data transfer are left out.
"""
)


@dataclass(frozen=True, slots=True)
class Model:
    """What logs cost.

    Attributes:
        prices: dollars by name.
        assumed: assumptions by name.
        ingest_seconds: CPU of one warm request.
        record_seconds: CPU of one record on top of its processing.
    """

    prices: dict[str, float]
    assumed: dict[str, float]
    ingest_seconds: float = 0
    record_seconds: float = 0

    def items(self, lengths: list[int], *, concurrent: bool) -> dict[str, float] | None:
        """Return dollars by item for the logs of one batch; None if it does not fit into one invocation."""
        seconds = self.worker_seconds(lengths, concurrent=concurrent)
        if seconds > _MAX_INVOCATION_SECONDS:
            return None
        logs, prices, assumed = len(lengths), self.prices, self.assumed
        log_bytes = logs * assumed["log_bytes_per_log"] + (logs + 1) * assumed["log_bytes_per_invocation"]
        sqs_request = prices["sqs_request"] + (prices["sqs_fair_request"] if concurrent else 0)
        return {
            "HTTP API": logs * prices["http_api_request"],
            "ingest function": logs * self._invocation(self.ingest_seconds + assumed["sqs_call_seconds"]),
            "SQS": (logs + 2) * sqs_request,
            "worker function": self._invocation(seconds),
            "DynamoDB": prices["dynamodb_write_unit"] * sum(map(self._write_units, lengths)),
            "CloudWatch Logs": log_bytes / 1e9 * prices["logs_gb"],
        }

    def worker_seconds(self, lengths: list[int], *, concurrent: bool) -> float:
        """Return how long one invocation takes for a batch."""
        seconds = [length * worker.SECONDS_PER_CHAR + self.assumed["dynamodb_call_seconds"] for length in lengths]
        return (max(seconds) if concurrent else sum(seconds)) + self.record_seconds * len(lengths)

    def per_million(self, batches: list[list[int]], *, concurrent: bool) -> Cell:
        """Return dollars per million logs in such batches, or why there is no price."""
        sums = [self.items(batch, concurrent=concurrent) for batch in batches]
        possible = [sum(items.values()) for items in sums if items is not None]
        if len(possible) < len(sums):
            seconds = max(self.worker_seconds(batch, concurrent=concurrent) for batch in batches)
            return f"impossible: {seconds:,.0f} s"
        return _MILLION * sum(possible) / sum(map(len, batches))

    def _invocation(self, seconds: float) -> float:
        gb_seconds = seconds * self.assumed["memory_gb"]
        return self.prices["lambda_request"] + self.prices["lambda_gb_second_arm64"] * gb_seconds

    def _write_units(self, length: int) -> int:
        return math.ceil((2 * length + self.assumed["record_bytes_beside_texts"]) / 1024)


def measure(*, quick: bool) -> Report:
    """Apply the prices to figures measured now."""
    written = json.loads(PRICES.read_text())
    model = Model(
        {name: price["price"] for name, price in written["prices"].items()},
        {name: assumed["value"] for name, assumed in written["assumptions"].items()},
        ingest_seconds=ingest.warm_seconds(quick=quick),
        record_seconds=worker.overhead_seconds(quick=quick),
    )
    return Report("cost", [_by_length(model), _by_item(model), _prices(written)])


def _by_length(model: Model) -> Table:
    rows: list[list[Cell]] = [
        [f"{length:,}", *_cells(model, {batch: [[length] * batch] for batch in _BATCHES})] for length in _LENGTHS
    ]
    mixed = {batch: list(_mixed_batches(batch)) for batch in _BATCHES}
    rows.append([f"{_LENGTHS[0]} to {_LENGTHS[-1]:,}, mixed", *_cells(model, mixed)])
    heads = [f"{name}, batch of {batch}" for batch in _BATCHES for name in (worker.OURS, worker.SEQUENTIAL)]
    measured = (
        f"Measured in this run: {1000 * model.ingest_seconds:.2f} ms per request,"
        f" {1000 * model.record_seconds:.2f} ms per record on top of its processing."
    )
    return Table("$ per million logs, by text length in characters", ["characters", *heads], rows, measured)


def _mixed_batches(batch: int) -> Iterator[list[int]]:
    random = Random(3)
    for _ in range(2000):
        yield [random.randint(_LENGTHS[0], _LENGTHS[-1]) for _ in range(batch)]


def _cells(model: Model, batches: dict[int, list[list[int]]]) -> list[Cell]:
    return [model.per_million(batches[batch], concurrent=kind) for batch in _BATCHES for kind in (True, False)]


def _by_item(model: Model) -> Table:
    length, batch = 1000, 10
    both = [model.items([length] * batch, concurrent=concurrent) or {} for concurrent in (True, False)]
    rows: list[list[Cell]] = [[item, *(_MILLION * items[item] / batch for items in both)] for item in both[0]]
    title = f"$ per million logs of {length:,} characters in batches of {batch}, by item"
    return Table(title, ["", worker.OURS, worker.SEQUENTIAL], rows)


def _prices(written: dict[str, Any]) -> Table:
    rows: list[list[Cell]] = [
        [
            name.replace("_", " "),
            f"${price['price']:.10f}".rstrip("0"),
            price["unit"],
            price["source"],
            price["in_force"],
        ]
        for name, price in written["prices"].items()
    ]
    return Table("Prices used", ["", "price", "per", "source", "of"], rows, written["checked"])
