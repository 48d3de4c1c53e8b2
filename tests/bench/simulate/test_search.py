"""The simulation: no schedule breaks a promise, every mistake breaks one, and what was found can be told again."""

import re
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from bench.simulate.choices import RandomChoices, Replay, shrunk
from bench.simulate.command import simulate
from bench.simulate.memory import NotDecidedByAnswersError
from bench.simulate.mutants import MUTANTS, SHORT_VISIBILITY, with_short_visibility
from bench.simulate.posts import Scenario
from bench.simulate.scenarios import EXHAUSTED, random_scenario
from bench.simulate.search import Found, Search
from bench.simulate.surroundings import Surroundings, simulated_surroundings
from bench.simulate.world import World
from handlers.aws.message import Message
from handlers.logs.outcome import STORED, Outcome, Reason
from handlers.worker import Worker
from tests.support.checkout import ROOT

PAGE = ROOT / "docs/operating.md"
SCHEDULES = 1_000
MOST_TO_KILL_A_MUTANT = 400
SEEDS_TO_COMPARE = 40
LARGEST = {
    "a short and a long log under one id",
    "a dead letter that is redriven while its log is sent again",
    "two dead letters under one id that are redriven",
}


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


@pytest.mark.parametrize("name", sorted(EXHAUSTED.keys() - LARGEST))
def test_no_order_of_a_small_scenario_breaks_a_promise(search: Search, name: str) -> None:
    assert all_of(search, replace(EXHAUSTED[name], faults=0)) > (0 if name == "one log" else 10)


@pytest.mark.parametrize("name", ["one log", "a dead letter that is redriven"])
def test_no_single_fault_of_the_smallest_scenarios_breaks_a_promise(search: Search, name: str) -> None:
    assert all_of(search, EXHAUSTED[name]) > 50


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("two logs under one id", 0),
        ("a dead letter that is redriven", 0),
        pytest.param("one log", 1, marks=pytest.mark.slow),
    ],
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
def test_the_reduced_search_finds_mistakes_too(mutant: str, name: str) -> None:
    with MUTANTS[mutant](), simulated_surroundings() as surroundings:
        found = next((found for found in Search(surroundings).exhausted(EXHAUSTED[name]) if found), None)

    assert found is not None


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS.keys())
def test_every_mistake_breaks_a_promise(search: Search, mutant: Callable[[], AbstractContextManager[None]]) -> None:
    with mutant(), simulated_surroundings() as surroundings:
        scenario, found = first_found(Search(surroundings))

        again = Search(surroundings).replayed(scenario, found.choices)

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


def test_with_and_without_a_memory_the_same_choices_tell_the_same_stories(search: Search) -> None:
    def told(surroundings: Surroundings, seed: int) -> tuple[list[str], Hashable]:
        world = World(surroundings, random_scenario(seed), RandomChoices(seed))
        world.run()
        return world.scheduler.story, world.ending()

    remembered = [told(search.surroundings, seed) for seed in range(SEEDS_TO_COMPARE)]
    with simulated_surroundings(remembers=False) as forgetful:
        run = [told(forgetful, seed) for seed in range(SEEDS_TO_COMPARE)]

    assert remembered == run


def test_code_that_asks_something_else_after_the_same_answers_is_found_out(search: Search) -> None:
    runs: list[Message] = []

    def store(worker: Worker, message: Message, _run: object) -> Outcome:
        runs.append(message)
        if len(runs) == 1:
            worker.settlement.delete(message)
            return STORED
        return worker.settlement.give_up(message, Reason.CONFLICT)

    with patch.object(Worker, "store", store), pytest.raises(NotDecidedByAnswersError):
        list(search.exhausted(EXHAUSTED["one log"]))


def test_shrinking_keeps_what_fails_and_leaves_out_the_rest() -> None:
    assert shrunk([4, 0, 7, 2, 9, 1, 7], lambda choices: list(choices).count(7) >= 1) in ([7], [0, 7])


def test_the_page_says_of_every_scenario_how_far_it_was_searched() -> None:
    rows = re.findall(r"^\| (.+) \| [12] \| [0-3] \| [\d,]+ \| [\d,]+ \|$", PAGE.read_text(), re.MULTILINE)

    assert list(dict.fromkeys(rows)) == list(EXHAUSTED)


def test_the_command_says_how_many_schedules_it_ran() -> None:
    outcome = CliRunner().invoke(simulate, ["--exhaustive", "--faults", "0", "--seconds", "0"])

    assert outcome.exit_code == 0, outcome.output
    assert [line.partition(":")[0] for line in outcome.stdout.splitlines()] == list(EXHAUSTED)
    assert re.search(r"two logs: 1 schedules through \d+ states; no promise broken", outcome.stdout)


@pytest.mark.parametrize("arguments", [["--replay", "0"], ["--seconds", "5"]], ids=["one seed", "random seeds"])
def test_the_command_tells_the_story_of_what_it_found_and_fails(arguments: list[str]) -> None:
    with MUTANTS["the message is deleted before its record is stored"]():
        outcome = CliRunner().invoke(simulate, arguments)

    assert outcome.exit_code == 1
    assert "is in no queue and not in the table" in outcome.stdout
    assert "delete_message to ingest" in outcome.stdout
    assert re.fullmatch(r"Again: python -m bench simulate --replay \d+", outcome.stdout.splitlines()[-1])
