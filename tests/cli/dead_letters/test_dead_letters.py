"""`python -m cli dead-letters`: looked at without taking anything away, chosen, asked about, moved at a pace."""

import json
from typing import Any

import pytest

from tests.support.aws_fixtures import envelope_of
from tests.support.cli_fixtures import Operator, operator_of

operator = pytest.fixture(operator_of)


def bury_one_of_each(operator: Operator) -> None:
    operator.bury(envelope_of("call 555-0199", log_id="1").to_message())
    operator.bury(envelope_of("two", log_id="2").to_message(), reason="conflict", message_id="bbbbbbbb-2")
    operator.bury(envelope_of("three", tenant_id="beta", log_id="3").to_message(), group="beta")
    operator.bury("not an envelope \x7f", reason="not_an_envelope", message_id="cccccccc-3")


def ids(listed: list[dict[str, Any]]) -> list[str | None]:
    return sorted(str(letter.get("log_id")) for letter in listed)


def visible_letters(operator: Operator) -> int:
    name = "ApproximateNumberOfMessages"
    answer = operator.aws.sqs.get_queue_attributes(QueueUrl=operator.aws.dead_letter_queue_url, AttributeNames=[name])
    return int(answer["Attributes"][name])


def test_a_list_tells_whose_what_and_why(operator: Operator) -> None:
    bury_one_of_each(operator)

    listed = {letter.get("log_id"): letter for letter in operator.json("dead-letters", "list")}

    assert {log_id: (letter["tenant_id"], letter["reason"]) for log_id, letter in listed.items()} == {
        "1": ("acme", "failed 3 times"),
        "2": ("acme", "conflict"),
        "3": ("beta", "failed 3 times"),
        None: ("acme", "not_an_envelope"),
    }
    assert listed["2"]["id"] == "bbbbbbbb-2"
    assert listed["1"]["id"] == listed["1"]["message_id"]
    assert listed["1"]["text"] == "call 555-0199"
    assert listed[None]["body"] == "not an envelope \x7f"


def test_a_list_for_people_is_redacted_and_printable(operator: Operator) -> None:
    bury_one_of_each(operator)

    result = operator.run("dead-letters", "list")

    assert "call [REDACTED]" in result.stdout
    assert "555-0199" not in result.output
    assert "not an envelope \\x7f" in result.stdout


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (("--tenant", "acme"), ["1", "2", "None"]),
        (("--tenant", "beta"), ["3"]),
        (("--reason", "conflict"), ["2"]),
        (("--reason", "failed"), ["1", "3"]),
        (("--reason", "failed 3 times"), ["1", "3"]),
        (("--reason", "failed", "--tenant", "acme"), ["1"]),
    ],
)
def test_filters_choose(operator: Operator, filters: tuple[str, ...], expected: list[str]) -> None:
    bury_one_of_each(operator)

    assert ids(operator.json("dead-letters", "list", *filters)) == expected


def test_what_was_only_looked_at_is_visible_again_at_once(operator: Operator) -> None:
    for number in range(25):
        operator.bury(envelope_of("x", log_id=str(number)).to_message())

    listed = operator.json("dead-letters", "list", "--limit", "12")

    assert len(listed) == 12
    assert visible_letters(operator) == 25
    assert all(0 < call["VisibilityTimeout"] <= 60 for call in operator.sqs.named("receive_message"))


def test_a_message_that_is_handed_out_twice_is_listed_once(operator: Operator) -> None:
    for number in range(12):
        operator.bury(envelope_of("x", log_id=str(number)).to_message())
    dead_letters = operator.aws.dead_letter_queue_url
    operator.sqs.after["receive_message"] = lambda _answer: (
        operator.sqs.let_time_pass(dead_letters) if len(operator.sqs.named("receive_message")) < 3 else None
    )

    listed = operator.json("dead-letters", "list")

    assert ids(listed) == sorted(map(str, range(12)))


def test_nothing_that_fits_is_told_with_what_there_is(operator: Operator) -> None:
    bury_one_of_each(operator)

    result = operator.run("dead-letters", "list", "--tenant", "acem", "--json")

    assert (result.exit_code, json.loads(result.stdout)) == (1, [])
    assert "there are 4: " in result.stderr
    assert "1 x acme conflict" in result.stderr


def test_one_is_shown_whole_by_the_beginning_of_its_id(operator: Operator) -> None:
    operator.bury(
        envelope_of("first\x1b[2J\nsecond 555-0199 " + "x" * 500, log_id="2").to_message(),
        reason="conflict",
        message_id="bbbbbbbb-2",
    )

    shown = operator.run("dead-letters", "show", "bbbb")

    assert shown.exit_code == 0
    assert shown.stdout.endswith("\nfirst\\x1b[2J\nsecond 555-0199 " + "x" * 500 + "\n")
    assert "conflict" in shown.stdout


