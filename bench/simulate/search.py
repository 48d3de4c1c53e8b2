"""Search: through all schedules of a small scenario, or through as many random ones as there is time for."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.simulate.choices import RandomChoices, Replay, shrunk
from bench.simulate.violation import Violation
from bench.simulate.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.simulate.posts import Scenario


@dataclass(frozen=True)
class Found:
    """A schedule that breaks a promise.

    Attributes:
        promise: which one.
        choices: what leads to it, with which it can be replayed.
        story: what happens in it, line by line.
    """

    promise: str
    choices: Sequence[int]
    story: Sequence[str]


def replayed(scenario: Scenario, choices: Sequence[int]) -> Found | None:
    """Return what a schedule breaks; None if it breaks nothing."""
    world = World(scenario, Replay(choices))
    try:
        world.run()
    except Violation as violation:
        return Found(str(violation), list(choices), world.scheduler.story)
    return None


def tried(scenario: Scenario, seed: int) -> Found | None:
    """Return what the schedule of a seed breaks, shrunk; None if it breaks nothing."""
    choices = RandomChoices(seed)
    try:
        World(scenario, choices).run()
    except Violation:
        return replayed(scenario, shrunk(choices.taken, lambda shorter: replayed(scenario, shorter) is not None))
    return None


def exhausted(scenario: Scenario) -> Iterator[Found | None]:
    """Run every schedule of a scenario that differs from those before; yield what each breaks.

    Two schedules go on alike once services, clock and threads have come to the same state; the second one ends there.
    The state of a thread is all the answers that it got: they decide what it does.
    """
    seen: set[int] = set()
    prefixes: list[list[int]] = [[]]
    while prefixes:
        prefix = prefixes.pop()
        choices = Replay(prefix)
        world = World(scenario, choices, reduced=True)
        found = None
        try:
            with closing(world.steps()) as steps:
                for depth in steps:
                    if depth <= len(prefix):
                        continue
                    if (state := world.state()) in seen:
                        break
                    seen.add(state)
        except Violation as violation:
            found = Found(str(violation), list(choices.taken), world.scheduler.story)
        for place in range(len(prefix), len(choices.taken)):
            prefixes += [[*choices.taken[:place], other] for other in range(1, choices.widths[place])]
        yield found
