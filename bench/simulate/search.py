"""Search: through all schedules of a small scenario, or through as many random ones as there is time for."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.simulate.choices import RandomChoices, Replay, shrunk
from bench.simulate.violation import Violation
from bench.simulate.world import World

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from bench.simulate.posts import Scenario
    from bench.simulate.surroundings import Surroundings


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


@dataclass(frozen=True)
class Search:
    """Runs worlds in simulated surroundings, which stay the same from one to the next."""

    surroundings: Surroundings

    def replayed(self, scenario: Scenario, choices: Sequence[int]) -> Found | None:
        """Return what a schedule breaks; None if it breaks nothing."""
        world = World(self.surroundings, scenario, Replay(choices))
        try:
            world.run()
        except Violation as violation:
            return Found(str(violation), list(choices), world.scheduler.story)
        return None

    def tried(self, scenario: Scenario, seed: int) -> Found | None:
        """Return what the schedule of a seed breaks, shrunk; None if it breaks nothing."""
        choices = RandomChoices(seed)
        try:
            World(self.surroundings, scenario, choices).run()
        except Violation:
            shortest = shrunk(choices.taken, lambda shorter: self.replayed(scenario, shorter) is not None)
            return self.replayed(scenario, shortest)
        return None

    def exhausted(self, scenario: Scenario, states: set[int] | None = None) -> Iterator[Found | None]:
        """Run every schedule of a scenario, as `bench.simulate.reduction` reduces them; yield what each breaks.

        Args:
            scenario: which one.
            states: takes a digest of every state that was seen.
        """
        for _, found in self._explored(scenario, set() if states is None else states, reduced=True):
            yield found

    def endings(self, scenario: Scenario, *, reduced: bool) -> set[Hashable]:
        """Return everything in which a scenario can end; take its schedules as they are or reduced.

        Raises:
            ValueError: a schedule breaks a promise.
        """
        endings = set()
        for world, found in self._explored(scenario, set(), reduced=reduced):
            if found:
                raise ValueError(found.promise)
            if world.has_ended:
                endings.add(world.ending())
        return endings

    def _explored(self, scenario: Scenario, seen: set[int], *, reduced: bool) -> Iterator[tuple[World, Found | None]]:
        prefixes: list[list[int]] = [[]]
        while prefixes:
            prefix = prefixes.pop()
            choices = Replay(prefix)
            world = World(self.surroundings, scenario, choices, reduced=reduced)
            found = None
            try:
                with closing(world.steps()) as steps:
                    for depth in steps:
                        if not reduced or depth < len(prefix):
                            continue
                        if (state := world.state()) in seen:
                            break
                        seen.add(state)
            except Violation as violation:
                found = Found(str(violation), choices.taken, world.scheduler.story)
            for place in range(len(prefix), len(choices.taken)):
                prefixes += [[*choices.taken[:place], other] for other in range(1, choices.widths[place])]
            yield world, found
