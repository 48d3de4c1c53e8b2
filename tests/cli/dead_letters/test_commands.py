"""`python -m cli dead-letters`: read without taking anything away, chosen, confirmed, redriven or dropped."""

import json
from typing import Any

import pytest

from tests.support.aws_fixtures import envelope_of
from tests.support.cli_fixtures import Operator


def bury_one_of_each(operator: Operator) -> None:
    operator.bury(envelope_of("call 555-0199", log_id="1").to_message())
    operator.bury(envelope_of("two", log_id="2").to_message(), reason="conflict", message_id="bbbbbbbb-2")
    operator.bury(envelope_of("three", tenant_id="beta", log_id="3").to_message(), group="beta")
    operator.bury("not an envelope \x7f", reason="not_an_envelope", message_id="cccccccc-3")


def bury_logs(operator: Operator, count: int) -> None:
    for number in range(count):
        operator.bury(envelope_of("x", log_id=str(number)).to_message())


def ids(listed: list[dict[str, Any]]) -> list[str]:
    return sorted(str(letter.get("log_id")) for letter in listed)


def test_a_list_shows_tenant_text_and_reason(operator: Operator) -> None:
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


def test_a_dead_letter_that_was_kept_twice_is_listed_once_with_a_count(operator: Operator) -> None:
    body = envelope_of("first", log_id="1").to_message()
    for _ in range(2):
        operator.bury(body, reason="conflict", message_id="aaaaaaaa-1")
    operator.bury(body, reason="conflict", message_id="bbbbbbbb-2")

    listed = operator.json("dead-letters", "list")
    shown = operator.run("dead-letters", "list").stdout

    assert sorted((letter["id"], letter["copies"]) for letter in listed) == [("aaaaaaaa-1", 2), ("bbbbbbbb-2", 1)]
    assert "conflict, 2 copies" in shown


def test_a_copy_that_sqs_moved_is_recognised(operator: Operator) -> None:
    body = envelope_of("first", log_id="1").to_message()
    operator.bury(body)
    [moved] = operator.json("dead-letters", "list")
    operator.bury(body, reason="conflict", message_id=moved["message_id"])

    [letter] = operator.json("dead-letters", "list")

    assert (letter["reason"], letter["copies"]) == ("conflict", 2)


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
def test_filters_choose_by_tenant_and_reason(operator: Operator, filters: tuple[str, ...], expected: list[str]) -> None:
    bury_one_of_each(operator)

    assert ids(operator.json("dead-letters", "list", *filters)) == expected


def test_after_a_list_every_dead_letter_is_visible_again_at_once(operator: Operator) -> None:
    bury_logs(operator, 25)

    listed = operator.json("dead-letters", "list", "--limit", "12")

    assert len(listed) == 12
    assert operator.dead_letter_count() == 25
    assert all(0 < call["VisibilityTimeout"] <= 60 for call in operator.sqs.named("receive_message"))


def test_a_message_that_sqs_delivers_twice_is_listed_once(operator: Operator) -> None:
    bury_logs(operator, 12)
    dead_letters = operator.aws.dead_letter_queue_url
    operator.sqs.after["receive_message"] = lambda _answer: (
        operator.sqs.end_visibility_timeouts(dead_letters) if len(operator.sqs.named("receive_message")) < 3 else None
    )

    listed = operator.json("dead-letters", "list")

    assert ids(listed) == sorted(map(str, range(12)))


def test_if_nothing_matches_the_answer_lists_what_there_is(operator: Operator) -> None:
    bury_one_of_each(operator)

    result = operator.run("dead-letters", "list", "--tenant", "acem", "--json")

    assert (result.exit_code, json.loads(result.stdout)) == (1, [])
    assert "there are 4: " in result.stderr
    assert "1 x acme conflict" in result.stderr


def test_the_beginning_of_an_id_shows_the_whole_dead_letter(operator: Operator) -> None:
    text = "first\x1b[2J\nsecond 555-0199 " + "x" * 500
    operator.bury(envelope_of(text, log_id="2").to_message(), reason="conflict", message_id="bbbbbbbb-2")

    shown = operator.run("dead-letters", "show", "bbbb")

    assert shown.exit_code == 0
    assert shown.stdout.endswith("\n" + text.replace("\x1b", "\\x1b") + "\n")
    assert "conflict" in shown.stdout


