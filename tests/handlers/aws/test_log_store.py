"""The log store: one id is one log, whatever its shape and whichever came first; what comes again is a duplicate."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.aws.failures import FingerprintKeyUnavailable, TableUnavailable
from handlers.aws.log_store import Conflict
from handlers.logs.envelope import Envelope
from handlers.logs.processed_log import ProcessedLog
from handlers.logs.selection import Selection
from handlers.processing.processor import MOST_LOGS
from tests.support.aws_fixtures import Aws, envelope_of
from tests.support.stored_logs import FakeKeys, logs_of, part_of, place_of, processed, put, put_as_before, rows_of

SHORT, OTHER_SHORT = envelope_of("short"), envelope_of("other")
PARTS = [part_of(f"part {number}", number, 3, whole="a" * 64) for number in (1, 2, 3)]
OTHER_PARTS = [part_of(f"other {number}", number, 3, whole="b" * 64) for number in (1, 2, 3)]
FEWER_PARTS = [part_of(f"piece {number}", number, 2, whole="a" * 64) for number in (1, 2)]

with_each_question = pytest.mark.parametrize("came_before", [True, False])


def refuses(aws: Aws, envelope: Envelope, **options: Any) -> bool:
    """Return whether the id is another log's, both when it is asked for and when it is written to."""
    before = aws.records()
    answers = []
    for question in (
        lambda: place_of(aws, envelope, **options).is_taken(came_before=False),
        lambda: place_of(aws, envelope, **options).is_taken(came_before=True),
    ):
        try:
            question()
        except Conflict:
            answers.append(True)
        else:
            answers.append(False)
    assert aws.records() == before
    return answers[1]


def keys(aws: Aws) -> list[str]:
    return sorted(item["log_id"]["S"] for item in aws.records())


def test_a_log_is_stored_once_and_a_second_time_is_a_duplicate(aws: Aws) -> None:
    assert [put(aws, SHORT, message_id=message_id) for message_id in ("m1", "m2")] == [True, False]
    assert [item["message_id"]["S"] for item in aws.records()] == ["m1"]


@pytest.mark.parametrize("keep", [True, False])
def test_another_text_under_the_same_id_is_a_conflict_and_overwrites_nothing(aws: Aws, *, keep: bool) -> None:
    put(aws, SHORT, keep=keep)

    with pytest.raises(Conflict):
        put(aws, OTHER_SHORT, keep=keep)

    [item] = aws.records()
    assert item["modified_data"]["S"] == "short"
    assert ("original_text" in item) is keep


def test_a_stored_log_is_recognised_before_it_is_processed_again(aws: Aws) -> None:
    put(aws, SHORT)
    put(aws, PARTS[1].model_copy(update={"log_id": "long"}))

    assert place_of(aws, SHORT).is_taken(came_before=True)
    assert place_of(aws, PARTS[1].model_copy(update={"log_id": "long"})).is_taken(came_before=True)
    assert not place_of(aws, PARTS[0].model_copy(update={"log_id": "long"})).is_taken(came_before=True)
    assert not place_of(aws, envelope_of("short", log_id="new")).is_taken(came_before=True)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([SHORT], PARTS),
        (PARTS, [SHORT]),
        (PARTS[2:], [SHORT]),
        (PARTS, OTHER_PARTS),
        (PARTS[1:2], OTHER_PARTS),
        (PARTS, FEWER_PARTS),
        (FEWER_PARTS, PARTS),
    ],
    ids=["short-long", "long-short", "one part-short", "long-long", "one part-long", "cut anew", "cut anew, fewer"],
)
def test_one_id_is_one_log_whatever_its_shape(aws: Aws, first: list[Envelope], second: list[Envelope]) -> None:
    for envelope in first:
        assert put(aws, envelope)
    stored = aws.records()

    for envelope in second:
        with pytest.raises(Conflict):
            put(aws, envelope)

    assert aws.records() == stored
    assert all(refuses(aws, envelope) for envelope in second if envelope.parts > 1)


