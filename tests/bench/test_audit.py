"""The audit of chaos runs: finds lost, doubled and altered logs."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bench.chaos.audit import FinalState, Tally, audit
from bench.chaos.client import Client
from bench.chaos.logs import SentLog
from bench.chaos.traffic import Call, Traffic
from cli.dead_letters.letter import DeadLetter
from handlers.logs.envelope import Envelope
from handlers.logs.record import sort_key

TEXT = "call 555-0199"


def envelope(text: str = TEXT, *, part: int = 1, parts: int = 1) -> Envelope:
    return Envelope(
        tenant_id="acme", log_id="1", source="json_upload", text=text, received_at="now", part=part, parts=parts
    )


def record(of: Envelope, *, modified: str = "call [REDACTED]") -> dict[tuple[str, str], Any]:
    item = {"original_text": {"S": of.text}, "modified_data": {"S": modified}, "message_id": {"S": "m1"}}
    return {(of.tenant_id, sort_key(of)): item}


def dead_letter(of: Envelope, *, message_id: str = "m1", reason: str = "conflict") -> DeadLetter:
    return DeadLetter(
        message_id="a message of the dead-letter queue",
        accepted_id=message_id,
        body=of.to_message(),
        envelope=of,
        group_id="acme",
        reason=reason,
        sent_at=datetime(2026, 1, 31, tzinfo=UTC),
    )


def found(records: dict[tuple[str, str], Any], dead: list[DeadLetter], *, parts: int = 1, text: str = TEXT) -> Tally:
    client = Client("", logs=[SentLog("acme", "1", text, message_ids=["m1"], parts=parts)], requests=1)
    traffic = Traffic(message_ids={envelope().to_message(): ["m1"]})
    return audit(FinalState(records=records, dead_letters=dead), client, traffic)


def test_a_record_is_stored() -> None:
    tally = found(record(envelope()), [])

    assert (tally.accepted, tally.stored, tally.is_clean) == (1, 1, True)


def test_a_dead_letter_of_a_log_that_should_have_been_stored_is_counted() -> None:
    tally = found({}, [dead_letter(envelope())])

    assert (tally.dead, tally.healthy_dead, tally.is_clean) == (1, 1, True)


@pytest.mark.parametrize(("is_taken", "accepted"), [(True, 1), (False, 0)])
def test_a_log_that_a_door_took_without_a_message_id_counts_as_accepted(*, is_taken: bool, accepted: int) -> None:
    client = Client("", logs=[SentLog("acme", "1", TEXT, is_taken=is_taken)])

    tally = audit(FinalState(records=record(envelope()), dead_letters=[]), client, Traffic())

    assert (tally.accepted, tally.stored, tally.unacknowledged) == (accepted, accepted, 1 - accepted)


def test_a_log_that_a_door_took_and_that_is_nowhere_is_lost() -> None:
    client = Client("", logs=[SentLog("acme", "1", TEXT, is_taken=True)])

    assert audit(FinalState(records={}, dead_letters=[]), client, Traffic()).lost == 1


@pytest.mark.parametrize(
    ("records", "dead", "what"),
    [
        ({}, [], "lost"),
        ({}, [dead_letter(envelope("another text"))], "lost"),
        ({}, [dead_letter(envelope(), message_id="another")], "lost"),
        (record(envelope()), [dead_letter(envelope())], "doubled"),
        ({}, [dead_letter(envelope()), dead_letter(envelope(), message_id="m2")], "doubled"),
        (record(envelope(), modified=TEXT), [], "altered"),
    ],
)
def test_a_broken_promise_is_counted_and_described(records: dict[Any, Any], dead: list[DeadLetter], what: str) -> None:
    tally = found(records, dead)

    assert tally.counts()[what] == 1
    assert not tally.is_clean
    assert len(tally.examples) == 1


def test_a_second_message_of_a_dead_letter_counts_as_a_copy() -> None:
    tally = found({}, [dead_letter(envelope()), dead_letter(envelope(), reason="failed 3 times")])

    assert (tally.dead, tally.copies, tally.doubled) == (1, 1, 0)


def test_two_logs_that_are_stored_under_one_id_are_doubled() -> None:
    parts = [envelope("call 555-", part=1, parts=2), envelope("0199 now", part=2, parts=2)]
    short = SentLog("acme", "1", TEXT, message_ids=["m1"])
    long = SentLog("acme", "1", "call 555-0199 now", message_ids=["m2"], parts=2)
    records = record(envelope()) | record(parts[0], modified="call [REDACTED]") | record(parts[1], modified=" now")
    final = FinalState(records=records, dead_letters=[])

    tally = audit(final, Client("", logs=[short, long]), Traffic())

    assert tally.doubled == 2


def test_only_what_ingest_sent_counts_as_a_message() -> None:
    traffic = Traffic()
    sent_again = {"MessageBody": "a", "MessageAttributes": {"message_id": {"StringValue": "m1"}}}

    traffic.record(Call("sqs", "SendMessage", {"MessageBody": "a"}), b'{"MessageId": "m1"}')
    traffic.record(Call("sqs", "SendMessage", sent_again), b'{"MessageId": "m2"}')

    assert traffic.message_ids == {"a": ["m1"]}


def test_a_log_without_one_of_its_parts_is_lost() -> None:
    first = envelope("call 555-", part=1, parts=2)

    tally = found(record(first), [], parts=2)

    assert (tally.lost, tally.stored) == (1, 0)


def test_parts_that_were_redacted_one_by_one_are_altered() -> None:
    halves = [envelope("call 555-", part=1, parts=2), envelope("0199", part=2, parts=2)]
    records = record(halves[0], modified="call 555-") | record(halves[1], modified="0199")

    tally = found(records, [], parts=2)

    assert tally.altered == 1


def piece(number: int, text: str, *, original: str | None = None) -> dict[tuple[str, str], Any]:
    item = {"modified_data": {"S": text}, "message_id": {"S": "m1"}}
    return {("acme", f"1.{number}"): item | ({"original_text": {"S": original}} if original else {})}


SPLIT = "do:split a 555-0199"


def processed(text: str, records: dict[tuple[str, str], Any], *, pieces: int) -> Tally:
    client = Client("", logs=[SentLog("acme", "1", text, message_ids=["m1"])], requests=1)
    traffic = Traffic(message_ids={envelope(text).to_message(): ["m1"]})
    return audit(FinalState(records=records, dead_letters=[], pieces={("acme", "1"): pieces}), client, traffic)


def test_a_split_log_is_stored_if_all_its_pieces_are() -> None:
    records = piece(1, "a at 1", original=SPLIT) | piece(2, "[REDACTED] at 2")

    tally = processed(SPLIT, records, pieces=2)

    assert (tally.stored, tally.split, tally.unacknowledged, tally.is_clean) == (1, 1, 0, True)


@pytest.mark.parametrize(
    ("records", "what"),
    [
        (piece(1, "a at 1", original=SPLIT), "lost"),
        (piece(1, "a at 1", original=SPLIT) | piece(2, "b at 2"), "altered"),
        (piece(1, "a at 1", original="other") | piece(2, "[REDACTED] at 2"), "altered"),
    ],
)
def test_a_split_log_without_all_its_pieces_breaks_a_promise(records: dict[Any, Any], what: str) -> None:
    assert processed(SPLIT, records, pieces=2).counts()[what] == 1


def test_a_dropped_log_is_stored_as_nothing() -> None:
    tally = processed("do:drop x", {}, pieces=0)

    assert (tally.stored, tally.dropped, tally.is_clean) == (1, 1, True)


def test_a_log_that_was_dropped_without_asking_for_it_is_altered() -> None:
    assert processed("a line", {}, pieces=0).altered == 1