def test_an_id_that_matches_several_dead_letters_or_none_shows_nothing(operator: Operator) -> None:
    for last in "12":
        operator.bury("x", reason="not_an_envelope", message_id=f"bbbb-{last}")

    several, none = operator.run("dead-letters", "show", "bb"), operator.run("dead-letters", "show", "zz")

    assert (several.exit_code, none.exit_code) == (1, 1)
    assert "bbbb-1, bbbb-2" in several.stderr
    assert several.stdout == none.stdout == ""


def test_a_redrive_sends_what_matches_and_leaves_the_rest(operator: Operator) -> None:
    bury_one_of_each(operator)

    answer = operator.json("dead-letters", "redrive", "--yes", "--reason", "failed", "--tenant", "acme")

    [message] = operator.aws.waiting()
    assert answer == {"redriven": 1, "copies": 0, "came_back": 0, "skipped": 0, "failed": {}}
    assert json.loads(message["Body"])["log_id"] == "1"
    assert message["Attributes"]["MessageGroupId"] == "acme"
    assert operator.dead_letter_count() == 3


def test_a_redriven_message_keeps_its_body_and_id_but_not_its_reason(operator: Operator) -> None:
    body = envelope_of("\U0001f600 \x00", log_id="2").to_message()
    operator.bury(body, reason="conflict", message_id="bbbbbbbb-2")

    operator.json("dead-letters", "redrive", "--yes")

    [message] = operator.aws.waiting()
    assert message["Body"] == body
    assert {name: value["StringValue"] for name, value in message["MessageAttributes"].items()} == {
        "message_id": "bbbbbbbb-2"
    }


def test_a_message_that_is_not_an_envelope_is_redriven_only_with_force(operator: Operator) -> None:
    operator.bury("not an envelope", reason="not_an_envelope")

    left = operator.run("dead-letters", "redrive", "--yes")
    waiting = operator.aws.waiting()
    forced = operator.json("dead-letters", "redrive", "--yes", "--force")

    assert (left.exit_code, waiting) == (0, [])
    assert "Skipped: 1 (not an envelope" in left.stderr
    assert forced["redriven"] == 1
    assert [message["Body"] for message in operator.aws.waiting()] == ["not an envelope"]


def test_a_limit_is_respected(operator: Operator) -> None:
    bury_logs(operator, 15)

    assert operator.json("dead-letters", "redrive", "--yes", "--limit", "4")["redriven"] == 4
    assert operator.json("dead-letters", "drop", "--yes", "--limit", "3")["dropped"] == 3
    assert operator.dead_letter_count() == 8


def test_a_drop_deletes_what_matches(operator: Operator) -> None:
    bury_one_of_each(operator)

    answer = operator.json("dead-letters", "drop", "--yes", "--tenant", "acme")

    assert answer == {"dropped": 3, "failed": {}}
    assert ids(operator.json("dead-letters", "list")) == ["3"]
    assert operator.aws.waiting() == []


@pytest.mark.parametrize("command", ["redrive", "drop"])
class TestRedriveAndDrop:
    """What both commands have in common."""

    def test_a_dry_run_counts_and_changes_nothing(self, operator: Operator, command: str) -> None:
        bury_one_of_each(operator)

        groups = operator.json("dead-letters", command, "--dry-run", "--reason", "failed")

        assert groups == [
            {"tenant_id": "acme", "reason": "failed 3 times", "count": 1},
            {"tenant_id": "beta", "reason": "failed 3 times", "count": 1},
        ]
        assert operator.dead_letter_count() == 4
        assert operator.aws.waiting() == []

    def test_without_a_terminal_nothing_happens_unless_yes_is_given(self, operator: Operator, command: str) -> None:
        bury_one_of_each(operator)

        result = operator.run("dead-letters", command, stdin="y\n")

        assert result.exit_code == 1
        assert "--dry-run, then add --yes" in result.stderr
        assert operator.dead_letter_count() == 4

    def test_an_empty_queue_is_nothing_found(self, operator: Operator, command: str) -> None:
        result = operator.run("dead-letters", command, "--yes")

        assert result.exit_code == 1
        assert "There are no dead letters." in result.stderr

    @pytest.mark.parametrize("arguments", [("--rate", "0"), ("--rate", "x"), ("--limit", "0"), ("--bogus",)])
    def test_wrong_usage_exits_with_2(self, operator: Operator, command: str, arguments: tuple[str, ...]) -> None:
        assert operator.run("dead-letters", command, "--yes", *arguments).exit_code == 2
