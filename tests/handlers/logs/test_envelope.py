"""The envelope: what goes through the queue comes out as it was."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from handlers.logs.envelope import Envelope, NotAnEnvelope
from tests.support.aws_fixtures import detailed_envelope_of, envelope_of

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(texts)
def test_any_text_survives_the_queue(text: str) -> None:
    envelope = envelope_of(text)

    assert Envelope.from_message(envelope.to_message()) == envelope


@given(texts)
def test_a_message_body_holds_only_characters_that_sqs_accepts(text: str) -> None:
    body = envelope_of(text).to_message()

    assert all(" " <= character <= "\x7f" for character in body)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 3},
        {"tenant_id": "a b"},
        {"log_id": "a#b"},
        {"source": "fax"},
        {"text": ""},
        {"part": 0},
        {"part": "1"},
        {"surplus": 1},
    ],
)
def test_a_body_that_breaks_a_rule_is_not_an_envelope(change: dict[str, object]) -> None:
    body = json.loads(envelope_of("secret").to_message()) | change

    with pytest.raises(NotAnEnvelope, match=next(iter(change))) as refused:
        Envelope.from_message(json.dumps(body))

    assert "secret" not in str(refused.value)


def test_an_envelope_with_details_survives_the_queue() -> None:
    envelope = detailed_envelope_of("x", attributes={"a": [1, 2.5, None, {"b": "\N{GRINNING FACE}"}], "n": 10**30})

    assert Envelope.from_message(envelope.to_message()) == envelope


def test_a_log_without_details_is_written_in_version_1() -> None:
    assert json.loads(envelope_of("x").to_message()) == {
        "version": 1,
        "tenant_id": "acme",
        "log_id": "123",
        "source": "json_upload",
        "text": "x",
        "received_at": "2026-01-31T22:47:57.559836+00:00",
        "part": 1,
        "parts": 1,
    }


@pytest.mark.parametrize("change", [{"severity": {"number": 25}}, {"severity": {}, "attributes": []}, {"timestamp": 1}])
def test_details_that_break_a_rule_are_not_an_envelope(change: dict[str, object]) -> None:
    body = json.loads(detailed_envelope_of("secret").to_message()) | change

    with pytest.raises(NotAnEnvelope) as refused:
        Envelope.from_message(json.dumps(body))

    assert "secret" not in str(refused.value)


def test_an_envelope_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        envelope_of("x").text = "y"
