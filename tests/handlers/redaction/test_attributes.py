"""Attributes: whatever a person wrote in them goes, at any depth; their shape and everything else stays."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.redaction import MARKER, redact, redact_attributes, spans

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
personal = st.sampled_from(["bob@example.com", "call 555-0199", "+1 (800) 555-0199"])
json_maps = st.dictionaries(st.text() | personal, json_values | personal | st.dictionaries(personal, personal))


def redacted(attributes: Any) -> Any:
    return redact_attributes(attributes).attributes


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"note": "call 555-0199 or a@example.com"}, {"note": f"call {MARKER} or {MARKER}"}),
        ({"a": [{"b": ["x", "a@example.com"]}]}, {"a": [{"b": ["x", MARKER]}]}),
        ({"text": "first\ncall 555-0199\r\nlast"}, {"text": f"first\ncall {MARKER}\r\nlast"}),
        ({"phone": 4155552671}, {"phone": MARKER}),
        ({"phone": 4155552671.0}, {"phone": MARKER}),
        ({"phone": "4155552671"}, {"phone": MARKER}),
        ({"user.phone": 4155552671}, {"user.phone": MARKER}),
        ({"phone": {"home": 4155552671}}, {"phone": {"home": MARKER}}),
        ({"phone": [4155552671, 4155552672]}, {"phone": [MARKER, MARKER]}),
        ({"a\nphone": 4155552671}, {"a\nphone": MARKER}),
        ({"phone": {"4155552671": True}}, {"phone": {MARKER: True}}),
    ],
)
def test_what_a_person_wrote_goes(attributes: Any, expected: Any) -> None:
    assert redacted(attributes) == expected


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"": ""},
        {"bytes": 4155552671, "took_ms": 3.5, "ok": True, "none": None, "list": [], "map": {}},
        {"trace_id": "5b8efff798038103d269b633813fc60c", "version": "1.2.3", "time": "2026-01-31T22:47:57Z"},
        {"large": 10**40, "exponent": 1e300, "whole": 2.0**70},
    ],
)
def test_what_is_not_personal_stays_as_it_was(attributes: Any) -> None:
    assert json.dumps(redacted(attributes)) == json.dumps(attributes)


def test_keys_that_become_the_same_are_numbered() -> None:
    attributes = {"a@example.com": 1, MARKER: 2, "b@example.com": 3, "c@example.com is in": 4, "d@example.com": 5}

    assert redacted(attributes) == {
        f"{MARKER} 2": 1,
        MARKER: 2,
        f"{MARKER} 3": 3,
        f"{MARKER} is in": 4,
        f"{MARKER} 4": 5,
    }


def test_every_replacement_is_counted() -> None:
    attributes = {"a@example.com": {"phone": 4155552671, "note": "call 555-0199 or b@example.com"}}

    assert redact_attributes(attributes, ("email", "phone")).counts == {"email": 2, "phone": 2}


def test_only_the_kinds_that_are_asked_for_go() -> None:
    attributes = {"note": "call 555-0199 or a@example.com"}

    assert redact_attributes(attributes, ("email",)) == ({"note": f"call 555-0199 or {MARKER}"}, {"email": 1})


def test_thousands_of_keys_that_become_the_same_take_no_quadratic_time() -> None:
    attributes = {f"user{number}@example.com": number for number in range(20_000)}

    assert list(redacted(attributes).values()) == list(range(20_000))


@given(json_maps)
def test_no_key_and_no_value_is_lost(attributes: Any) -> None:
    result = redacted(attributes)

    assert shape_of(result) == shape_of(attributes)


@given(json_maps)
def test_nothing_that_is_redacted_in_a_text_is_left_in_any_text_of_a_map(attributes: Any) -> None:
    for text in texts_in(redacted(attributes)):
        assert spans(text) == []


@given(json_maps)
def test_what_goes_in_went_unchanged(attributes: Any) -> None:
    before = json.dumps(attributes)

    redacted(attributes)

    assert json.dumps(attributes) == before


@given(st.text())
def test_a_text_without_a_label_is_redacted_as_any_text(text: str) -> None:
    assert redacted({"": text})[""] == redact(text).text


def shape_of(value: Any) -> Any:
    if isinstance(value, dict):
        return [shape_of(inner) for inner in value.values()]
    return [shape_of(inner) for inner in value] if isinstance(value, list) else "leaf"


def texts_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(text for inner in value.values() for text in texts_in(inner))]
    if isinstance(value, list):
        return [text for inner in value for text in texts_in(inner)]
    return [value] if isinstance(value, str) else []
