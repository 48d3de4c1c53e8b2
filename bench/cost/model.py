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
    from bench.report.report import Cell

TITLE = "Cost: dollars per million logs, ours and one after another"
PRICES = Path(__file__).with_name("prices.json")
LENGTHS = (100, 500, 1000, 2800)
BATCHES = (1, 5, 10)
MIXED = "100 to 2,800, mixed"
# "Lambda quotas": function timeout.
LONGEST_INVOCATION_SECONDS = 900
MILLION = 1_000_000
NOTES = paragraphs(
    f"""
A model, not a bill: prices and assumptions stand in `bench/prices.json`, each price with its source and the date
of that source. Region us-east-1, arm64, 512 MB. Ours names a message group, so its requests to SQS are those of a
fair queue, and cost more.

Measured here: CPU of a warm request and of a record (both on this machine, not on Lambda). Assumed: what calls
of SQS and DynamoDB take in a region. Computed: everything else, from 0.05 s per character of simulated work.

All logs of a batch are equally long, but for the last row, where lengths are drawn evenly and a batch waits for
its longest log. One after another a batch may not take longer than Lambda's {LONGEST_INVOCATION_SECONDS} s.
Free tiers, storage and data transfer are left out.
"""
)


@dataclass(frozen=True, slots=True)
class Model:
    """What logs cost.

    Attributes:
        prices: dollars by name.
        assumed: assumptions by name.
        ingest_seconds: CPU of one warm request.
        record_seconds: CPU of one record beside its work.
    """

    prices: dict[str, float]
    assumed: dict[str, float]
    ingest_seconds: float
    record_seconds: float

    def items(self, lengths: list[int], *, side_by_side: bool) -> dict[str, float] | None:
        """Return dollars by item for the logs of one batch; None where Lambda cannot work it off."""
        seconds = self.worker_seconds(lengths, side_by_side=side_by_side)
        if seconds > LONGEST_INVOCATION_SECONDS:
            return None
        logs, prices, assumed = len(lengths), self.prices, self.assumed
        log_bytes = logs * assumed["log_bytes_per_log"] + (logs + 1) * assumed["log_bytes_per_invocation"]
        return {
            "HTTP API": logs * prices["http_api_request"],
            "ingest function": logs * self._invocation(self.ingest_seconds + assumed["sqs_call_seconds"]),
            "SQS": (logs + 2) * self._sqs_request(fair=side_by_side),
            "worker function": self._invocation(seconds),
            "DynamoDB": prices["dynamodb_write_unit"] * sum(map(self._write_units, lengths)),
            "CloudWatch Logs": log_bytes / 1e9 * prices["logs_gb"],
        }

    def worker_seconds(self, lengths: list[int], *, side_by_side: bool) -> float:
        """Return how long one invocation works on a batch."""
        work = [length * worker.SECONDS_PER_CHAR + self.assumed["dynamodb_call_seconds"] for length in lengths]
        return (max(work) if side_by_side else sum(work)) + self.record_seconds * len(lengths)

    def _invocation(self, seconds: float) -> float:
        return (
            self.prices["lambda_request"] + self.prices["lambda_gb_second_arm64"] * seconds * self.assumed["memory_gb"]
        )

    def _sqs_request(self, *, fair: bool) -> float:
        return self.prices["sqs_request"] + (self.prices["sqs_fair_request"] if fair else 0)

    def _write_units(self, length: int) -> int:
        return math.ceil((2 * length + self.assumed["record_bytes_beside_texts"]) / 1024)


def measure(*, quick: bool) -> Report:
    """Apply the prices to figures measured now."""
    written = json.loads(PRICES.read_text())
    model = Model(
        {name: price["price"] for name, price in written["prices"].items()},
        {name: assumed["value"] for name, assumed in written["assumptions"].items()},
        ingest.warm_seconds(quick=quick),
        worker.overhead_seconds(quick=quick),
    )
    return Report("cost", TITLE, [_sums(model), _items(model), _prices(written)], notes=NOTES)


def _sums(model: Model) -> Table:
    rows: list[list[Cell]] = [[f"{length:,}", *_cells(model, length)] for length in LENGTHS]
    rows.append([MIXED, *_cells(model, None)])
    heads = [f"{name}, batch of {batch}" for batch in BATCHES for name in (worker.OURS, worker.ALTERNATIVE)]
    measured = (
        f"Measured in this run: {1000 * model.ingest_seconds:.2f} ms per request,"
        f" {1000 * model.record_seconds:.2f} ms per record beside its work."
    )
    return Table("$ per million logs, by text length in characters", ["characters", *heads], rows, measured)


def _cells(model: Model, length: int | None) -> list[Cell]:
    return [
        _dollars_per_million(model, _batches(length, batch), side_by_side=side_by_side)
        for batch in BATCHES
        for side_by_side in (True, False)
    ]


def _batches(length: int | None, batch: int) -> list[list[int]]:
    if length is not None:
        return [[length] * batch]
    random = Random(3)
    return [[random.randint(LENGTHS[0], LENGTHS[-1]) for _ in range(batch)] for _ in range(2000)]


def _dollars_per_million(model: Model, batches: list[list[int]], *, side_by_side: bool) -> Cell:
    sums = [model.items(batch, side_by_side=side_by_side) for batch in batches]
    possible = [sum(items.values()) for items in sums if items is not None]
    if len(possible) < len(sums):
        seconds = max(model.worker_seconds(batch, side_by_side=side_by_side) for batch in batches)
        return f"impossible: {seconds:,.0f} s"
    return MILLION * sum(possible) / sum(map(len, batches))


def _items(model: Model) -> Table:
    length, batch = 1000, 10
    both = [model.items([length] * batch, side_by_side=side_by_side) or {} for side_by_side in (True, False)]
    rows: list[list[Cell]] = [[item, *(MILLION * items[item] / batch for items in both)] for item in both[0]]
    title = f"$ per million logs of {length:,} characters in batches of {batch}, by item"
    return Table(title, ["", worker.OURS, worker.ALTERNATIVE], rows)


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
