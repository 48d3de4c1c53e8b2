"""Redrives: an operator who sends all dead letters back, with the real command's code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.simulate.processes import Process
from bench.simulate.queues import DEAD_LETTERS, INGEST
from cli.dead_letters.dead_letter_queue import DeadLetterQueue
from cli.dead_letters.moves import Redrive, move_all
from cli.dead_letters.rate_limit import RateLimit
from cli.target import Target

if TYPE_CHECKING:
    from bench.simulate.processes import Actor
    from bench.simulate.queues import SimulatedSqs
    from bench.simulate.scheduler import Happening, Scheduler


@dataclass(frozen=True, kw_only=True)
class SimulatedTarget(Target):
    """A stack with an SQS of our own."""

    sqs: Any

    def client(self, _service: str) -> Any:
        """Return that SQS."""
        return self.sqs


def redrive_all(sqs: Any, *, dead_letters_url: str, ingest_url: str, rate: RateLimit) -> None:
    """Send all dead letters back, as the real command does.

    Args:
        sqs: simulated, or a boto3 client.
        dead_letters_url: where they are.
        ingest_url: where they go.
        rate: how fast.
    """
    outputs = {"dead_letter_queue_url": dead_letters_url, "queue_url": ingest_url}
    with DeadLetterQueue(SimulatedTarget(name="simulated", outputs=outputs, sqs=sqs)) as letters:
        redrive = Redrive(queue=letters, matches=lambda _: True, sqs=sqs, ingest_queue_url=ingest_url, force=False)
        move_all(letters, redrive, rate=rate, limit=None, progress=lambda _tried: None)


@dataclass
class Operator:
    """Redrives all dead letters, a number of times.

    Attributes:
        scheduler: what decides when anything happens.
        sqs: where the dead letters are.
        redrives_left: how often it may still happen.
    """

    scheduler: Scheduler
    sqs: SimulatedSqs
    redrives_left: int

    def redrives(self) -> list[Happening]:
        """Return the redrive that may begin now, if any."""
        if not self.redrives_left or not self.sqs.present(DEAD_LETTERS):
            return []
        return [(self._begin,)]

    def _begin(self) -> None:
        self.scheduler.tell("the operator begins a redrive")
        process = Process(f"redrive, {self.redrives_left} left")
        self.redrives_left -= 1
        self.scheduler.changes += 1
        self.scheduler.start(
            process.name, process, lambda thread: thread.run_on_a_stack(partial(self._redrive, thread))
        )

    def _redrive(self, thread: Actor) -> None:
        thread.has_stack = True
        rate = RateLimit(1_000.0, clock=self.scheduler.monotonic, sleep=self.scheduler.sleep)
        try:
            redrive_all(self.sqs, dead_letters_url=DEAD_LETTERS, ingest_url=INGEST, rate=rate)
        except Exception as error:
            self.scheduler.tell(f"the operator reads: {type(error).__name__}")
