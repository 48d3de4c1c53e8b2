"""`bench redact`: how fast each redaction reads logs, and how slow an adversarial text makes it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from bench.accuracy.adversarial_texts import ADVERSARIAL
from bench.accuracy.redactors import FLOOR, REDACTORS
from bench.compare.candidate import Candidate, TooSlow, in_turns
from bench.report.report import Report, Table, at_least, at_most, compared, paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.report.report import Cell, Claim, Comparison

# Seconds by adversarial text and size in KB; None where it took too long.
Times = dict[str, dict[int, float | None]]

TITLE = "Redaction: speed on logs, and on adversarial texts"
OURS = "ours"
_SLOW = {"phonenumbers", "scrubadub", "presidio"}
_TEXTS: dict[str, dict[str, Any]] = {
    "sparse": {"personal_share": 0.01},
    "mixed": {},
    "dense": {"personal_share": 1.0},
    "short": {"log_chars": 200},
}
_SIZES_KB = (8, 32, 128)
_GIVE_UP_SECONDS = 2.0
_SEARCHED_UNITS = 5
NOTES = paragraphs(
    f"""
Logs come from a seeded generator: service, access, database and system logs, JSON, stack traces. In “sparse” one line
of a hundred holds a phone number or an address, in “mixed” one of twenty, in “dense” every line; in “short” the mixed
text arrives as logs of 200 characters, as the worker gets them. Each match costs ours several microseconds, because
rules of its own decide about it: the denser the text, the smaller the lead. CPU time; the fast ones read 1 MB, the
slow ones 16 KB.

presidio is its two recognisers called directly, without its language model: the fastest it can be. scrubadub runs its
phone and e-mail detectors, phonenumbers its matcher for the region US (it knows no addresses).

Adversarial: {len(ADVERSARIAL)} texts of 8, 32 and 128 KB, the slowest of them for each candidate. A candidate that
takes more than {_GIVE_UP_SECONDS:g} s is stopped and gets no larger text. Growth is from 32 to 128 KB: 4 is linear, 16
quadratic.

