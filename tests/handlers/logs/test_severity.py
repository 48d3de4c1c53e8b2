"""Severities: a record's number, or what its text is called elsewhere."""

import pytest

from handlers.logs.severity import LEVELS, level_of, number_of


@pytest.mark.parametrize(
    ("severity", "number"),
    [
        (None, None),
        ({}, None),
        ({"number": 14}, 14),
        ({"number": 17, "text": "debug"}, 17),
        ({"text": "WARNING"}, 13),
        ({"text": "Error"}, 17),
        ({"text": "critical"}, 21),
        ({"text": "[REDACTED]"}, None),
        ({"text": "5"}, None),
    ],
)
def test_the_number_of_a_severity(severity: dict[str, int | str] | None, number: int | None) -> None:
    assert number_of(severity) == number


def test_the_levels_are_those_of_opentelemetry() -> None:
    assert LEVELS == {"trace": 1, "debug": 5, "info": 9, "warn": 13, "error": 17, "fatal": 21}
    assert all(number_of({"text": name}) == number for name, number in LEVELS.items())


@pytest.mark.parametrize(
    ("number", "level"), [(1, "trace"), (8, "debug"), (12, "info"), (13, "warn"), (17, "error"), (24, "fatal")]
)
def test_a_level_reaches_to_the_next_one(number: int, level: str) -> None:
    assert level_of(number) == level