def test_a_log_in_parts_is_claimed_before_its_first_part_is_stored(aws: Aws) -> None:
    written: list[str] = []
    original = aws.dynamodb.put_item

    class Spy:
        exceptions = aws.dynamodb.exceptions
        get_item = aws.dynamodb.get_item

        def put_item(self, **arguments: Any) -> Any:
            written.append(arguments["Item"]["log_id"]["S"])
            return original(**arguments)

    place = place_of(aws, PARTS[1])
    object.__setattr__(place.rows.table, "dynamodb", Spy())
    place.put(processed(PARTS[1]), message_id="m")

    assert written == ["123", "123#00002"]


def test_a_claim_holds_the_number_of_parts_and_none_of_the_text(aws: Aws) -> None:
    put(aws, PARTS[0], days=10)

    claim, part = sorted(aws.records(), key=lambda item: item["log_id"]["S"])
    assert claim.keys() == {"tenant_id", "log_id", "parts", "fingerprint", "expires_at"}
    assert claim["parts"] == {"N": "3"}
    # A part that waited for weeks, and was redriven, is still under its claim.
    assert int(claim["expires_at"]["N"]) - int(part["expires_at"]["N"]) == pytest.approx(30 * 86_400, abs=5)


def test_after_a_crash_between_claim_and_part_the_id_still_belongs_to_the_same_log(aws: Aws) -> None:
    place_of(aws, PARTS[0])._claim()

    assert keys(aws) == ["123"]
    assert not place_of(aws, PARTS[0]).is_taken(came_before=True)
    assert put(aws, PARTS[0])
    assert refuses(aws, OTHER_PARTS[0])
    with pytest.raises(Conflict):
        put(aws, SHORT)


def test_parts_that_are_stored_at_the_same_time_share_one_claim(aws: Aws) -> None:
    barrier = threading.Barrier(3)

    def store(envelope: Envelope) -> bool:
        place = place_of(aws, envelope)
        barrier.wait(10)
        return place.put(processed(envelope), message_id="m")

    with ThreadPoolExecutor(3) as executor:
        assert list(executor.map(store, PARTS)) == [True, True, True]

    assert keys(aws) == ["123", "123#00001", "123#00002", "123#00003"]


def test_a_claim_and_part_1_written_meanwhile_belong_to_the_same_log(aws: Aws) -> None:
    place = place_of(aws, PARTS[1])
    real = aws.dynamodb

    class MeanwhilePartOne:
        exceptions, put_item = real.exceptions, staticmethod(real.put_item)
        looks = 0

        def get_item(self, **arguments: Any) -> Any:
            answer = real.get_item(**arguments)
            if self.looks == 0:
                put(aws, PARTS[0])
            self.looks += 1
            return answer

    object.__setattr__(place.rows.table, "dynamodb", MeanwhilePartOne())

    assert place.put(processed(PARTS[1]), message_id="m")


def test_parts_whose_claim_has_expired_still_own_their_id(aws: Aws) -> None:
    put(aws, PARTS[0])
    aws.dynamodb.delete_item(TableName="logs", Key={"tenant_id": {"S": "acme"}, "log_id": {"S": "123"}})

    assert refuses(aws, SHORT)
    with pytest.raises(Conflict):
        put(aws, OTHER_PARTS[1])