def test_an_id_that_fits_several_shows_none(operator: Operator) -> None:
    for last in "12":
        operator.bury("x", reason="not_an_envelope", message_id=f"bbbb-{last}")

    several, none = operator.run("dead-letters", "show", "bb"), operator.run("dead-letters", "show", "zz")

    assert (several.exit_code, none.exit_code) == (1, 1)
    assert "bbbb-1, bbbb-2" in several.stderr
    assert several.stdout == none.stdout == ""


def test_a_redrive_sends_what_fits_and_leaves_the_rest(operator: Operator) -> None:
    bury_one_of_each(operator)

    answer = operator.json("dead-letters", "redrive", "--yes", "--reason", "failed", "--tenant", "acme")

    [message] = operator.aws.waiting()
    assert answer == {"redriven": 1, "copies": 0, "skipped": 0, "failed": {}}
    assert json.loads(message["Body"])["log_id"] == "1"
    assert message["Attributes"]["MessageGroupId"] == "acme"
    assert visible_letters(operator) == 3


def test_a_redriven_message_keeps_its_body_and_its_id_and_loses_its_reason(operator: Operator) -> None:
    body = envelope_of("\U0001f600 \x00", log_id="2").to_message()
    operator.bury(body, reason="conflict", message_id="bbbbbbbb-2")

    operator.json("dead-letters", "redrive", "--yes")

    [message] = operator.aws.waiting()
    assert message["Body"] == body
    assert {name: value["StringValue"] for name, value in message["MessageAttributes"].items()} == {
        "message_id": "bbbbbbbb-2"
    }


def test_what_is_no_envelope_is_redriven_only_by_force(operator: Operator) -> None:
    operator.bury("not an envelope", reason="not_an_envelope")

    left = operator.run("dead-letters", "redrive", "--yes")
    waiting = operator.aws.waiting()
    forced = operator.json("dead-letters", "redrive", "--yes", "--force")

    assert (left.exit_code, waiting) == (0, [])
    assert "no envelopes: 1" in left.stderr
    assert forced["redriven"] == 1
    assert [message["Body"] for message in operator.aws.waiting()] == ["not an envelope"]


def test_a_limit_is_kept(operator: Operator) -> None:
    for number in range(15):
        operator.bury(envelope_of("x", log_id=str(number)).to_message())

    assert operator.json("dead-letters", "redrive", "--yes", "--limit", "4")["redriven"] == 4
    assert operator.json("dead-letters", "drop", "--yes", "--limit", "3")["dropped"] == 3
    assert visible_letters(operator) == 8


def test_a_drop_deletes_what_fits(operator: Operator) -> None:
    bury_one_of_each(operator)

    answer = operator.json("dead-letters", "drop", "--yes", "--tenant", "acme")

    assert answer == {"dropped": 3, "failed": {}}
    assert ids(operator.json("dead-letters", "list")) == ["3"]
    assert operator.aws.waiting() == []


@pytest.mark.parametrize("command", ["redrive", "drop"])
def test_a_dry_run_counts_and_does_nothing(operator: Operator, command: str) -> None:
    bury_one_of_each(operator)

    groups = operator.json("dead-letters", command, "--dry-run", "--reason", "failed")

    assert groups == [
        {"tenant_id": "acme", "reason": "failed 3 times", "count": 1},
        {"tenant_id": "beta", "reason": "failed 3 times", "count": 1},
    ]
    assert visible_letters(operator) == 4
    assert operator.aws.waiting() == []


@pytest.mark.parametrize("command", ["redrive", "drop"])
def test_without_a_terminal_nothing_happens_unless_it_was_said(operator: Operator, command: str) -> None:
    bury_one_of_each(operator)

    result = operator.run("dead-letters", command, stdin="y\n")

    assert result.exit_code == 1
    assert "--dry-run, then add --yes" in result.stderr
    assert visible_letters(operator) == 4


@pytest.mark.parametrize("command", ["redrive", "drop"])
def test_nothing_to_do_is_nothing_found(operator: Operator, command: str) -> None:
    result = operator.run("dead-letters", command, "--yes")

    assert result.exit_code == 1
    assert "There are no dead letters." in result.stderr


@pytest.mark.parametrize("arguments", [("--rate", "0"), ("--rate", "x"), ("--limit", "0"), ("--bogus",)])
def test_wrong_usage_is_told_as_such(operator: Operator, arguments: tuple[str, ...]) -> None:
    assert operator.run("dead-letters", "drop", "--yes", *arguments).exit_code == 2
