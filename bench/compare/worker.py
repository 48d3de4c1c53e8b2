"""`bench worker`: a batch processed concurrently and sequentially, and the overhead per record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.compare.candidate import Candidate
from bench.compare.cpu_speed import median_of_faster_half
from bench.compare.worker_batches import ENVIRONMENT, text_lengths
from bench.report.report import Report, Table, at_most, compared, paragraphs

if TYPE_CHECKING:
    from bench.report.report import Cell, Comparison

TITLE = "The worker: concurrent batches, and what a record costs on top of its processing"
OURS, SEQUENTIAL = "ours", "sequential"
SECONDS_PER_CHAR = 0.05
_SIZES = (1, 10, 100)
# The sequential worker would sleep for minutes; it sleeps this share, and the rest is added.
_SHARE_SLEPT = 0.1
NOTES = paragraphs(
    """
The logs of a batch have 20 to 60 characters, so 1 to 3 s of simulated processing each. Ours is measured with the real
0.05 s per character. The sequential worker is measured with a tenth of it, and the nine tenths that it did not sleep
are added: that part is arithmetic. All calls to DynamoDB and STS go through botocore and end just before the socket.
One invocation per batch.

“Overhead” is the same without simulated processing. The stack allows batches of 1 to 10; 100 shows how threads scale.
"""
)


def measure(*, quick: bool) -> Report:
    """Measure batches of all sizes, and the overhead."""
    sizes = _SIZES[:2] if quick else _SIZES
    per_char = SECONDS_PER_CHAR / 50 if quick else SECONDS_PER_CHAR
    batches = {
        OURS: _seconds(OURS, sizes, per_char, rounds=1 if quick else 3),
        SEQUENTIAL: _seconds(SEQUENTIAL, sizes, per_char * _SHARE_SLEPT, rounds=1),
    }
    for size in sizes:
        batches[SEQUENTIAL][size] += (1 - _SHARE_SLEPT) * per_char * sum(text_lengths(size))
    overhead = _overhead(sizes, rounds=3 if quick else 15)
    longest = {size: per_char * max(text_lengths(size)) for size in sizes}
    claims = [
        at_most("ten logs of one batch, times the longest of them", batches[OURS][10] / longest[10], 1.1),
        at_most("a record's overhead in a batch of ten, wall time", overhead[OURS][10][0], 3, " ms"),
    ]
    tables = [_batch_table(batches, longest), _overhead_table(overhead)]
    return Report("worker", tables, claims, _comparisons(batches, overhead))


def overhead_seconds(*, quick: bool) -> float:
    """Return the CPU seconds that ours takes per record in a batch of ten, on top of its processing."""
    with _candidate(OURS, 0) as ours:
        return median_of_faster_half(ours(size=10)["cpu"] for _ in range(1 if quick else 15)) / 10


def _candidate(name: str, per_char: float) -> Candidate:
    variables = {**ENVIRONMENT, "PROCESSING_SECONDS_PER_CHAR": str(per_char)}
    return Candidate(name, "bench.compare.worker_batches:batch_timer", arguments={"name": name}, environment=variables)


def _seconds(name: str, sizes: tuple[int, ...], per_char: float, *, rounds: int) -> dict[int, float]:
    with _candidate(name, per_char) as candidate:
        return {size: median_of_faster_half(candidate(size=size)["wall"] for _ in range(rounds)) for size in sizes}


def _overhead(sizes: tuple[int, ...], *, rounds: int) -> dict[str, dict[int, tuple[float, float]]]:
    """Return milliseconds per record, wall and CPU, by candidate and size."""
    with _candidate(OURS, 0) as ours, _candidate(SEQUENTIAL, 0) as sequential:
        measured: dict[str, dict[int, tuple[float, float]]] = {OURS: {}, SEQUENTIAL: {}}
        for size in sizes:
            turns = [(ours(size=size), sequential(size=size)) for _ in range(rounds)]
            for number, name in enumerate(measured):
                wall, cpu = (median_of_faster_half(turn[number][clock] for turn in turns) for clock in ("wall", "cpu"))
                measured[name][size] = (1000 * wall / size, 1000 * cpu / size)
    return measured


def _batch_table(batches: dict[str, dict[int, float]], longest: dict[int, float]) -> Table:
    rows: list[list[Cell]] = []
    for size, ours in batches[OURS].items():
        other = batches[SEQUENTIAL][size]
        rows.append([f"{size}", longest[size], ours, ours / longest[size], other, other / ours])
    heads = ["logs in the batch", "longest log alone", OURS, "ours × longest", SEQUENTIAL, "ours is × as fast"]
    return Table("Seconds per batch at 0.05 s per character", heads, rows)


def _overhead_table(overhead: dict[str, dict[int, tuple[float, float]]]) -> Table:
    rows: list[list[Cell]] = [
        [f"{size}", *overhead[OURS][size], *overhead[SEQUENTIAL][size]] for size in overhead[OURS]
    ]
    heads = ["logs in the batch", *(f"{name}, {clock}" for name in overhead for clock in ("wall", "CPU"))]
    return Table("Overhead in ms per record, without simulated processing", heads, rows)


def _comparisons(
    batches: dict[str, dict[int, float]], overhead: dict[str, dict[int, tuple[float, float]]]
) -> list[Comparison]:
    found: list[Comparison] = []
    for size in batches[OURS]:
        found += compared(f"batch of {size}, s", {name: by_size[size] for name, by_size in batches.items()})
    cpu = {name: by_size[10][1] for name, by_size in overhead.items()}
    return found + compared("overhead of a record in a batch of 10, ms of CPU", cpu)