@pytest.mark.parametrize("rounds", range(5))
def test_exactly_one_of_two_concurrent_logs_with_one_id_is_stored(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    barrier, lock, real = threading.Barrier(2), threading.Lock(), aws.dynamodb.put_item

    def put_item(**arguments: Any) -> Any:
        # DynamoDB checks a condition and writes in one step; moto lets another thread in between.
        with lock:
            return real(**arguments)

    monkeypatch.setattr(aws.dynamodb, "put_item", put_item)

    def store(envelope: Envelope) -> str:
        place = place_of(aws, envelope.model_copy(update={"log_id": str(rounds)}))
        barrier.wait(10)
        try:
            return "stored" if place.put(processed(envelope), message_id="m") else "duplicate"
        except Conflict:
            return "conflict"

    with ThreadPoolExecutor(2) as executor:
        assert sorted(executor.map(store, [SHORT, PARTS[0]])) == ["conflict", "stored"]


def test_unclaimed_parts_of_an_earlier_version_still_own_their_id(aws: Aws) -> None:
    put_as_before(aws, PARTS[0])

    assert refuses(aws, SHORT)
    with pytest.raises(Conflict):
        put(aws, OTHER_PARTS[1])
    assert keys(aws) == ["123#00001"]


def test_the_remaining_parts_of_a_log_from_an_earlier_version_are_stored(aws: Aws) -> None:
    put_as_before(aws, PARTS[0])

    assert place_of(aws, PARTS[0]).is_taken(came_before=True)
    assert [put(aws, part) for part in PARTS] == [False, True, True]
    assert keys(aws) == ["123", "123#00001", "123#00002", "123#00003"]


def test_a_short_log_and_parts_that_an_earlier_version_stored_under_one_id_are_duplicates(aws: Aws) -> None:
    for envelope in (SHORT, *PARTS):
        put_as_before(aws, envelope)

    for envelope in (SHORT, *PARTS):
        assert place_of(aws, envelope).is_taken(came_before=False)


@with_each_question
@pytest.mark.parametrize("envelope", [SHORT, PARTS[1]], ids=["short", "part"])
@pytest.mark.parametrize(
    "store",
    [put_as_before, lambda aws, envelope: put(aws, envelope, keys=FakeKeys(("key-1",)))],
    ids=["earlier version", "former key"],
)
def test_a_redelivery_across_an_update_or_a_new_key_is_a_duplicate(
    aws: Aws, store: Callable[[Aws, Envelope], object], envelope: Envelope, *, came_before: bool
) -> None:
    store(aws, envelope)
    rotated = FakeKeys(("key-2", "key-1"))

    taken = place_of(aws, envelope, keys=rotated).is_taken(came_before=came_before)

    assert taken or not came_before
    assert put(aws, envelope, keys=rotated) is False


@pytest.mark.parametrize("store", [put_as_before, put], ids=["earlier", "former"])
def test_another_text_is_a_conflict_across_an_update_or_a_new_key(
    aws: Aws, store: Callable[[Aws, Envelope], object]
) -> None:
    store(aws, SHORT)

    with pytest.raises(Conflict):
        put(aws, OTHER_SHORT, keys=FakeKeys(("key-2", "key-1")))


def test_a_fingerprint_with_an_unknown_key_is_not_a_conflict(aws: Aws) -> None:
    put(aws, SHORT, keys=FakeKeys(("key-2", "key-1")))

    with pytest.raises(FingerprintKeyUnavailable):
        put(aws, SHORT, keys=FakeKeys(("key-1",)))


def test_new_fingerprints_use_the_new_key(aws: Aws) -> None:
    put(aws, SHORT, keys=FakeKeys(("key-2", "key-1")))

    [item] = aws.records()
    assert item["fingerprint"]["S"].startswith("key-2:")


def test_a_damaged_row_under_the_id_is_a_conflict(aws: Aws) -> None:
    aws.dynamodb.put_item(TableName="logs", Item={"tenant_id": {"S": "acme"}, "log_id": {"S": "123"}})

    for envelope in (SHORT, PARTS[0]):
        with pytest.raises(Conflict):
            put(aws, envelope)


SENT = {"short": [SHORT], "other": [OTHER_SHORT], "parts": PARTS, "other parts": OTHER_PARTS, "cut anew": FEWER_PARTS}
_ALL = [envelope for envelopes in SENT.values() for envelope in envelopes]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.integers(0, len(_ALL) - 1), min_size=1, max_size=25), dies=st.sets(st.integers(0, 24)))
def test_in_any_order_the_first_log_keeps_the_id(aws: Aws, order: list[int], dies: set[int]) -> None:
    for item in aws.records():
        aws.dynamodb.delete_item(TableName="logs", Key={name: item[name] for name in ("tenant_id", "log_id")})
    first = next(name for name, envelopes in SENT.items() if _ALL[order[0]] in envelopes)

    for step, index in enumerate(order):
        envelope = _ALL[index]
        try:
            if step in dies and envelope.parts > 1:
                place_of(aws, envelope)._claim()
            else:
                put(aws, envelope)
        except Conflict:
            assert envelope not in SENT[first]
        else:
            assert envelope in SENT[first]


