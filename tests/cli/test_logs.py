"""`python -m cli logs`: stored logs, each shown whole, and never obeyed by a terminal."""

import json

import pytest

from tests.support.aws_fixtures import detailed_envelope_of
from tests.support.cli_fixtures import Operator
from tests.support.stored_logs import put as put_record

HOSTILE = ":warning: [bold]hi[/bold] \x1b[2J\x1b]0;owned\x07 \x9b31m \u202egnp.exe \x7f\r\x08 end"


def put(operator: Operator, log_id: str, text: str, *, tenant_id: str = "acme", part: int = 1, parts: int = 1) -> None:
    texts = {
        "tenant_id": tenant_id,
        "log_id": log_id if parts == 1 else f"{log_id}#{part:05d}",
        "source": "json_upload",
        "original_text": text,
        "modified_data": text,
        "processed_at": "2026-01-31T22:47:57.559836+00:00",
        "received_at": "2026-01-31T22:47:50.000000+00:00",
        "message_id": "m",
        "fingerprint": "key:0",
    }
    item = {name: {"S": value} for name, value in texts.items()}
    item |= {"redactions": {"M": {"phone": {"N": "1"}, "email": {"N": "0"}}}}
    if parts > 1:
        item |= {"part": {"N": str(part)}, "parts": {"N": str(parts)}}
    operator.aws.dynamodb.put_item(TableName=operator.aws.table_name, Item=item)


def test_a_log_is_shown_as_it_is_stored(operator: Operator) -> None:
    put(operator, "123", "User [REDACTED]...")

    shown, log = operator.run("logs", "acme", "123"), operator.json("logs", "acme", "123")

    assert shown.exit_code == 0
    assert "1 phone" in shown.stdout
    assert shown.stdout.endswith("\nUser [REDACTED]...\n")
    assert log["path"] == "tenants/acme/processed_logs/123"
    assert log["path"] in shown.stdout
    assert log["original_text"] == "User [REDACTED]..."
    assert log["redactions"] == {"phone": 1, "email": 0}


def test_time_severity_and_attributes_of_a_log_are_shown(operator: Operator) -> None:
    put_record(operator.aws, detailed_envelope_of("x"))

    shown, log = operator.run("logs", "acme", "123"), operator.json("logs", "acme", "123")

    for detail in ("2026-01-31T22:47:57.123456789+00:00", "17 ERROR", '{"user": {"phone": "[REDACTED]"}'):
        assert detail in shown.stdout
    assert "4155552671" not in shown.stdout
    assert log["original_attributes"]["user"] == {"phone": 4155552671}


def test_a_log_in_parts_is_shown_whole(operator: Operator) -> None:
    for part in range(1, 121):
        put(operator, "long", f"line {part}\n", part=part, parts=120)
    whole = "".join(f"line {part}\n" for part in range(1, 121))

    shown, [listed] = operator.run("logs", "acme", "long"), operator.json("logs", "acme")

    assert shown.stdout.endswith("\n" + whole + "\n")
    assert (listed["modified_data"], listed["parts"]) == (whole, 120)


def test_a_log_with_missing_parts_is_shown_as_incomplete(operator: Operator) -> None:
    put(operator, "long", "first\n", part=1, parts=3)

    shown, listed = operator.run("logs", "acme", "long"), operator.run("logs", "acme")

    assert shown.exit_code == 1
    assert "1 of 3 parts are stored" in shown.stderr
    assert "1 of 3 parts are stored" in listed.stdout


def test_a_list_is_sorted_filtered_and_limited(operator: Operator) -> None:
    for log_id in ("b-2", "a-1", "b-1", "b-3"):
        put(operator, log_id, "x")
    put(operator, "b-0", "x", tenant_id="beta")

    result = operator.run("logs", "acme", "--prefix", "b-", "--limit", "2", "--json")

    assert [log["log_id"] for log in json.loads(result.stdout)] == ["b-1", "b-2"]
    assert "there may be more" in result.stderr


@pytest.mark.parametrize("arguments", [("acme",), ("acme", "hostile")])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_control_characters_of_a_log_never_reach_the_terminal(
    operator: Operator, arguments: tuple[str, ...], options: tuple[str, ...]
) -> None:
    put(operator, "hostile", HOSTILE)

    result = operator.run("logs", *arguments, *options)

    assert result.exit_code == 0
    assert [c for c in result.output if not c.isprintable() and c != "\n"] == []
    assert "[bold]hi[/bold]" in result.stdout
    assert ":warning:" in result.stdout


def test_json_keeps_control_characters(operator: Operator) -> None:
    put(operator, "hostile", HOSTILE)

    assert operator.json("logs", "acme", "hostile")["modified_data"] == HOSTILE


def test_a_missing_log_is_reported_with_where_to_look(operator: Operator) -> None:
    put(operator, "123", "x", tenant_id="beta")

    listed, shown = operator.run("logs", "acme", "--json"), operator.run("logs", "acme", "123")

    assert (listed.exit_code, json.loads(listed.stdout)) == (1, [])
    assert shown.exit_code == 1
    assert "dead-letters list --tenant acme" in shown.stderr


@pytest.mark.parametrize(
    "arguments", [("a/b",), ("acme", "a#1"), ("acme", "1", "--prefix", "x"), ("acme", "--limit", "0")]
)
def test_wrong_usage_exits_with_2(operator: Operator, arguments: tuple[str, ...]) -> None:
    assert operator.run("logs", *arguments).exit_code == 2


def test_a_damaged_row_is_left_out_of_a_list_and_is_one_sentence_when_shown(operator: Operator) -> None:
    put(operator, "1", "fine")
    row = {"tenant_id": {"S": "acme"}, "log_id": {"S": "2"}, "modified_data": {"N": "1"}}
    operator.aws.dynamodb.put_item(TableName=operator.aws.table_name, Item=row)

    listed, shown = operator.run("logs", "acme"), operator.run("logs", "acme", "2")

    assert (listed.exit_code, shown.exit_code) == (0, 1)
    assert "fine" in listed.stdout
    assert "row 2, which is damaged" in listed.stderr
    assert "row 2 of tenant acme is damaged" in shown.stderr


def test_the_claim_of_a_log_in_parts_is_not_listed(operator: Operator) -> None:
    claim = {"parts": {"N": "2"}, "fingerprint": {"S": "key:0"}, "tenant_id": {"S": "acme"}, "log_id": {"S": "long"}}
    operator.aws.dynamodb.put_item(TableName=operator.aws.table_name, Item=claim)
    for part in (1, 2):
        put(operator, "long", f"line {part}\n", part=part, parts=2)

    [listed] = operator.json("logs", "acme")

    assert (listed["modified_data"], listed["parts"]) == ("line 1\nline 2\n", 2)
    assert "fingerprint" not in listed