Searched: for a minute, a search (`bench/accuracy/slow_texts.py`) repeats random units, keeps the slowest and mutates
them. It finds slow texts that nobody thought of.
"""
)


def measure(*, quick: bool) -> Report:
    """Measure all redactions on the same texts."""
    with _candidates() as candidates:
        speeds = _speeds(candidates, quick=quick)
        installed = [candidate for candidate in candidates if not candidate.missing and candidate.name != FLOOR]
        times = {candidate.name: _adversarial_times(candidate, quick=quick) for candidate in installed}
    slow = _searched(quick=quick)
    tables = [_speed_table(speeds), _slowest_table(times), _growth_table(times[OURS]), _searched_table(slow)]
    return Report("redact", tables, _claims(speeds, times) + _search_claims(slow), _comparisons(speeds, times))


@contextlib.contextmanager
def _candidates() -> Iterator[list[Candidate]]:
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(Candidate(name, "bench.accuracy.redactors:finder_timer", arguments={"name": name}))
            for name in (FLOOR, *REDACTORS)
        ]


def _speeds(candidates: list[Candidate], *, quick: bool) -> dict[str, dict[str, float]]:
    """Return MB/s by text and candidate."""
    speeds: dict[str, dict[str, float]] = {text: {} for text in _TEXTS}
    for text, request in _TEXTS.items():
        for slow, full_size, calls in ((False, 1_000_000, 5), (True, 16_000, 1)):
            size = full_size // 50 if quick else full_size
            turn = [candidate for candidate in candidates if (candidate.name in _SLOW) is slow]
            seconds = in_turns(turn, rounds=1 if quick else 9, size=size, calls=1 if quick else calls, **request)
            speeds[text] |= {name: size / 1e6 / max(taken, 1e-9) for name, taken in seconds.items()}
    return speeds


def _adversarial_times(candidate: Candidate, *, quick: bool) -> Times:
    texts, sizes = (list(ADVERSARIAL)[:2], _SIZES_KB[:1]) if quick else (list(ADVERSARIAL), _SIZES_KB)
    times: Times = {text: {} for text in texts}
    for kilobytes in sizes:
        for text in texts:
            times[text][kilobytes] = taken = _adversarial_seconds(candidate, text, kilobytes)
            if taken is None:
                return times
    return times


def _adversarial_seconds(candidate: Candidate, text: str, kilobytes: int) -> float | None:
    """Return the seconds for one text: ours is the fastest of five runs, because its short times vary most."""
    own = candidate.name == OURS
    request = {"size": 1024 * kilobytes, "adversary": text, "calls": max(32 // kilobytes, 1) if own else 1}
    try:
        return min(
            candidate(**request, timeout_seconds=60 if own else _GIVE_UP_SECONDS) for _ in range(5 if own else 1)
        )
    except TooSlow:
        return None


def _slowest_ms(times: Times, kilobytes: int) -> Cell:
    """Return milliseconds on the slowest text of a size."""
    if any(value is None for by_size in times.values() for size, value in by_size.items() if size <= kilobytes):
        return f"> {_GIVE_UP_SECONDS * 1000:g}"
    return 1000 * max((by_size.get(kilobytes) or 0.0 for by_size in times.values()), default=0.0)


def _slowest_text(times: Times) -> str:
    """Return the slowest text at the largest size that was measured."""
    return max(
        times, key=lambda text: (None in times[text].values(), max(filter(None, times[text].values()), default=0))
    )


def _growth(times: dict[int, float | None]) -> float | None:
    small, large = times.get(32), times.get(128)
    return large / small if small and large else None


def _speed_table(speeds: dict[str, dict[str, float]]) -> Table:
    rows: list[list[Cell]] = []
    for name in (FLOOR, *REDACTORS):
        row: list[Cell] = [name]
        for by_name in speeds.values():
            row += [by_name[name], by_name[OURS] / by_name[name]] if name in by_name else ["not installed", None]
        rows.append(row)
    return Table("MB/s on logs", ["", *(head for text in speeds for head in (text, "ours is × as fast"))], rows)


def _slowest_table(times: dict[str, Times]) -> Table:
    rows: list[list[Cell]] = [
        [name, *(_slowest_ms(times[name], size) for size in _SIZES_KB), _slowest_text(times[name])]
        if name in times
        else [name, "not installed", None, None, None]
        for name in REDACTORS
    ]
    heads = [*(f"{size} KB" for size in _SIZES_KB), "which, at the largest size"]
    return Table("ms on the slowest adversarial text", ["", *heads], rows)


def _growth_table(ours: Times) -> Table:
    rows: list[list[Cell]] = [
        [text, *(1000 * seconds if (seconds := taken.get(size)) else None for size in _SIZES_KB), _growth(taken)]
        for text, taken in ours.items()
    ]
    return Table("ours, ms by adversarial text", ["", *(f"{size} KB" for size in _SIZES_KB), "growth"], rows)


def _searched(*, quick: bool) -> list[dict[str, Any]]:
    """Return the slowest units that a search finds, each with seconds by size in KB."""
    sizes = [1024 * size for size in _SIZES_KB]
    with Candidate(OURS, "bench.accuracy.slow_texts:searcher", arguments={"name": OURS}) as candidate:
        found: list[dict[str, Any]] = candidate(
            seconds=2 if quick else 60, sizes=sizes, units=_SEARCHED_UNITS, timeout_seconds=300
        )
    for unit in found:
        unit["seconds"] = {int(size) // 1024: taken for size, taken in unit["seconds"].items()}
    return found


def _searched_table(found: list[dict[str, Any]]) -> Table:
    rows: list[list[Cell]] = [
        [ascii(unit["unit"]), *(_microseconds(unit, size) for size in _SIZES_KB), _growth(unit["seconds"])]
        for unit in found
    ]
    heads = [*(f"{size} KB" for size in _SIZES_KB), "growth"]
    return Table("ours, µs a character on the slowest texts that a search found", ["repeated", *heads], rows)


def _microseconds(unit: dict[str, Any], kilobytes: int) -> float:
    seconds: float = unit["seconds"][kilobytes]
    return 1e6 * seconds / (1024 * kilobytes)


def _search_claims(found: list[dict[str, Any]]) -> list[Claim]:
    worst = max(_microseconds(unit, size) for unit in found for size in _SIZES_KB)
    growths = [growth for unit in found if (growth := _growth(unit["seconds"])) is not None]
    return [
        at_most("µs a character on the slowest text that a search found", worst, 10),
        at_most("growth of the time from 32 to 128 KB, on texts that a search found", max(growths, default=None), 5.0),
    ]


def _claims(speeds: dict[str, dict[str, float]], times: dict[str, Times]) -> list[Claim]:
    mixed = speeds["mixed"]
    growths = [_growth(taken) for taken in times[OURS].values()]
    largest = None if None in growths else max(filter(None, growths))
    presidio = mixed[OURS] / mixed["presidio"] if "presidio" in mixed else None
    return [
        at_least("redaction of mixed logs, times the speed of a careful `re`", mixed[OURS] / mixed["re, careful"], 20),
        at_least("redaction of mixed logs, times the speed of presidio's recognisers", presidio, 500),
        at_most("growth of the time from 32 to 128 KB, on the worst adversarial text", largest, 5.0),
    ]


def _comparisons(speeds: dict[str, dict[str, float]], times: dict[str, Times]) -> list[Comparison]:
    found: list[Comparison] = []
    for text, by_name in speeds.items():
        redactors = {name: speed for name, speed in by_name.items() if name != FLOOR}
        found += compared(f"redaction, {text} logs, MB/s", redactors, larger_is_better=True)
    slowest = {name: _slowest_ms(taken, _SIZES_KB[0]) for name, taken in times.items()}
    finished = {name: value for name, value in slowest.items() if isinstance(value, float)}
    return found + compared(f"redaction, slowest adversarial text of {_SIZES_KB[0]} KB, ms", finished)
