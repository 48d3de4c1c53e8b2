"""Workers: Lambda, which hands messages to environments of the real worker, and freezes, ends and replaces them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.simulate.posts import INVOCATION_SECONDS, MAX_RECEIVES
from bench.simulate.processes import Ports, Process
from bench.simulate.queues import INGEST, no_answer
from bench.simulate.services import SimulatedKms, SimulatedSts
from handlers import worker
from handlers.aws.fingerprint_keys import KmsFingerprintKeys
from handlers.aws.tenant_credentials import TenantCredentials

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from bench.simulate.processes import Actor
    from bench.simulate.queues import Delivery, Message, SimulatedSqs
    from bench.simulate.scheduler import Happening, Scheduler
    from bench.simulate.services import SimulatedDynamoDb
    from bench.simulate.surroundings import Surroundings
    from handlers.aws.message import Message as ReadMessage

MOST_PER_BATCH = 2
_KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/k"


@dataclass(eq=False, kw_only=True)
class Environment(Process):
    """One environment of the worker; its ports are what it keeps between invocations.

    Attributes:
        batch: the messages of the current invocation, as they were delivered.
    """

    batch: Sequence[Delivery] = ()

    @property
    def kind(self) -> str:
        """What it has in common with the other environments: all are alike, whatever their names."""
        return "worker"

    def finish(self) -> None:
        """Freeze until the next invocation; threads that hang are all that is left of this one."""
        self.busy, self.batch, self.until, self.event = False, (), None, ()
        self.results.clear()


class Ending(NamedTuple):
    """What has become of a call in another thread; to the real code, a future.

    Attributes:
        is_done: whether it has ended.
        value: what it returned or raised.
    """

    is_done: bool
    value: Any

    def done(self) -> bool:
        """Tell whether it has ended."""
        return self.is_done

    def exception(self) -> Exception | None:
        """Return what it raised, if it did."""
        return self.value if isinstance(self.value, Exception) else None

    def result(self) -> Any:
        """Return what it returned."""
        return self.value


_OPEN = Ending(is_done=False, value=None)


@dataclass(slots=True, eq=False)
class Call:
    """A call in a thread of its own.

    Attributes:
        processing: how the worker that calls is configured.
        function: what is called.
        message: what with.
        ending: what has become of it.
        open: which of its batch have not, before it ends.
    """

    processing: Hashable
    function: partial[Any]
    message: ReadMessage
    ending: Ending = _OPEN
    open: set[Call] = field(default_factory=set)

    def begin(self, lambda_: Lambda, thread: Actor) -> None:
        """Begin it in its thread."""
        called_with = self.processing, self.function.keywords["run"], _all_of(self.message)
        function = partial(self.function, self.message)
        lambda_.surroundings.run(thread, called_with, function, partial(self._end, thread))

    def _end(self, thread: Actor, value: Any) -> None:
        self.ending = Ending(is_done=True, value=value)
        self.open.discard(self)
        thread.end(repr(value))


@dataclass
class Lambda:
    """The environments of the worker, and what they are invoked with.

    Attributes:
        scheduler: what decides when anything happens.
        sqs: where messages come from.
        dynamodb: where records go.
        surroundings: where the real code runs.
        worker: the real worker.
        environments: those that are alive.
    """

    scheduler: Scheduler
    sqs: SimulatedSqs
    dynamodb: SimulatedDynamoDb
    surroundings: Surroundings
    worker: worker.Worker
    environments: list[Environment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._started: Counter[int] = Counter()
        self._processing = self.worker.has_processor, self.worker.processing.seconds_per_char
        self._sts, self._kms = SimulatedSts(self.scheduler), SimulatedKms(self.scheduler)

    def start(self, environments: int) -> None:
        """Start with so many environments."""
        self.environments = [self._environment(place) for place in range(environments)]

    def deliveries(self) -> list[Happening]:
        """Return which messages may be handed over now, and to which environment."""
        visible = self.sqs.visible()[:MOST_PER_BATCH]
        if not visible:
            return []
        batches = [[message] for message in visible]
        if len(visible) > 1:
            batches.append(visible)
        return [(self._invoke, idle, batch) for idle in self._idle() for batch in batches]

    def repeated_deliveries(self) -> list[Happening]:
        """Return messages that SQS may deliver although they are hidden, or deleted a moment ago."""
        idle = self._idle()
        if not idle:
            return []
        now = self.scheduler.seconds
        again = [
            message
            for message in self.sqs.queues[INGEST]
            if 0 < message.receives < MAX_RECEIVES and (message.deleted or message.visible_at > now)
        ]
        return [(self._invoke_again, environment, message) for environment in idle for message in again[-2:]]

    def blame(self, process: Process) -> None:
        """Note which receives a fault may have cost their messages."""
        if isinstance(process, Environment):
            for delivery in process.batch:
                delivery.message.troubled.add(delivery.receive)

    def run(
        self, function: Callable[[ReadMessage], Any], items: Sequence[ReadMessage], *, timeout_seconds: float
    ) -> list[Call]:
        """Call the function with every item, each in a thread of the current environment, within a time limit."""
        process = self.scheduler.running().process
        calls = [Call(self._processing, function, item) for item in items]
        for call, item in zip(calls, items, strict=True):
            self.scheduler.start(f"{process.name} on {item.receipt_handle}", process, partial(call.begin, self))
        deadline, open_ = self.scheduler.seconds + timeout_seconds, set(calls)
        for call in calls:
            call.open = open_
        self.scheduler.wait("wait for the batch", lambda: not open_, until=deadline)
        return calls

    def _idle(self) -> list[Environment]:
        """Return the idle environments that differ: those in which nothing hangs are alike, so the first of them."""
        idle = [environment for environment in self.environments if not environment.busy]
        if len(idle) <= 1:
            return idle
        hanging = {actor.process for actor in self.scheduler.actors}
        return [e for e in idle if e in hanging] + [e for e in idle if e not in hanging][:1]

    def _environment(self, place: int) -> Environment:
        self._started[place] += 1
        scheduler = self.scheduler
        environment = Environment(
            name=f"worker {place + 1}.{self._started[place]}",
            busy=False,
            ports=Ports(
                clock=scheduler,
                sqs=self.sqs,
                dynamodb=self.dynamodb,
                threads=self,
                tenants=TenantCredentials(self._sts, "role", clock=scheduler),
                keys=KmsFingerprintKeys(self._kms, [_KEY_ARN]),
            ),
        )
        environment.on_death = partial(self._replace, environment, place)
        return environment

    def _replace(self, dead: Environment, place: int) -> None:
        self.scheduler.changes += 1
        self.blame(dead)
        self.environments[place] = self._environment(place)

    def _invoke_again(self, environment: Environment, message: Message) -> None:
        # The new receipt handle takes the place of the one before, whose receive may then delete nothing.
        message.troubled |= {message.receives, message.receives + 1}
        self._invoke(environment, [message], ", once more")

    def _invoke(self, environment: Environment, messages: Sequence[Message], how: str = "") -> None:
        names = " and ".join(message.message_id for message in messages)
        self.scheduler.tell(f"SQS delivers {names} to {environment.name}{how}")
        batch = self.sqs.deliver(messages)
        environment.busy, environment.batch = True, batch
        environment.until = self.scheduler.seconds + INVOCATION_SECONDS
        environment.event = tuple((delivery.message.message_id, delivery.receive) for delivery in batch)
        self.scheduler.start(environment.name, environment, partial(self._work, environment, batch))

    def _work(self, environment: Environment, batch: Sequence[Delivery], thread: Actor) -> None:
        here = self.surroundings
        here.run(
            thread,
            (self._processing, *[(delivery.handle, delivery.message.content) for delivery in batch]),
            lambda: worker.handler({"Records": [delivery.as_lambda_hands_over() for delivery in batch]}, here.clock),
            partial(self._settle, environment, thread),
        )

    def _settle(self, environment: Environment, thread: Actor, answer: Mapping[str, Any]) -> None:
        """Let the thread do what follows: Lambda deletes what was not reported back, and freezes the environment."""
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        done = [delivery for delivery in environment.batch if delivery.message.message_id not in failed]
        if not done:
            environment.finish()
            return
        handles = [delivery.handle for delivery in done]
        what = f"Lambda deletes {', '.join(delivery.message.message_id for delivery in done)}"
        is_settled = partial(self.sqs.hides, handles)
        self.scheduler.call(what, lambda: self.sqs.delete(handles), no_answer, is_settled=is_settled)
        thread.go_on = lambda _answer: environment.finish()  # what was not deleted comes back


def _all_of(message: ReadMessage) -> tuple[Any, ...]:
    """Return everything that a message says, apart from what it reads in its body."""
    return (
        message.message_id,
        message.sqs_message_id,
        message.receipt_handle,
        message.body,
        message.receive_count,
        message.postponements,
        message.group_id,
    )
