"""Which stack a command works on, and what it says where there is none."""

import json
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cli.__main__ import main
from cli.target import Target, Targets

LOCAL = {"queue_url": "http://127.0.0.1:4566/0/q", "aws_endpoint_url": "http://127.0.0.1:4566"}
DEPLOYED = {"queue_url": "https://sqs.eu-central-1.amazonaws.com/123456789012/q"}


class Pulumi:
    """A Pulumi CLI that remembers what it was asked."""

    def __init__(self, answer: str = json.dumps(DEPLOYED)) -> None:
        self.answer = answer
        self.asked: list[list[str]] = []

    def __call__(self, arguments: Sequence[str]) -> str:
        self.asked.append(list(arguments))
        return self.answer


@pytest.fixture
def outputs_file(tmp_path: Path) -> Path:
    return tmp_path / "outputs.json"


def test_a_stack_is_asked_of_pulumi_by_its_name(outputs_file: Path) -> None:
    outputs_file.write_text(json.dumps(LOCAL))
    pulumi = Pulumi()

    target = Targets(outputs_file=outputs_file, pulumi=pulumi).choose(local=False, stack="prod")

    assert pulumi.asked == [["stack", "output", "--json", "--stack", "prod"]]
    assert (target.name, target.outputs, target.is_local) == ("stack prod", DEPLOYED, False)


def test_the_embedded_cloud_goes_first_where_it_runs(outputs_file: Path) -> None:
    outputs_file.write_text(json.dumps(LOCAL))
    pulumi = Pulumi()

    for local in (True, False):
        target = Targets(outputs_file=outputs_file, pulumi=pulumi).choose(local=local, stack=None)

        assert target.is_local
        assert target.name == "the embedded cloud at http://127.0.0.1:4566"
    assert pulumi.asked == []


def test_without_an_embedded_cloud_it_is_the_current_stack(outputs_file: Path) -> None:
    pulumi = Pulumi()

    target = Targets(outputs_file=outputs_file, pulumi=pulumi).choose(local=False, stack=None)

    assert pulumi.asked == [["stack", "output", "--json"]]
    assert target.outputs == DEPLOYED


def test_an_embedded_cloud_that_does_not_run_is_not_replaced_by_another_stack(outputs_file: Path) -> None:
    pulumi = Pulumi()

    with pytest.raises(click.ClickException, match="make dev"):
        Targets(outputs_file=outputs_file, pulumi=pulumi).choose(local=True, stack=None)

    assert pulumi.asked == []


@pytest.mark.parametrize("answer", ["", "{}", "[]", "not json"])
def test_outputs_that_are_none_are_told_as_such(outputs_file: Path, answer: str) -> None:
    with pytest.raises(click.ClickException, match="must be a JSON object of stack outputs"):
        Targets(outputs_file=outputs_file, pulumi=Pulumi(answer)).choose(local=False, stack="dev")


def test_a_missing_output_is_named_with_the_mend() -> None:
    target = Target(name="stack dev", outputs=DEPLOYED)

    with pytest.raises(click.ClickException, match="table_name, but stack dev has none; deploy it again: pulumi up"):
        target.output("table_name")


def test_calls_go_to_the_region_of_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    client = Target(name="stack dev", outputs=DEPLOYED).client("sqs")

    assert client.meta.region_name == "eu-central-1"


def test_calls_to_the_embedded_cloud_go_there() -> None:
    client = Target(name="local", outputs=LOCAL).client("sqs")

    assert client.meta.endpoint_url == "http://127.0.0.1:4566"


def test_the_target_is_said_on_standard_error_also_with_json(outputs_file: Path) -> None:
    targets = Targets(outputs_file=outputs_file, pulumi=Pulumi(json.dumps({"auth": "none"})))

    result = CliRunner().invoke(main, ["keys", "list", "--stack", "dev", "--json"], obj=targets)

    assert "Using stack dev." in result.stderr
    assert result.stdout == ""


def test_two_targets_are_wrong_usage(outputs_file: Path) -> None:
    targets = Targets(outputs_file=outputs_file, pulumi=Pulumi())

    result = CliRunner().invoke(main, ["keys", "list", "--local", "--stack", "dev"], obj=targets)

    assert result.exit_code == 2


def test_a_missing_pulumi_cli_is_told_with_what_to_do(outputs_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(outputs_file.parent))

    result = CliRunner().invoke(main, ["logs", "acme", "--stack", "dev"], obj=Targets(outputs_file=outputs_file))

    assert result.exit_code == 1
    assert "the Pulumi CLI must be on the PATH" in result.stderr


def test_what_pulumi_complains_about_is_passed_on(outputs_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = outputs_file.parent / "pulumi"
    fake.write_text("#!/bin/sh\necho \"error: no stack named 'dve' found\" >&2\nexit 255\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:/bin:/usr/bin")

    result = CliRunner().invoke(main, ["logs", "acme", "--stack", "dve"], obj=Targets(outputs_file=outputs_file))

    assert result.exit_code == 1
    assert "no stack named 'dve' found; these exist: pulumi stack ls" in result.stderr