def test_a_split_log_leaves_a_stub_and_its_first_piece_keeps_the_original(aws: Aws) -> None:
    assert place_of(aws, SHORT, days=10).put(logs_of("a", "b"), message_id="m")

    stub, first, second = sorted(aws.records(), key=lambda item: item["log_id"]["S"])
    assert stub.keys() == {
        "tenant_id", "log_id", "parts", "pieces", "processed_at", "received_at", "message_id", "fingerprint",
        "expires_at",
    }  # fmt: skip
    assert (first["log_id"]["S"], second["log_id"]["S"]) == ("123.1", "123.2")
    assert (first["original_text"]["S"], "original_text" in second) == ("short", False)
    assert first["timestamp"]["S"] == "2026-01-31T22:47:57Z"
    assert len({row["fingerprint"]["S"] for row in (stub, first, second)}) == 3
    assert stub["expires_at"] == first["expires_at"] == second["expires_at"]


@pytest.mark.parametrize("logs", [[], logs_of("a", "b")], ids=["dropped", "split"])
def test_a_log_without_a_record_of_its_own_is_not_shown_and_still_owns_its_id(
    aws: Aws, logs: list[ProcessedLog]
) -> None:
    place_of(aws, SHORT).put(logs, message_id="m")

    assert rows_of(aws).records_of("123") == []
    shown = rows_of(aws).page(Selection(), limit=10, after=None)
    assert [record.log_id for record in shown.records] == [f"123.{n + 1}" for n in range(len(logs))]
    assert shown.damaged == []
    assert place_of(aws, SHORT).is_taken(came_before=True)
    assert not place_of(aws, SHORT).put(processed(SHORT), message_id="m")
    for other in (OTHER_SHORT, PARTS[0]):
        with pytest.raises(Conflict):
            put(aws, other)


@pytest.mark.parametrize(
    "first",
    [envelope_of("piece 2", log_id="123.2"), part_of("part 1", 1, 2, log_id="123.2")],
    ids=["short", "in parts"],
)
def test_a_piece_and_a_log_of_the_same_name_are_a_conflict_whichever_came_first(aws: Aws, first: Envelope) -> None:
    split = logs_of("piece 1", "piece 2")
    put(aws, first)
    stored = aws.records()
    with pytest.raises(Conflict):
        place_of(aws, SHORT).put(split, message_id="m")
    assert aws.records() == stored

    other = SHORT.model_copy(update={"tenant_id": "beta"})
    place_of(aws, other).put(split, message_id="m")
    with pytest.raises(Conflict):
        put(aws, first.model_copy(update={"tenant_id": "beta"}))


@pytest.mark.parametrize(
    ("codes", "cause", "is_outage"),
    [
        (["None", "TransactionConflict"], "TransactionConflict", True),
        (["ThrottlingError", "None"], "ThrottlingError", True),
        (["None", "ValidationError"], "ValidationError", False),
    ],
)
def test_a_transaction_that_is_cancelled_for_another_reason_is_tried_again(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, codes: list[str], cause: str, *, is_outage: bool
) -> None:
    cancelled = aws.dynamodb.exceptions.TransactionCanceledException(
        {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [{"Code": code} for code in codes]},
        "TransactWriteItems",
    )

    def cancel(**_arguments: Any) -> None:
        raise cancelled

    monkeypatch.setattr(aws.dynamodb, "transact_write_items", cancel)

    with pytest.raises(TableUnavailable, match=cause) as refused:
        place_of(aws, SHORT).put(logs_of("a", "b"), message_id="m")

    assert refused.value.is_outage is is_outage


def test_the_most_pieces_are_stored_together(aws: Aws) -> None:
    place_of(aws, SHORT).put(logs_of(*map(str, range(MOST_LOGS))), message_id="m")

    assert len(aws.records()) == MOST_LOGS + 1
