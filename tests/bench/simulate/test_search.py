"""The simulation: no schedule breaks a promise, every mistake breaks one, and what was found can be told again."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from click.testing import CliRunner

from bench.simulate.choices import Replay, shrunk
from bench.simulate.command import simulate
from bench.simulate.mutants import MUTANTS, SHORT_VISIBILITY, with_short_visibility
from bench.simulate.posts import Scenario
from bench.simulate.scenarios import EXHAUSTED, random_scenario
from bench.simulate.search import Found, Search
from bench.simulate.surroundings import simulated_surroundings
from bench.simulate.world import World

SCHEDULES = 1_000
MOST_TO_KILL_A_MUTANT = 400
LARGEST = "a short and a long log under one id"


@pytest.fixture
def search() -> Iterator[Search]:
    with simulated_surroundings() as surroundings:
        yield Search(surroundings)


def first_found(
    search: Search, change: Callable[[Scenario], Scenario] = lambda scenario: scenario
) -> tuple[Scenario, Found]:
    for seed in range(MOST_TO_KILL_A_MUTANT):
        scenario = change(random_scenario(seed))
        if found := search.tried(scenario, seed):
            return scenario, found
    pytest.fail(f"{MOST_TO_KILL_A_MUTANT} schedules break no promise")


def all_of(search: Search, scenario: Scenario) -> int:
    """Run all schedules of a scenario; return how many there are."""
    schedules = 0
    for found in search.exhausted(scenario):
        assert found is None, "\n".join([found.promise, *found.story])
        schedules += 1
    return schedules


@pytest.mark.parametrize("slice_", range(4))
def test_no_random_schedule_breaks_a_promise(search: Search, slice_: int) -> None:
    for seed in range(slice_, SCHEDULES, 4):
        found = search.tried(random_scenario(seed), seed)
        assert found is None, "\n".join([found.promise, *found.story])


@pytest.mark.parametrize("name", sorted(EXHAUSTED.keys() - {LARGEST}))
def test_no_order_of_a_small_scenario_breaks_a_promise(search: Search, name: str) -> None:
    assert all_of(search, replace(EXHAUSTED[name], faults=0)) > (0 if name == "one log" else 30)


def test_no_single_fault_of_one_log_breaks_a_promise(search: Search) -> None:
    assert all_of(search, EXHAUSTED["one log"]) > 100


@pytest.mark.parametrize(
    ("name", "faults"),
    [("two logs under one id", 0), pytest.param("one log", 1, marks=pytest.mark.slow)],
)
def test_what_the_search_leaves_out_ends_like_something_else(search: Search, name: str, faults: int) -> None:
    scenario = replace(EXHAUSTED[name], workers=1, faults=faults)

    assert search.endings(scenario, reduced=True) == search.endings(scenario, reduced=False)


@pytest.mark.parametrize(
    ("mutant", "name"),
    [
        ("the message is deleted before its record is stored", "one log"),
        ("a record is written whether or not there is one", "one log twice"),
        ("nobody compares fingerprints", "two logs under one id"),
    ],
)
def test_the_reduced_search_finds_mistakes_too(search: Search, mutant: str, name: str) -> None:
    with MUTANTS[mutant]():
        found = next((found for found in search.exhausted(EXHAUSTED[name]) if found), None)

    assert found is not None


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS.keys())
def test_every_mistake_breaks_a_promise(search: Search, mutant: Callable[[], AbstractContextManager[None]]) -> None:
    with mutant():
        scenario, found = first_found(search)

        again = search.replayed(scenario, found.choices)

    assert again is not None
    assert (again.promise, again.story) == (found.promise, found.story)
    assert search.replayed(scenario, found.choices) is None  # without the mistake, the same schedule breaks nothing


def test_hiding_messages_for_less_than_their_processing_takes_breaks_a_promise(search: Search) -> None:
    _, found = first_found(search, with_short_visibility)

    assert "is a dead letter after" in found.promise, SHORT_VISIBILITY


def test_the_same_choices_tell_the_same_story(search: Search) -> None:
    scenario = random_scenario(7)
    stories = []
    for _ in range(2):
        world = World(search.surroundings, scenario, Replay([1, 2, 0, 3, 1, 1, 2] * 5))
        world.run()
        stories.append(world.scheduler.story)

    assert stories[0] == stories[1]
    assert len(stories[0]) > 10


def test_shrinking_keeps_what_fails_and_leaves_out_the_rest() -> None:
    assert shrunk([4, 0, 7, 2, 9, 1, 7], lambda choices: list(choices).count(7) >= 1) in ([7], [0, 7])


def test_the_command_says_how_many_schedules_it_ran() -> None:
    outcome = CliRunner().invoke(simulate, ["--exhaustive", "--faults", "0", "--seconds", "0"])

    assert outcome.exit_code == 0, outcome.output
    assert [line.partition(":")[0] for line in outcome.stdout.splitlines()] == list(EXHAUSTED)
    assert "two logs: 1 schedules; no promise broken" in outcome.stdout


def test_the_command_tells_the_story_of_what_it_found_and_fails() -> None:
    with MUTANTS["the message is deleted before its record is stored"]():
        outcome = CliRunner().invoke(simulate, ["--replay", "0"])

    assert outcome.exit_code == 1
    assert "is in no queue and not in the table" in outcome.stdout
    assert "delete_message to ingest" in outcome.stdout
    assert outcome.stdout.splitlines()[-1] == "Again: python -m bench simulate --replay 0"
