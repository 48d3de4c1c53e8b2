"""The batch sender: few calls, every limit of SQS kept, and an answer of its own for every envelope."""

import threading
import time
from functools import partial
from itertools import pairwise

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from handlers.aws import batch_sender
from handlers.aws.batch_sender import MAX_BATCH_BYTES, Answer, BatchSender, NotSent, Sent, batches
from handlers.aws.queues import IngestQueue
from handlers.logs.envelope import Envelope
from tests.support.aws_fixtures import envelope_of
from tests.support.fake_sqs import Entry, FakeSqs, client_error


def logs(number: int, *, chars: int = 1) -> list[Envelope]:
    return [envelope_of("x" * chars, log_id=str(index)) for index in range(number)]


def send(sqs: FakeSqs, envelopes: list[Envelope], *, timeout_seconds: float = 20) -> list[Answer]:
    return IngestQueue(sqs, "url").send_all(envelopes, timeout_seconds=timeout_seconds)


def size(batch: list[Entry]) -> int:
    return sum(len(entry["MessageBody"].encode()) for entry in batch)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_sender, "SECONDS_BETWEEN_TRIES", 0.001)


@given(st.lists(st.tuples(st.integers(1, 400_000), st.sampled_from("aé😀\0")), max_size=30))
def test_batches_keep_limits_and_order_and_are_as_few_as_possible(texts: list[tuple[int, str]]) -> None:
    # An emoji becomes twelve bytes; a message as long as SQS takes has room for 80,000 of them.
    envelopes = [envelope_of(character * min(chars, 80_000), log_id="i") for chars, character in texts]

    made = list(batches(envelopes))

    assert [entry["Id"] for batch in made for entry in batch] == [str(index) for index in range(len(envelopes))]
    assert [entry["MessageBody"] for batch in made for entry in batch] == [e.to_message() for e in envelopes]
    assert all(1 <= len(batch) <= 10 and size(batch) <= MAX_BATCH_BYTES for batch in made)
    assert all(len(batch) == 10 or size(batch) + size(after[:1]) > MAX_BATCH_BYTES for batch, after in pairwise(made))


def test_every_envelope_gets_the_id_of_its_own_message() -> None:
    sqs = FakeSqs()
    envelopes = logs(95)

    answers = send(sqs, envelopes)

    taken = {f"message-{index}": envelope["log_id"] for index, envelope in enumerate(sqs.envelopes())}
    assert [taken[answer.message_id] for answer in answers if isinstance(answer, Sent)] == [
        envelope.log_id for envelope in envelopes
    ]
    assert len(sqs.calls) == 10


def test_each_message_belongs_to_the_group_of_its_tenant() -> None:
    sqs = FakeSqs()

    send(sqs, [envelope_of("x", tenant_id="a"), envelope_of("x", tenant_id="b")])

    assert [entry["MessageGroupId"] for entry in sqs.sent] == ["a", "b"]


def test_an_accepted_batch_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_sender, "SECONDS_BETWEEN_TRIES", 1)
    started = time.monotonic()

    send(FakeSqs(), logs(100))

    assert time.monotonic() - started < 1


def test_there_is_no_retry_that_would_be_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_sender, "SECONDS_BETWEEN_TRIES", 60)
    sqs = FakeSqs()
    sqs.refuse = lambda _entry, _tries: "InternalError"

    answers = send(sqs, logs(10), timeout_seconds=5)

    assert answers == [NotSent("InternalError")] * 10
    assert len(sqs.calls) == 1


def test_a_single_envelope_is_sent_without_a_batch() -> None:
    sqs = FakeSqs()

    assert send(sqs, logs(1)) == [Sent("message-0")]


def test_without_envelopes_nothing_is_called() -> None:
    sqs = FakeSqs()

    assert send(sqs, []) == []
    assert sqs.calls == []


def test_calls_run_concurrently() -> None:
    all_here = threading.Barrier(10)
    sqs = FakeSqs()

    def wait_for_the_others(_call: int) -> None:
        all_here.wait(timeout=5)

    sqs.fail = wait_for_the_others

    assert all(isinstance(answer, Sent) for answer in send(sqs, logs(100)))


def test_an_entry_that_is_refused_is_sent_again_alone() -> None:
    sqs = FakeSqs()
    sqs.refuse = lambda entry, tries: "InternalError" if entry["Id"] == "3" and tries < 2 else None

    answers = send(sqs, logs(10))

    assert all(isinstance(answer, Sent) for answer in answers)
    assert [len(call) for call in sqs.calls] == [10, 1, 1]


def test_an_entry_that_is_refused_every_time_is_reported_with_its_code_and_the_others_are_sent() -> None:
    sqs = FakeSqs()
    sqs.refuse = lambda entry, _tries: "RequestThrottled" if entry["Id"] == "3" else None

    answers = send(sqs, logs(25))

    refused = [index for index, answer in enumerate(answers) if isinstance(answer, NotSent)]
    assert refused == [3]
    assert answers[3] == NotSent("RequestThrottled")
    assert len(sqs.sent) == 24


def test_a_batch_that_is_refused_as_a_whole_is_sent_again() -> None:
    sqs = FakeSqs()
    sqs.fail = lambda call: ReadTimeoutError(endpoint_url="x") if call == 0 else None

    answers = send(sqs, logs(10))

    assert all(isinstance(answer, Sent) for answer in answers)
    assert len(sqs.calls) == 2


def test_a_missing_queue_is_reported_for_every_envelope() -> None:
    sqs = FakeSqs()
    sqs.fail = lambda _call: client_error("AWS.SimpleQueueService.NonExistentQueue")

    answers = send(sqs, logs(25))

    assert answers == [NotSent("AWS.SimpleQueueService.NonExistentQueue")] * 25
    assert len(sqs.calls) == 9


@pytest.mark.parametrize("timeout_seconds", [0, -5])
@pytest.mark.parametrize("number", [1, 25])
def test_no_call_starts_when_the_time_is_up(number: int, timeout_seconds: float) -> None:
    sqs = FakeSqs()

    answers = send(sqs, logs(number), timeout_seconds=timeout_seconds)

    assert answers == [NotSent("OutOfTime")] * number
    assert sqs.calls == []


def test_envelopes_accepted_before_the_time_was_up_are_reported_as_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_sender, "CALLS_AT_A_TIME", 1)
    sqs = FakeSqs()

    def be_slow(_call: int) -> None:
        time.sleep(0.2)

    sqs.fail = be_slow

    answers = send(sqs, logs(30), timeout_seconds=0.3)

    assert [isinstance(answer, Sent) for answer in answers] == [True] * 20 + [False] * 10
    assert len(sqs.sent) == 20


@given(st.lists(st.sampled_from(["taken", "refused once", "refused"]), min_size=2, max_size=40))
def test_each_envelope_gets_its_own_answer_from_any_mixture(fates: list[str]) -> None:
    sqs = FakeSqs()

    def refuse(entry: Entry, tries: int) -> str | None:
        fate = fates[int(entry["Id"])]
        return "InternalError" if fate == "refused" or (fate == "refused once" and tries == 0) else None

    sqs.refuse = refuse

    answers = BatchSender(partial(sqs.send_message_batch, QueueUrl="url")).send(logs(len(fates)), timeout_seconds=20)

    assert [isinstance(answer, NotSent) for answer in answers] == [fate == "refused" for fate in fates]
    assert len(sqs.sent) == sum(fate != "refused" for fate in fates)
