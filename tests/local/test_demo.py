"""The demonstration's own judgement: it says yes only to what the contract says."""

from typing import Any, get_args

import pytest

from handlers.logs.envelope import Source
from local.demo import EXPECTATIONS

STORED, DEAD = EXPECTATIONS[0], next(each for each in EXPECTATIONS if each.modified is None)
ANSWER = {"tenant_id": "acme", "log_id": "123", "message_id": "message"}
RECORD: dict[str, Any] = {
    "tenant_id": {"S": "acme"},
    "log_id": {"S": "123"},
    "message_id": {"S": "message"},
    "source": {"S": "json_upload"},
    "original_text": {"S": "User 555-0199..."},
    "modified_data": {"S": "User [REDACTED]..."},
    "fingerprint": {"S": "key:00"},
    "processed_at": {"S": "2026-01-31T22:47:57.559836+00:00"},
    "received_at": {"S": "2026-01-31T22:47:57.559836+00:00"},
    "redactions": {"M": {"phone": {"N": "1"}}},
}


def test_the_record_of_the_contract_meets_the_expectation() -> None:
    assert STORED.is_met_by(ANSWER, RECORD, None)


@pytest.mark.parametrize("attribute", RECORD)
def test_a_record_without_an_attribute_does_not_meet_it(attribute: str) -> None:
    record = {name: value for name, value in RECORD.items() if name != attribute}

    assert not STORED.is_met_by(ANSWER, record, None)


@pytest.mark.parametrize(
    "attribute",
    [name for name, value in RECORD.items() if "S" in value and "_at" not in name and name != "fingerprint"],
)
def test_a_record_with_another_value_does_not_meet_it(attribute: str) -> None:
    assert not STORED.is_met_by(ANSWER, RECORD | {attribute: {"S": "another"}}, None)


def test_a_log_that_is_stored_and_a_dead_letter_does_not_meet_it() -> None:
    assert not STORED.is_met_by(ANSWER, RECORD, "conflict")


@pytest.mark.parametrize(("death", "met"), [("failed 3 times", True), ("failed 2 times", False), ("conflict", False)])
def test_a_log_that_raises_must_become_a_dead_letter_after_three_failures(death: str, *, met: bool) -> None:
    assert DEAD.is_met_by(ANSWER, None, death) is met


def test_a_log_that_raises_must_not_be_stored() -> None:
    assert not DEAD.is_met_by(ANSWER, RECORD, "failed 3 times")


def test_every_protocol_is_shown() -> None:
    sources = {expectation.source for expectation in EXPECTATIONS}

    assert sources == set(get_args(Source))


def test_a_log_whose_protocol_answers_without_a_message_id_is_judged_by_all_else() -> None:
    answer = {name: value for name, value in ANSWER.items() if name != "message_id"}

    assert STORED.is_met_by(answer, RECORD, None)
    assert not STORED.is_met_by(answer, RECORD | {"source": {"S": "another"}}, None)
