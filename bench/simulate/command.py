"""`bench simulate`: tries as many schedules as there is time for, and tells the story of one that breaks a promise."""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import Progress

from bench.simulate.scenarios import EXHAUSTED, random_scenario
from bench.simulate.search import Search
from bench.simulate.surroundings import simulated_surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.simulate.posts import Scenario
    from bench.simulate.search import Found

_SLICE_SECONDS = 2.0
# Far apart, so that no two slices try the same seed.
_SEEDS_OF_A_SLICE = 1_000_000
_UNTIL_THE_END = ExitStack()


@dataclass(frozen=True)
class Tally:
    """What a search has found.

    Attributes:
        schedules: how many were run.
        states: how many different states were seen, if schedules that come to the same one were run once from there.
        broken: the first that breaks a promise, if any.
        seed: the seed of that one, if it has one.
        complete: whether there are no others.
    """

    schedules: int
    states: int | None = None
    broken: Found | None = None
    seed: int | None = None
    complete: bool = False


@lru_cache
def _search_of_this_process() -> Search:
    """Return a search that keeps its memory from slice to slice; its surroundings stay until the process ends."""
    return Search(_UNTIL_THE_END.enter_context(simulated_surroundings()))


def random_search(first_seed: int, seconds: float) -> Tally:
    """Try one seed after the other until time is up, or one breaks a promise."""
    end = time.monotonic() + seconds
    schedules, search = 0, _search_of_this_process()
    while time.monotonic() < end:
        seed = first_seed + schedules
        found = search.tried(random_scenario(seed), seed)
        schedules += 1
        if found:
            return Tally(schedules, broken=found, seed=seed)
    return Tally(schedules)


def exhaustive_search(scenario: Scenario, end: float) -> Tally:
    """Run every schedule of a scenario until time is up, or one breaks a promise.

    Args:
        scenario: which one.
        end: until when, on the clock of `time.monotonic`.
    """
    schedules, states = 0, set[int]()
    with simulated_surroundings() as surroundings:
        for found in Search(surroundings).exhausted(scenario, states):
            schedules += 1
            if found or time.monotonic() > end:
                return Tally(schedules, len(states), found)
    return Tally(schedules, len(states), complete=True)


@click.command("simulate")
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The first seed; the same seed is the same search."
)
@click.option("--seconds", type=click.FloatRange(min=0), default=60.0, show_default=True, help="How long to search.")
@click.option("--replay", type=int, metavar="SEED", help="Try this one seed, and tell what happens if it fails.")
@click.option("--exhaustive", is_flag=True, help="Run all schedules of small scenarios instead of random ones.")
@click.option(
    "--scenario",
    "names",
    multiple=True,
    type=click.Choice(list(EXHAUSTED)),
    help="With --exhaustive: only this one; may be repeated.",
)
@click.option("--faults", type=click.IntRange(0, 3), default=1, show_default=True, help="With --exhaustive: at most.")
@click.option(
    "--environments",
    type=click.IntRange(1, 2),
    default=2,
    show_default=True,
    help="With --exhaustive: how many of the worker.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def simulate(
    *,
    seed: int,
    seconds: float,
    replay: int | None,
    exhaustive: bool,
    names: Sequence[str],
    faults: int,
    environments: int,
    as_json: bool,
) -> None:
    """Run the real functions on simulated services: any order, any failure.

    Exits with 1 if a schedule breaks a promise of docs/operating.md, and tells its story.
    """
    if names and not exhaustive:
        raise click.UsageError("--scenario needs --exhaustive: random schedules have scenarios of their own")
    if replay is not None:
        tallies = {f"seed {replay}": _one(replay)}
    elif exhaustive:
        chosen = {name: EXHAUSTED[name] for name in names or EXHAUSTED}
        scenarios = {name: replace(scenario, faults=faults, workers=environments) for name, scenario in chosen.items()}
        tallies = _all_on_all_cores(scenarios, seconds)
    else:
        tallies = {"random": _random_on_all_cores(seed, seconds)}
    broken = [tally for tally in tallies.values() if tally.broken]
    if as_json:
        click.echo(json.dumps({name: asdict(tally) for name, tally in tallies.items()}, indent=1))
    else:
        _print(tallies)
    sys.exit(1 if broken else 0)


def _one(seed: int) -> Tally:
    with simulated_surroundings() as surroundings:
        found = Search(surroundings).tried(random_scenario(seed), seed)
    return Tally(1, broken=found, seed=seed if found else None)


def _all_on_all_cores(scenarios: Mapping[str, Scenario], seconds: float) -> dict[str, Tally]:
    end = time.monotonic() + seconds
    with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        tallies = {name: pool.submit(exhaustive_search, scenario, end) for name, scenario in scenarios.items()}
        return {name: tally.result() for name, tally in tallies.items()}


def _random_on_all_cores(first_seed: int, seconds: float) -> Tally:
    cores = os.cpu_count() or 1
    end, schedules, begun = time.monotonic() + seconds, 0, 0
    with ProcessPoolExecutor(cores) as pool, Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("Schedules", total=seconds)
        while (left := end - time.monotonic()) > 0:
            slices = [
                pool.submit(random_search, first_seed + (begun + n) * _SEEDS_OF_A_SLICE, min(_SLICE_SECONDS, left))
                for n in range(cores)
            ]
            begun += cores
            for tally in [each.result() for each in slices]:
                schedules += tally.schedules
                if tally.broken:
                    return replace(tally, schedules=schedules)
            progress.update(
                bar, completed=seconds - max(end - time.monotonic(), 0), description=f"{schedules:,} schedules"
            )
    return Tally(schedules)


def _print(tallies: dict[str, Tally]) -> None:
    for name, tally in tallies.items():
        which = f" through {tally.states:,} states" if tally.states is not None else ""
        which += ", which are all there are" if tally.complete else ""
        result = f"broken: {tally.broken.promise}" if tally.broken else "no promise broken"
        click.echo(f"{name}: {tally.schedules:,} schedules{which}; {result}")
        if tally.broken:
            click.echo("\n".join(tally.broken.story))
            if tally.seed is not None:
                click.echo(f"Again: python -m bench simulate --replay {tally.seed}")
