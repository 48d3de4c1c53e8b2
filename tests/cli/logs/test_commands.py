"""`python -m cli logs`: stored logs, each shown whole, and never obeyed by a terminal."""

import itertools
import json
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from click.testing import Result

from cli.__main__ import run
from cli.logs.following import Follower
from cli.logs.reading import LogReader
from handlers.logs.envelope import Severity
from tests.support.aws_fixtures import detailed_envelope_of
from tests.support.cli_fixtures import MotoTargets, Operator
from tests.support.many_logs import id_at
from tests.support.query_client import get_page
from tests.support.stored_logs import logs_of, place_of
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
    ("arguments", "fix"),
    [
        ("a/b", "'TENANT'"),
        ("acme a#1", "'[LOG_ID]'"),
        ("acme 1 --prefix x", "leave out --prefix"),
        ("acme 1 --since 1h --attr a=b --ndjson", "leave out --since and --attr and --ndjson"),
        ("acme --limit 0", "'--limit'"),
        ("acme --since yesterday", "must be how long ago, such as 15m"),
        ("acme --since 5m --until 15m", "since must be before until"),
        ("acme --since 5m --prefix x", "leave out either prefix or since"),
        ("acme --severity bad", "'trace', 'debug', 'info', 'warn', 'error', 'fatal'"),
        ("acme --attr service.name", "must be KEY=VALUE"),
        ("acme --overlap 5m", "--overlap is for --follow"),
        ("acme --follow --overlap 5", "must be such as 30s, 2m or 1h"),
        ("acme --follow --json", "(--ndjson for JSON); leave out --json"),
        ("acme --follow --until 5m --order newest", "leave out --until and --order"),
        ("acme --json --ndjson", "leave out --json"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_to_do(operator: Operator, arguments: str, fix: str) -> None:
    result = operator.run("logs", *arguments.split())

    assert result.exit_code == 2
    assert fix in result.stderr.replace("\n", " ")


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


def seconds_ago(seconds: float) -> str:
    return id_at(int((time.time() - seconds) * 1000))


def put_each(operator: Operator, **seconds: float) -> None:
    """Store logs that happened so many seconds ago, each with a severity and an attribute."""
    for number, (text, ago) in enumerate(seconds.items()):
        level = Severity(number=(9, 13, 17)[number % 3])
        attributes = {"resource": {"service.name": "shop" if number % 2 else "web"}}
        put_record(
            operator.aws, detailed_envelope_of(text, log_id=seconds_ago(ago), severity=level, attributes=attributes)
        )


def texts(result: Result) -> list[str]:
    return [json.loads(line)["modified_data"] for line in result.stdout.splitlines()]


def test_logs_are_listed_by_time(operator: Operator) -> None:
    put_each(operator, hour=3600, minutes=600, seconds=10)
    put(operator, "0-of-a-client", "by id")

    def listed(*options: str) -> list[str]:
        return texts(operator.run("logs", "acme", "--ndjson", *options))

    assert listed("--since", "15m") == ["seconds", "minutes"]
    assert listed("--order", "oldest") == ["hour", "minutes", "seconds"]
    assert listed("--until", "15m") == ["hour"]
    assert listed("--since", "2h", "--limit", "1") == ["seconds"]
    assert sorted(listed()) == ["by id", "hour", "minutes", "seconds"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--severity", "warn"], ["four", "two", "one"]),
        (["--grep", "o"], ["four", "two", "one", "zero"]),
        (["--grep", "O"], []),
        (["--attr", "service.name=shop"], ["three", "one"]),
        (["--attr", "service.name=shop", "--severity", "error"], []),
        (["--attr", "service.name=web", "--grep", "t"], ["two"]),
    ],
)
def test_logs_are_filtered(operator: Operator, options: list[str], expected: list[str]) -> None:
    put_each(operator, zero=100, one=50, two=40, three=30, four=20)

    result = operator.run("logs", "acme", "--since", "1h", "--ndjson", *options)

    assert texts(result) == expected
    assert result.exit_code == (0 if expected else 1)
    assert expected or "records of tenant acme that were read matches" in result.stderr


def test_a_list_shows_what_the_read_api_shows(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH", "api-key")
    put_each(operator, **{f"log{number}": number for number in range(1, 30)})
    since = (datetime.now(UTC) - timedelta(seconds=25)).isoformat()
    asked = {"since": since, "severity": "warn", "order": "oldest", "limit": "10"}

    by_api = json.loads(get_page(**asked)["body"])["records"]
    by_cli = operator.json("logs", "acme", *(word for name, value in asked.items() for word in (f"--{name}", value)))

    assert by_cli == by_api
    assert len(by_api) == 10


def test_a_client_with_ids_of_its_own_is_told_how_to_list_its_logs(operator: Operator) -> None:
    put(operator, "web1-1", "x")

    result = operator.run("logs", "acme", "--since", "1h")

    assert result.exit_code == 1
    assert "listed by id only" in result.stderr
    assert "logs acme" in result.stderr


def test_a_long_search_says_how_far_it_is(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count(step=3)
    monkeypatch.setattr("cli.logs.commands.LogReader", partial(LogReader, monotonic=lambda: next(ticks)))
    monkeypatch.setattr("cli.logs.commands.ROWS_PER_PAGE", 2)
    put_each(operator, **{f"log{number}": number for number in range(1, 13)})

    result = operator.run("logs", "acme", "--since", "1h", "--grep", "nowhere")

    assert "Read 4 records so far" in result.stderr
    assert "Read 2 records so far" not in result.stderr
    assert result.stdout == ""


def test_following_shows_what_is_stored_later_and_ends_with_ctrl_c(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds = iter(["second", "third"])

    def pause(_seconds: float) -> None:
        if (text := next(rounds, None)) is None:
            raise KeyboardInterrupt
        put_each(operator, harmless=2, **{text: 1})

    monkeypatch.setattr("cli.logs.commands.Follower", partial(Follower, pause=pause))
    put_each(operator, too_old=3600, first=30)
    arguments = ["cli", "logs", "acme", "--follow", "--severity", "warn", "--utc"]
    monkeypatch.setattr("sys.argv", arguments)

    exit_code = run(MotoTargets(target=operator.target))

    said = capsys.readouterr()
    assert exit_code == 130
    assert [line.split()[1:3] for line in said.out.splitlines()] == [
        ["WARN", "first"],
        ["WARN", "second"],
        ["WARN", "third"],
    ]
    assert "Interrupted." in said.err
    assert "more than 120 s after its time" in said.err


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ([], "The processor dropped log 123 of tenant acme."),
        (["a", "b"], "The processor split log 123 of tenant acme into 2: "),
    ],
)
def test_what_a_processor_made_of_a_log_is_said_where_the_log_is_asked_for(
    operator: Operator, texts: list[str], found: str
) -> None:
    place_of(operator.aws, "x").put(logs_of(*texts), message_id="m")

    shown = operator.run("logs", "acme", "123")

    assert shown.exit_code == 1
    assert found in " ".join(shown.stderr.split())
    if texts:
        assert "logs acme --prefix 123." in shown.stderr
        assert [log["log_id"] for log in operator.json("logs", "acme", "--prefix", "123.")] == ["123.1", "123.2"]
