"""Whatever happens in whatever order, a message disappears only if it is stored or an operator dropped it."""

import contextlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cli.dead_letters.dead_letter_queue import DeadLetterQueue
from cli.dead_letters.letter import DeadLetter
from cli.dead_letters.moves import Drop, Move, Redrive, move_all
from cli.dead_letters.rate_limit import RateLimit
from cli.target import Target
from handlers.aws import queues
from handlers.aws.message import Message
from handlers.logs.envelope import Envelope
from handlers.logs.outcome import Reason
from tests.support.aws_fixtures import envelope_of, event_record
from tests.support.queue_model import DEAD_LETTERS, INGEST, Killed, QueuedMessage, QueueModel

LOG_IDS = st.sampled_from("ab")
TEXTS = st.sampled_from("xyz")
NOT_AN_ENVELOPE = "no envelope"
FAILS, MEETS_AN_OUTAGE = 0.2, 0.3
KILLED_AFTER_CALLS = st.none() | st.integers(0, 12)


@dataclass(frozen=True, kw_only=True)
class ModelTarget(Target):
    """A stack whose queues are the model."""

    sqs: QueueModel

    def client(self, service: str) -> Any:
        assert service == "sqs"
        return self.sqs


class Pipeline(RuleBasedStateMachine):
    """Two queues, a table, workers that fail in every way, and operators."""

    @initialize(seed=st.integers(0, 1_000_000))
    def begin(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.sqs = QueueModel(self.dice)
        outputs = {"queue_url": INGEST, "dead_letter_queue_url": DEAD_LETTERS}
        self.target = ModelTarget(name="model", outputs=outputs, sqs=self.sqs)
        self.table: dict[str, str] = {}
        self.logs: set[tuple[str, str]] = set()
        self.foreign: set[str] = set()

    @rule(log_id=LOG_IDS, text=TEXTS)
    def post(self, log_id: str, text: str) -> None:
        queues.IngestQueue(self.sqs, INGEST).send(envelope_of(text, log_id=log_id))
        self.logs.add((log_id, text))

    @rule()
    def post_what_is_no_envelope(self) -> None:
        self.foreign.add(self.sqs.send_message(QueueUrl=INGEST, MessageBody=NOT_AN_ENVELOPE)["MessageId"])

    @rule(killed_after_calls=KILLED_AFTER_CALLS)
    def work(self, killed_after_calls: int | None) -> None:
        with self.killed(killed_after_calls):
            self.work_on_a_batch()

    @rule(killed_after_calls=KILLED_AFTER_CALLS, worker_runs=st.booleans(), force=st.booleans())
    def redrive(self, *, killed_after_calls: int | None, worker_runs: bool, force: bool) -> None:
        if worker_runs:
            self.sqs.after_send = self.work_on_a_batch
        with self.killed(killed_after_calls), DeadLetterQueue(self.target) as queue:
            move_all_at_once(
                queue,
                Redrive(queue=queue, matches=lambda _: True, sqs=self.sqs, ingest_queue_url=INGEST, force=force),
            )
        self.sqs.after_send = lambda: None

    @rule(killed_after_calls=KILLED_AFTER_CALLS, text=TEXTS | st.just(NOT_AN_ENVELOPE))
    def drop(self, killed_after_calls: int | None, text: str) -> None:
        with self.killed(killed_after_calls), DeadLetterQueue(self.target) as queue:
            move_all_at_once(queue, Drop(queue=queue, matches=lambda letter: self.is_dropped(letter, text)))

    @rule()
    def let_time_pass(self) -> None:
        self.sqs.end_visibility_timeouts()

    @invariant()
    def nothing_has_disappeared(self) -> None:
        left = self.sqs.in_either()
        envelopes = [Envelope.from_message(body) for body in bodies(left) if body != NOT_AN_ENVELOPE]
        queued = {(envelope.log_id, envelope.text) for envelope in envelopes}

        assert self.logs - queued - self.table.items() == set()
        assert self.foreign <= {message.first_message_id for message in left}

    def teardown(self) -> None:
        self.sqs.after_send = lambda: None
        while any(not message.deleted for message in self.sqs.queues[INGEST]):
            self.sqs.end_visibility_timeouts()
            self.work_on_a_batch()
        self.nothing_has_disappeared()

    def is_dropped(self, letter: DeadLetter, text: str) -> bool:
        if letter.text != text:
            return False
        self.foreign.discard(letter.accepted_id)
        self.logs.discard((str(letter.sort_key), text))
        return True

    def work_on_a_batch(self) -> None:
        """Do what the worker does: its message, its queues, and its decisions in the order of its failure table."""
        answer = self.sqs.receive_message(QueueUrl=INGEST, MaxNumberOfMessages=3)
        done = []
        for message in map(Message.from_event_record, map(event_record, answer["Messages"])):
            what_happens = self.dice.random()
            if what_happens < FAILS:
                continue
            if what_happens < MEETS_AN_OUTAGE:
                self.send_again(message)
            elif message.envelope is None:
                self.keep(message, Reason.NOT_AN_ENVELOPE)
            elif self.table.setdefault(message.envelope.log_id, message.envelope.text) != message.envelope.text:
                self.keep(message, Reason.CONFLICT)
            done.append(message)
        for message in done:
            queues.IngestQueue(self.sqs, INGEST).delete(message)

    def keep(self, message: Message, reason: Reason) -> None:
        queues.DeadLetterQueue(self.sqs, DEAD_LETTERS).keep(message, reason=reason)

    def send_again(self, message: Message) -> None:
        queues.IngestQueue(self.sqs, INGEST).send_again(message, delay_seconds=30)

    @contextlib.contextmanager
    def killed(self, after_calls: int | None) -> Iterator[None]:
        self.sqs.calls_left = after_calls
        with contextlib.suppress(Killed):
            yield
        self.sqs.calls_left = None


def move_all_at_once(queue: DeadLetterQueue, move: Move) -> None:
    move_all(queue, move, rate=RateLimit(1_000_000), limit=None, progress=lambda _tried: None)


def bodies(messages: Sequence[QueuedMessage]) -> list[str]:
    return [message.sent["MessageBody"] for message in messages]


TestNothingDisappears = Pipeline.TestCase
TestNothingDisappears.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
