"""Views: times as they were, in the zone that is asked for; nothing that a terminal would obey."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from cli.logs.views import View
from tests.support.many_logs import id_at

HOSTILE = "\x1b[2J\x1b]0;owned\x07\x1b]8;;http://x\x07link \x9b31m \u202egnp.exe \u2066 \x7f\r\x08 \u2028 end"


def log(log_id: str = "123", text: str = "x", **fields: Any) -> dict[str, Any]:
    received = {"received_at": "2026-01-31T22:47:50.000000+00:00", "redactions": {"phone": 1}, "parts": 1}
    return {"log_id": log_id, "modified_data": text, **received, **fields}


@pytest.fixture
def in_kolkata(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_kolkata")
@pytest.mark.parametrize(
    ("shown", "utc", "local"),
    [
        (
            log(timestamp="2026-01-31T22:47:57.123456789+00:00"),
            "2026-01-31T22:47:57.123Z",
            "2026-02-01T04:17:57.123+05:30",
        ),
        (log(timestamp="20260131T234757+0100"), "2026-01-31T22:47:57.000Z", "2026-02-01T04:17:57.000+05:30"),
        (log(id_at(1_700_000_000_123)), "2023-11-14T22:13:20.123Z", "2023-11-15T03:43:20.123+05:30"),
        (log(), "2026-01-31T22:47:50.000Z", "2026-02-01T04:17:50.000+05:30"),
        (log(received_at="now"), "now", "now"),
        (log("ffffffff-ffff-7000-8000-000000000000", received_at="now"), "now", "now"),
        (log(received_at="0001-01-01T00:00:00+23:59"), "0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00+23:59"),
    ],
)
def test_a_time_is_the_logs_own_else_that_of_its_id_else_that_of_its_arrival(
    shown: dict[str, Any], utc: str, local: str
) -> None:
    assert View.of(utc=True).time_of(shown) == utc
    assert View.of(utc=False).time_of(shown) == local


def test_a_line_shows_time_severity_text_and_attributes(capsys: pytest.CaptureFixture[str]) -> None:
    view = View.of(utc=True)

    view.print_line(
        log(text="first\nsecond", severity={"number": 14}, attributes={"labels": {"env": "live"}, "n": [1, True]})
    )
    view.print_line(log(text="y", severity={"text": "Oops", "number": 17}, incomplete="1 of 2 parts are stored"))
    view.print_line(log(text="z"))

    assert capsys.readouterr().out.splitlines() == [
        r"2026-01-31T22:47:50.000Z  WARN   first\nsecond  labels.env=live n=1 n=true",
        "2026-01-31T22:47:50.000Z  Oops   y  1 of 2 parts are stored",
        "2026-01-31T22:47:50.000Z  -      z",
    ]


def test_a_line_is_redacted_once_more(capsys: pytest.CaptureFixture[str]) -> None:
    View.of(utc=True).print_line(log(text="mail bob@example.com", attributes={"user": "ann@example.com"}))

    assert "example.com" not in capsys.readouterr().out


def test_nothing_of_a_log_reaches_the_terminal_as_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = log(
        "a\x1b[2Jb",
        HOSTILE,
        timestamp=HOSTILE,
        severity={"text": HOSTILE},
        attributes={HOSTILE: {HOSTILE: [HOSTILE]}},
        incomplete=HOSTILE,
    )
    view = View.of(utc=False)

    view.print_line(hostile)
    view.print_table([hostile])

    shown = capsys.readouterr().out
    assert [c for c in shown if not c.isprintable() and c != "\n"] == []
    assert r"\x1b]0;owned\x07" in shown
    assert shown.count("\n") == 6


def test_empty_columns_are_left_out_of_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    view = View.of(utc=True)

    view.print_table([log()])
    plain = capsys.readouterr().out
    view.print_table([log(), log(severity={"number": 9}, parts=3, attributes={"a": 1})])
    full = capsys.readouterr().out

    for heading in ("severity", "parts", "attributes"):
        assert heading not in plain
        assert heading in full
    assert "INFO" in full
