"""The world: a client, Lambda and an operator, all of them with the real code, on simulated services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.simulate.clients import Client
from bench.simulate.posts import TENANT
from bench.simulate.processes import Ports
from bench.simulate.promises import Promises
from bench.simulate.queues import SimulatedSqs
from bench.simulate.redrives import Operator
from bench.simulate.scheduler import Scheduler
from bench.simulate.services import SimulatedDynamoDb
from bench.simulate.surroundings import Dice
from bench.simulate.violation import Violation
from bench.simulate.workers import Lambda
from handlers.aws import acting_credentials
from handlers.logs.clock import timestamp
from handlers.logs.envelope import Envelope

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from bench.simulate.choices import Choices
    from bench.simulate.posts import Scenario
    from bench.simulate.surroundings import Surroundings

MOST_STEPS = 5_000


@dataclass
class World:
    """Everything that takes part in one schedule.

    Attributes:
        surroundings: where the real code finds this world.
        scenario: what is given.
        choices: what decides the rest.
        reduced: whether what would only repeat other schedules is left out.
        has_ended: whether nothing was left to do.
    """

    surroundings: Surroundings
    scenario: Scenario
    choices: Choices
    reduced: bool = False
    has_ended: bool = False

    def __post_init__(self) -> None:
        scenario, here = self.scenario, self.surroundings
        at_once = self.reduced or scenario.at_once
        self.scheduler = Scheduler(self.choices, scenario.faults, reduced=self.reduced, at_once=at_once)
        self.sqs = SimulatedSqs(self.scheduler, scenario.visibility_seconds)
        self.dynamodb = SimulatedDynamoDb(self.scheduler, lambda: acting_credentials._ACTING.get().access_key)
        self.promises = Promises(self.sqs, self.dynamodb)
        ports = Ports(clock=self.scheduler, sqs=self.sqs, dice=Dice())
        self.client = Client(self.scheduler, here, ports, self.promises, scenario.posts)
        worker = here.worker_of(scenario.seconds_per_char, has_processor=scenario.has_processor)
        self.lambda_ = Lambda(self.scheduler, self.sqs, self.dynamodb, here, worker)
        self.sqs.counts_trouble = scenario.healthy_logs_may_die
        self.operator = Operator(self.scheduler, self.sqs, redrives_left=scenario.redrives)
        self.sqs.on_delete = self.promises.check_nothing_is_lost
        self.scheduler.on_fault = self.lambda_.blame
        self.scheduler.timers.append(self.sqs.next_time)
        self.scheduler.others += [self.lambda_.deliveries, self.operator.redrives]
        self.scheduler.other_faults.append(self.lambda_.repeated_deliveries)
        self.lambda_.start(scenario.workers)
        for log_id, text in scenario.dead:
            self._add_dead_letter(log_id, text)

    def _add_dead_letter(self, log_id: str, text: str) -> None:
        log = Envelope(
            tenant_id=TENANT, log_id=log_id, source="json_upload", text=text, received_at=timestamp(self.scheduler)
        )
        self.sqs.add_dead_letter(log.to_message(), group=TENANT)
        self.promises.attempt([text])
        self.promises.accept([text])

    def run(self) -> None:
        """Run until nothing is left to do.

        Raises:
            Violation: a promise was broken.
        """
        for _ in self.steps():
            pass

    def steps(self) -> Iterator[int]:
        """Run step by step until nothing is left to do; yield how many choices were taken so far.

        Whoever stops early closes the iterator, which ends the threads.

        Raises:
            Violation: a promise was broken.
        """
        self.surroundings.are_of(self)
        self.client.send()
        try:
            for _ in range(MOST_STEPS):
                if not self.scheduler.step():
                    self.promises.check_the_end()
                    self.has_ended = True
                    return
                yield len(self.choices.taken)
            raise Violation(f"after {MOST_STEPS} steps it still goes on")
        finally:
            self.scheduler.close()

    def state(self) -> int:
        """Return a digest of all that decides what can still happen."""
        promised = (frozenset(self.promises.accepted), frozenset(self.promises.attempted))
        services = (self.scheduler.state(), self.sqs.state(), self.dynamodb.state())
        return hash((services, promised, self.operator.redrives_left))

    def ending(self) -> Hashable:
        """Return what was accepted, the rows, and what happened to each message."""
        messages = frozenset(
            (url, m.message_id, m.receives, m.deleted, m.attributes.get("reason"))
            for url, queue in self.sqs.queues.items()
            for m in queue
        )
        return frozenset(self.promises.accepted), self.dynamodb.state(), messages
