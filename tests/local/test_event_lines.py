"""What `make dev` shows: one line for each event in 80 columns, whatever the ids are, and totals."""

from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from local.event_lines import Totals, event_line
from local.watch import Happening

MESSAGE = "0f68b6c4-0861-431b-a8cb-43c79dad8121"
ACCEPTED = Happening(
    time="2026-01-31T22:47:57Z",
    event="accepted",
    code="accepted",
    tenant_id="acme",
    log_id="123",
    message_id=MESSAGE,
    logs=1,
)


def line_of(*, width: int, **fields: Any) -> str:
    return event_line(replace(ACCEPTED, **fields), width=width).plain


@pytest.mark.parametrize("event", ["accepted", "dead_lettered", "something_new"])
@pytest.mark.parametrize("code", ["accepted", "unprocessable_or_some_longer_code", "-"])
@pytest.mark.parametrize(
    ("tenant_id", "log_id"), [("acme", "1"), ("t" * 64, "l" * 256), ("-", "-"), ("\x1b[2J", "a\nb")]
)
@pytest.mark.parametrize("logs", [1, 10_000])
def test_an_event_is_one_line_of_80_columns(*, event: str, code: str, tenant_id: str, log_id: str, logs: int) -> None:
    happening = replace(ACCEPTED, event=event, code=code, tenant_id=tenant_id, log_id=log_id, logs=logs)
    console = Console(width=80)

    with console.capture() as shown:
        console.print(event_line(happening, width=80), soft_wrap=True)

    assert shown.get().count("\n") == 1
    assert len(shown.get().rstrip("\n")) <= 80
    assert "\x1b" not in shown.get()


def test_a_code_equal_to_its_event_is_not_repeated() -> None:
    assert line_of(width=40) == "22:47:57  accepted       acme/123"


def test_a_code_that_differs_from_its_event_is_shown() -> None:
    line = line_of(event="dead_lettered", code="conflict", logs=3, width=60)

    assert line == "22:47:57  dead-lettered  acme/123  conflict  3 logs"


def test_a_long_name_is_cut_in_the_middle() -> None:
    line = line_of(tenant_id="acme-of-the-north", log_id="01a201a3-fabe-70c7-bd8b-8a4fb4f2b3cb", width=60)

    assert line == "22:47:57  accepted       acme-of-the-north…bd8b-8a4fb4f2b3cb"


def test_a_wide_line_names_the_message_too() -> None:
    assert line_of(width=80).endswith(f"acme/123  message {MESSAGE}")


def test_totals_count_logs_in_the_order_in_which_things_happen_to_them() -> None:
    totals = Totals()
    for event, logs in (("dead_lettered", 1), ("stored", 1), ("accepted", 3), ("stored", 1)):
        totals.add(replace(ACCEPTED, event=event, logs=logs))

    assert str(totals) == "3 accepted, 2 stored, 1 dead-lettered"


def test_totals_are_returned_only_after_a_change() -> None:
    totals = Totals()
    assert totals.news() is None

    totals.add(ACCEPTED)

    assert [totals.news(), totals.news()] == ["1 accepted", None]
