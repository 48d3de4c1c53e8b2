"""`bench worker`: a batch worked off side by side, beside one after another; and what each record costs on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.compare.batches import ROLE_ARN, lengths_of
from bench.compare.candidate import Candidate, taking_turns
from bench.compare.cpu_speed import median_of_faster_half
from bench.compare.ingest_handlers import ENVIRONMENT
from bench.report.claims import at_most, compared
from bench.report.report import Report, Table, paragraphs

if TYPE_CHECKING:
    from bench.report.report import Cell, Comparison

TITLE = "The worker: batches side by side, and what a record costs beside its work"
OURS, ALTERNATIVE = "ours", "one after another"
SIZES = (1, 10, 100)
SECONDS_PER_CHAR = 0.05
# The alternative would sleep for minutes; its sleep is cut to this share, and the rest added.
SHARE_SLEPT = 0.1
VARIABLES = {
    **ENVIRONMENT,
    "DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/dead",
    "TABLE_NAME": "logs",
    "TENANT_ROLE_ARN": ROLE_ARN,
    "RETRY_DELAY_SECONDS": "0",
    "KEEP_ORIGINAL_TEXT": "true",
    "RECORD_RETENTION_DAYS": "0",
    "REDACT": "email,phone",
    "CHAOS": "false",
}
NOTES = paragraphs(
    """
The logs of a batch have 20 to 60 characters, so 1 to 3 s of simulated work each. Ours is measured with the real
0.05 s per character. One after another is measured with a tenth of it, and the nine tenths that it did not
sleep are added: that part is arithmetic. All calls of DynamoDB and STS go through botocore and end just before
the socket. One invocation per batch.

“Overhead” is the same with no simulated work. “Stack” allows batches of 1 to 10; 100 shows where threads would
lead.

Tenant-scoped credentials: the same write, signed with the tenant's credentials from the cache (10 tenants),
beside one with the function's own role. A tenant that is not in the cache costs one call of STS more, once an
hour.
"""
)


def measure(*, quick: bool) -> Report:
    """Measure batches of all sizes, the overhead and the credentials."""
    sizes = SIZES[:2] if quick else SIZES
    rounds = 1 if quick else 5
    per_char = SECONDS_PER_CHAR / 50 if quick else SECONDS_PER_CHAR
    taken = {
        OURS: _seconds(OURS, sizes, per_char, rounds=1 if quick else 3),
        ALTERNATIVE: _seconds(ALTERNATIVE, sizes, per_char * SHARE_SLEPT, rounds=1),
    }
    for size in sizes:
        taken[ALTERNATIVE][size] += (1 - SHARE_SLEPT) * per_char * sum(lengths_of(size))
    overhead = _overhead(sizes, rounds=3 * rounds)
    credentials = _credentials(rounds=2 * rounds, calls=20 if quick else 200)
    longest = {size: per_char * max(lengths_of(size)) for size in sizes}
    claims = [
        at_most("ten logs of one batch, times the longest of them", taken[OURS][10] / longest[10], 1.1),
        at_most("a record's overhead in a batch of ten, wall time", overhead[OURS][10][0], 3, " ms"),
    ]
    tables = [_batches(taken, longest), _overheads(overhead), _puts(credentials)]
    return Report("worker", TITLE, tables, claims, NOTES, _comparisons(taken, overhead))


def overhead_seconds(*, quick: bool) -> float:
    """Return what a record of a batch of ten costs ours beside its work, in seconds of CPU."""
    with _candidate(OURS, 0) as ours:
        return median_of_faster_half(ours(size=10)["cpu"] for _ in range(1 if quick else 15)) / 10


def _candidate(name: str, per_char: float) -> Candidate:
    variables = {**VARIABLES, "PROCESSING_SECONDS_PER_CHAR": str(per_char)}
    return Candidate(name, "bench.compare.batches:batch_timer", arguments={"name": name}, environment=variables)


def _seconds(name: str, sizes: tuple[int, ...], per_char: float, *, rounds: int) -> dict[int, float]:
    with _candidate(name, per_char) as candidate:
        return {size: median_of_faster_half(candidate(size=size)["wall"] for _ in range(rounds)) for size in sizes}


def _overhead(sizes: tuple[int, ...], *, rounds: int) -> dict[str, dict[int, tuple[float, float]]]:
    """Return milliseconds per record, wall and CPU, by candidate and size."""
    with _candidate(OURS, 0) as ours, _candidate(ALTERNATIVE, 0) as alternative:
        measured: dict[str, dict[int, tuple[float, float]]] = {OURS: {}, ALTERNATIVE: {}}
        for size in sizes:
            turns = [(ours(size=size), alternative(size=size)) for _ in range(rounds)]
            for number, name in enumerate(measured):
                wall, cpu = (median_of_faster_half(turn[number][clock] for turn in turns) for clock in ("wall", "cpu"))
                measured[name][size] = (1000 * wall / size, 1000 * cpu / size)
    return measured


def _credentials(*, rounds: int, calls: int) -> dict[str, float]:
    target = "bench.compare.batches:put_timer"
    with (
        Candidate("the function's own role", target, arguments={"acting": False}, environment=VARIABLES) as own,
        Candidate("the tenant's credentials", target, arguments={"acting": True}, environment=VARIABLES) as tenant,
    ):
        return taking_turns([own, tenant], rounds=rounds, calls=calls)


def _batches(taken: dict[str, dict[int, float]], longest: dict[int, float]) -> Table:
    rows: list[list[Cell]] = []
    for size, ours in taken[OURS].items():
        other = taken[ALTERNATIVE][size]
        rows.append([f"{size}", longest[size], ours, ours / longest[size], other, other / ours])
    heads = ["logs in the batch", "longest log alone", OURS, "ours × longest", ALTERNATIVE, "ours is × as fast"]
    return Table("Seconds per batch at 0.05 s per character", heads, rows)


def _overheads(overhead: dict[str, dict[int, tuple[float, float]]]) -> Table:
    rows: list[list[Cell]] = [
        [f"{size}", *overhead[OURS][size], *overhead[ALTERNATIVE][size]] for size in overhead[OURS]
    ]
    heads = ["logs in the batch", "ours, wall", "ours, CPU", f"{ALTERNATIVE}, wall", f"{ALTERNATIVE}, CPU"]
    return Table("Overhead in ms per record, without simulated work", heads, rows)


def _puts(credentials: dict[str, float]) -> Table:
    own, tenant = credentials.values()
    rows: list[list[Cell]] = [[name, value, value / own] for name, value in credentials.items()]
    return Table("One warm write with …, µs of CPU", ["", "µs", "×"], [*rows, ["difference", tenant - own, None]])


def _comparisons(
    taken: dict[str, dict[int, float]], overhead: dict[str, dict[int, tuple[float, float]]]
) -> list[Comparison]:
    found: list[Comparison] = []
    for size in taken[OURS]:
        found += compared(f"batch of {size}, s", {name: by_size[size] for name, by_size in taken.items()})
    cpu = {name: by_size[10][1] for name, by_size in overhead.items()}
    return found + compared("overhead of a record in a batch of 10, ms of CPU", cpu)
