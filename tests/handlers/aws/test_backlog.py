"""The backlog: neither refuses many small logs, nor overlooks a queue full of long ones, nor asks too often."""

from dataclasses import dataclass

from handlers.aws.backlog import DEPTH_LASTS_SECONDS, Backlog
from handlers.aws.failures import QueueUnavailable

HOUR = 3600
FULL_SIZE_SECONDS = 140


@dataclass
class Queue:
    """A queue of a given depth, with a clock beside it."""

    depth: int
    now: float = 0
    asked: int = 0
    is_away: bool = False

    def ask(self) -> int:
        self.asked += 1
        if self.is_away:
            raise QueueUnavailable("ServiceUnavailable")
        return self.depth

    def backlog(self, *, concurrency: int = 1000) -> Backlog:
        return Backlog(self.ask, full_size_seconds=FULL_SIZE_SECONDS, concurrency=concurrency, clock=lambda: self.now)


def test_before_anything_is_known_every_message_counts_as_full_size() -> None:
    assert Queue(2_000_000).backlog().seconds() == 2_000_000 * FULL_SIZE_SECONDS / 1000


def test_a_million_small_logs_are_not_overestimated() -> None:
    backlog = Queue(1_000_000).backlog()
    for _ in range(100):
        backlog.learn(messages=1000, seconds=1000)

    assert backlog.seconds() < HOUR


def test_a_few_requests_are_enough_to_learn_that_logs_are_small() -> None:
    backlog = Queue(1_000_000).backlog()

    for _ in range(100):
        backlog.learn(messages=1, seconds=1)

    assert backlog.seconds() < 5 * HOUR


def test_a_queue_of_full_size_logs_is_not_underestimated() -> None:
    backlog = Queue(2_000_000).backlog()
    for _ in range(100):
        backlog.learn(messages=100, seconds=100 * FULL_SIZE_SECONDS)

    assert backlog.seconds() > 70 * HOUR


def test_what_was_sent_long_ago_is_forgotten() -> None:
    backlog = Queue(1_000_000).backlog()
    for _ in range(100):
        backlog.learn(messages=10_000, seconds=10_000 * FULL_SIZE_SECONDS)

    for _ in range(100):
        backlog.learn(messages=10_000, seconds=10_000)

    assert backlog.seconds() < HOUR


def test_logs_without_simulated_work_still_take_time() -> None:
    backlog = Queue(1_000_000).backlog(concurrency=20)
    backlog.learn(messages=1_000_000, seconds=0)

    assert backlog.seconds() > HOUR


def test_the_depth_is_read_only_every_few_seconds() -> None:
    queue = Queue(1)
    backlog = queue.backlog()

    for queue.now in (0, 1, 2, DEPTH_LASTS_SECONDS - 0.1, DEPTH_LASTS_SECONDS, DEPTH_LASTS_SECONDS + 1):
        backlog.seconds()

    assert queue.asked == 2


def test_a_queue_that_does_not_answer_counts_as_empty_and_is_asked_again_only_later() -> None:
    queue = Queue(10_000_000, is_away=True)
    backlog = queue.backlog()

    assert [backlog.seconds() for _ in range(3)] == [0, 0, 0]
    assert queue.asked == 1
