"""Every expected failure is a sentence with a fix and an exit code, never a traceback."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from click.testing import CliRunner

from cli.__main__ import main
from cli.failures import explained
from cli.target import Targets
from tests.support.checkout import ROOT
from tests.support.running_cloud import running_cloud


def refusal(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetItem")


@pytest.mark.parametrize(
    ("error", "what", "fix"),
    [
        (refusal("AccessDeniedException"), "AWS refused GetItem (AccessDeniedException)", "AWS_PROFILE"),
        (refusal("ExpiredTokenException"), "ExpiredTokenException", "aws sso login"),
        (refusal("ResourceNotFoundException"), "ResourceNotFoundException", "account and region"),
        (refusal("ThrottlingException"), "ThrottlingException", "try again"),
        (NoCredentialsError(), "Unable to locate credentials", "aws sso login"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:4566/"), "127.0.0.1:4566", "make dev"),
        (EndpointConnectionError(endpoint_url="https://sqs.eu-west-1.amazonaws.com/"), "eu-west-1", "network"),
    ],
)
def test_a_failure_of_aws_says_what_happened_and_how_to_fix_it(error: ClientError, what: str, fix: str) -> None:
    sentence = explained(error)

    assert what in sentence
    assert fix in sentence


def test_control_characters_in_a_message_of_aws_never_reach_the_terminal() -> None:
    assert "\x1b" not in explained(refusal("X", "\x1b[2J"))


@pytest.mark.parametrize("command", [("logs", "acme"), ("keys", "list"), ("dead-letters", "list")])
def test_a_stopped_embedded_cloud_is_not_a_traceback(tmp_path: Path, command: tuple[str, ...]) -> None:
    queues = {"queue_url": "http://127.0.0.1:9/0/q", "dead_letter_queue_url": "http://127.0.0.1:9/0/d"}
    tables = {"table_name": "t", "key_table_name": "k"}
    outputs = {"aws_endpoint_url": "http://127.0.0.1:9", "aws_region": "us-east-1", **queues, **tables}

    with running_cloud(tmp_path, outputs) as state:
        result = CliRunner().invoke(main, [*command, "--local"], obj=Targets(state=state))

    assert result.exit_code == 1
    assert "make dev" in result.stderr
    assert "Traceback" not in result.output


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "code"), [(("--help",), 0), (("redact",), 0), (("bogus",), 2), (("redact", "--kinds", "x"), 2)]
)
def test_the_program_exits_with_the_documented_codes(arguments: tuple[str, ...], code: int) -> None:
    result = run(*arguments)

    assert result.returncode == code
    assert b"Traceback" not in result.stderr


def test_the_help_documents_the_exit_codes() -> None:
    shown = run("--help").stdout.decode()

    assert [line.split()[0] for line in shown.split("Exit codes\n")[1].splitlines()[:5]] == ["0", "1", "2", "3", "130"]


def test_every_command_has_help() -> None:
    commands = [("dead-letters", name) for name in ("list", "show", "redrive", "drop")]
    commands += [("keys", name) for name in ("create", "list", "revoke")]

    for command in [*commands, ("logs",), ("redact",)]:
        result = CliRunner().invoke(main, [*command, "-h"])

        assert result.exit_code == 0
        assert "--json" in result.stdout


def test_wrong_usage_advises_a_command_with_this_python() -> None:
    result = run("keys", "list", "--nonsense")

    assert result.returncode == 2
    assert f"Try '{shlex.quote(sys.executable)} -m cli keys list --help'" in result.stderr.decode()
