"""`bench redact`: how fast each redaction reads logs, and what an adversary can make of it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from bench.accuracy.adversarial_texts import ADVERSARIAL
from bench.accuracy.redactors import FLOOR, REDACTORS
from bench.compare.adversarial_speed import GIVE_UP_SECONDS, SIZES_KB, grown, on_adversaries, slowest, slowest_adversary
from bench.compare.candidate import Candidate, taking_turns
from bench.report.claims import at_least, at_most, compared
from bench.report.report import Claim, Report, Table, paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.compare.adversarial_speed import Taken
    from bench.report.report import Cell, Comparison


TITLE = "Redaction: speed on logs, and on texts made to be slow"
OURS = "ours"
SLOW = {"phonenumbers", "scrubadub", "presidio"}
LARGEST_GROWTH = 5.0
# Of the fast ones, one after the other in each turn: a few milliseconds after a pause say more of the pause.
CALLS = 5
NOTES = paragraphs(
    f"""
Logs come from the seeded generator `bench/accuracy/log_lines.py`: service, access, database and system logs, JSON,
stack traces. In “sparse” one line of a hundred holds a phone number or an address, in “mixed” one of twenty, in
“dense” every line; in “short” the mixed text arrives as logs of 200 characters, as the worker gets them. Each place
that is found costs ours several microseconds, because rules of its own judge it: the denser, the smaller the lead.
CPU time; the fast ones read 1 MB, the slow ones 16 KB.

presidio is its two recognisers called directly, so without its language model: the fastest it can be. scrubadub
runs its phone and e-mail detectors, phonenumbers its matcher for the region US (it knows no addresses).

Adversarial: {len(ADVERSARIAL)} texts (`bench/accuracy/adversarial_texts.py`) at 8, 32 and 128 KB, the slowest of
them for each; whoever takes more than {GIVE_UP_SECONDS:g} s on one of them is stopped, and left out from there on.
Growth is from 32 to 128 KB: 4 is linear, 16 quadratic.
"""
)


def measure(*, quick: bool) -> Report:
    """Measure all redactions on the same texts."""
    with _candidates() as candidates:
        logs = _on_logs(candidates, quick=quick)
        worst = {c.name: on_adversaries(c, quick=quick) for c in candidates if not c.missing and c.name != FLOOR}
    tables = [_speeds(logs), _worst(worst), _growth(worst[OURS])]
    return Report("redact", TITLE, tables, _claims(logs, worst), NOTES, _comparisons(logs, worst))


@contextlib.contextmanager
def _candidates() -> Iterator[list[Candidate]]:
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(Candidate(name, "bench.accuracy.redactors:finder_timer", arguments={"name": name}))
            for name in (FLOOR, *REDACTORS)
        ]


def _on_logs(candidates: list[Candidate], *, quick: bool) -> dict[str, dict[str, float]]:
    """Return MB/s by text and candidate."""
    orders: dict[str, dict[str, Any]] = {
        "sparse": {"personal_share": 0.01},
        "mixed": {},
        "dense": {"personal_share": 1.0},
        "short": {"log_chars": 200},
    }
    speeds: dict[str, dict[str, float]] = {}
    for text, order in orders.items():
        speeds[text] = {}
        for group, size in ((False, 1_000_000), (True, 16_000)):
            size = size // 50 if quick else size  # noqa: PLW2901 - only to see that it runs
            turn = [c for c in candidates if (c.name in SLOW) is group]
            calls = 1 if group or quick else CALLS
            seconds = taking_turns(turn, rounds=1 if quick else 9, size=size, calls=calls, **order)
            speeds[text] |= {name: size / 1e6 / max(taken, 1e-9) for name, taken in seconds.items()}
    return speeds


def _speeds(logs: dict[str, dict[str, float]]) -> Table:
    rows: list[list[Cell]] = []
    for name in (FLOOR, *REDACTORS):
        row: list[Cell] = [name]
        for speeds in logs.values():
            row += [speeds.get(name, "not installed"), speeds[OURS] / speeds[name] if name in speeds else None]
        rows.append(row)
    return Table("MB/s on logs", ["", *(head for text in logs for head in (text, "ours is × as fast"))], rows)


def _worst(worst: dict[str, Taken]) -> Table:
    rows: list[list[Cell]] = []
    for name in REDACTORS:
        if name in worst:
            milliseconds = [slowest(worst[name], kilobytes) for kilobytes in SIZES_KB]
            rows.append([name, *milliseconds, slowest_adversary(worst[name])])
        else:
            rows.append([name, "not installed", None, None, None])
    heads = [f"{kilobytes} KB" for kilobytes in SIZES_KB]
    return Table("ms on the slowest adversarial text", ["", *heads, "which, at the largest"], rows)


def _growth(ours: Taken) -> Table:
    rows: list[list[Cell]] = [
        [
            adversary,
            *(None if taken.get(size) is None else (taken[size] or 0.0) * 1000 for size in SIZES_KB),
            grown(taken),
        ]
        for adversary, taken in ours.items()
    ]
    return Table("ours, ms by adversarial text", ["", *(f"{size} KB" for size in SIZES_KB), "growth"], rows)


def _claims(logs: dict[str, dict[str, float]], worst: dict[str, Taken]) -> list[Claim]:
    mixed = logs["mixed"]
    factors = [grown(taken) for taken in worst[OURS].values()]
    known = [growth for growth in factors if growth is not None]
    largest = max(known) if known and len(known) == len(factors) else None
    return [
        at_least(
            "redaction on mixed logs, times the speed of the careful `re`", mixed[OURS] / mixed["re, careful"], 20
        ),
        at_least(
            "redaction on mixed logs, times the speed of presidio's recognisers",
            mixed[OURS] / mixed["presidio"] if "presidio" in mixed else None,
            500,
        ),
        at_most("growth of the time from 32 to 128 KB, on the worst adversarial text", largest, LARGEST_GROWTH),
    ]


def _comparisons(logs: dict[str, dict[str, float]], worst: dict[str, Taken]) -> list[Comparison]:
    found: list[Comparison] = []
    for text, speeds in logs.items():
        rivals = {name: speed for name, speed in speeds.items() if name != FLOOR}
        found += compared(f"redaction, {text} logs, MB/s", rivals, larger_is_better=True)
    smallest = SIZES_KB[0]
    at_smallest = {name: slowest(taken, smallest) for name, taken in worst.items()}
    known = {name: value for name, value in at_smallest.items() if isinstance(value, float)}
    return found + compared(f"redaction, slowest adversarial text of {smallest} KB, ms", known)
