"""The audit of chaos runs notices what it is there to notice."""

import time
from typing import Any

import pytest

from bench.chaos.audit import DeadLetter, Remains, Tally, audit
from bench.chaos.client import Client
from bench.chaos.faults import Fault
from bench.chaos.logs import SentLog
from bench.chaos.traffic import SECONDS_TO_DELETE, Call, Traffic
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


def dead_letter(of: Envelope, *, message_id: str = "m1") -> DeadLetter:
    return DeadLetter(of.to_message(), message_id, "", of)


def found(records: dict[tuple[str, str], Any], dead: list[DeadLetter], *, parts: int = 1, text: str = TEXT) -> Tally:
    client = Client("", logs=[SentLog("acme", "1", text, message_ids=["m1"], parts=parts)], requests=1)
    traffic = Traffic(message_ids={envelope().to_message(): ["m1"]})
    return audit(Remains(records=records, dead_letters=dead), client, traffic)


def test_a_record_is_stored() -> None:
    tally = found(record(envelope()), [])

    assert (tally.accepted, tally.stored, tally.is_clean) == (1, 1, True)


def test_a_dead_letter_is_dead_and_noticed_where_nothing_was_wrong_with_the_log() -> None:
    tally = found({}, [dead_letter(envelope())])

    assert (tally.dead, tally.healthy_dead, tally.is_clean) == (1, 1, True)


@pytest.mark.parametrize(
    ("records", "dead", "what"),
    [
        ({}, [], "lost"),
        ({}, [dead_letter(envelope("another text"))], "lost"),
        ({}, [dead_letter(envelope(), message_id="another")], "lost"),
        (record(envelope()), [dead_letter(envelope())], "doubled"),
        ({}, [dead_letter(envelope()), dead_letter(envelope())], "doubled"),
        ({}, [dead_letter(envelope()), dead_letter(envelope(), message_id="m2")], "doubled"),
        (record(envelope(), modified=TEXT), [], "altered"),
    ],
)
def test_a_broken_promise_is_noticed(records: dict[Any, Any], dead: list[DeadLetter], what: str) -> None:
    tally = found(records, dead)

    assert tally.counts()[what] == 1
    assert not tally.is_clean
    assert len(tally.examples) == 1


KEEP = Call("sqs", "SendMessage to dead letters", {"MessageAttributes": {"message_id": {"StringValue": "m1"}}})
DELETE = Call("sqs", "DeleteMessage", {})


def kept_by(process_id: int, fault: Fault | None = None) -> Traffic:
    traffic = Traffic(message_ids={envelope().to_message(): ["m1"]})
    traffic.note(KEEP, b"", fault, lambda: [process_id])
    return traffic


def test_a_second_dead_letter_is_a_copy_where_the_keeper_did_not_hear_of_the_first() -> None:
    assert kept_by(7).kept_in_doubt()["m1"] == 0
    assert kept_by(7, Fault.SLOW).kept_in_doubt()["m1"] == 1
    assert kept_by(7, Fault.ANSWER_LOST).kept_in_doubt()["m1"] == 1


@pytest.mark.parametrize(("process_id", "copies"), [(7, 1), (8, 0)])
def test_a_second_dead_letter_is_a_copy_where_the_keeper_could_not_delete_the_message(
    process_id: int, copies: int
) -> None:
    traffic = kept_by(7)

    traffic.note_failed(DELETE, lambda: [process_id])

    assert traffic.kept_in_doubt()["m1"] == copies


@pytest.mark.parametrize(
    ("process_id", "seconds_later", "copies"), [(7, 1, 1), (8, 1, 0), (7, -1, 0), (7, SECONDS_TO_DELETE + 1, 0)]
)
def test_a_second_dead_letter_is_a_copy_where_the_keeper_was_killed_soon_after(
    process_id: int, seconds_later: float, copies: int
) -> None:
    traffic = kept_by(7)

    traffic.kills.append((process_id, time.monotonic() + seconds_later))

    assert traffic.kept_in_doubt()["m1"] == copies


def test_a_log_without_one_of_its_parts_is_lost() -> None:
    first = envelope("call 555-", part=1, parts=2)

    tally = found(record(first), [], parts=2)

    assert (tally.lost, tally.stored) == (1, 0)


def test_parts_that_were_redacted_for_themselves_only_are_altered() -> None:
    halves = [envelope("call 555-", part=1, parts=2), envelope("0199", part=2, parts=2)]
    records = record(halves[0], modified="call 555-") | record(halves[1], modified="0199")

    tally = found(records, [], parts=2)

    assert tally.altered == 1
