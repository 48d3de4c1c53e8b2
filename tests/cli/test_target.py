"""Which stack a command uses, and what it says if there is none."""

import json
import shlex
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cli.__main__ import main
from cli.target import Target, Targets
from local.root_key import RootKey
from local.state import State
from tests.support.running_cloud import running_cloud

LOCAL = {
    "queue_url": "http://127.0.0.1:4566/0/q",
    "aws_endpoint_url": "http://127.0.0.1:4566",
    "aws_region": "us-east-1",
}
DEPLOYED = {"queue_url": "https://sqs.eu-central-1.amazonaws.com/123456789012/q"}


class Pulumi:
    """A Pulumi CLI that remembers its arguments."""

    def __init__(self, output: str = json.dumps(DEPLOYED)) -> None:
        self.output = output
        self.calls: list[list[str]] = []

    def __call__(self, arguments: Sequence[str]) -> str:
        self.calls.append(list(arguments))
        return self.output


@pytest.fixture
def state(tmp_path: Path) -> State:
    """Return where a running cloud would leave its outputs; none runs."""
    return State(tmp_path)


@pytest.mark.parametrize("local_is_running", [True, False])
@pytest.mark.parametrize(
    ("local", "stack", "without_local"),
    [
        (False, "prod", "stack prod"),
        (False, None, "the current Pulumi stack"),
        (True, None, None),
    ],
)
def test_the_target_is_the_named_stack_or_the_embedded_cloud_or_the_current_stack(
    tmp_path: Path, *, local: bool, stack: str | None, without_local: str | None, local_is_running: bool
) -> None:
    pulumi = Pulumi()
    targets = Targets(state=State(tmp_path), pulumi=pulumi)

    with running_cloud(tmp_path, LOCAL) if local_is_running else nullcontext():
        if local and not local_is_running:
            with pytest.raises(click.ClickException, match="make dev"):
                targets.choose(local=local, stack=stack)
            assert pulumi.calls == []
            return
        target = targets.choose(local=local, stack=stack)

    if local_is_running and stack is None:
        assert (target.name, target.outputs) == ("the embedded cloud at http://127.0.0.1:4566", LOCAL)
        assert (target.is_local, pulumi.calls) == (True, [])
    else:
        assert (target.name, target.outputs, target.is_local) == (without_local, DEPLOYED, False)
        assert pulumi.calls == [["stack", "output", "--json", *(["--stack", stack] if stack else [])]]


@pytest.mark.parametrize("output", ["", "{}", "[]", "not json"])
def test_outputs_that_are_not_a_json_object_are_refused(state: State, output: str) -> None:
    with pytest.raises(click.ClickException, match="must be a JSON object of stack outputs"):
        Targets(state=state, pulumi=Pulumi(output)).choose(local=False, stack="dev")


def test_a_missing_output_is_named_with_the_fix() -> None:
    target = Target(name="stack dev", outputs=DEPLOYED)

    with pytest.raises(click.ClickException, match="table_name, but stack dev has none; deploy it again: pulumi up"):
        target.output("table_name")


def test_clients_use_the_region_of_the_stack_or_the_endpoint_of_the_embedded_cloud(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    assert Target(name="stack dev", outputs=DEPLOYED).client("sqs").meta.region_name == "eu-central-1"
    local = Target(name="local", outputs=LOCAL, root_key=RootKey.new())
    assert local.client("sqs").meta.endpoint_url == "http://127.0.0.1:4566"


def test_without_a_region_in_the_outputs_aws_region_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    elsewhere = Target(name="stack dev", outputs={"queue_url": "https://queue.example/123456789012/q"})

    assert elsewhere.client("sqs").meta.region_name == "eu-north-1"


def test_an_advised_command_names_this_python_and_the_same_stack(state: State) -> None:
    targets = Targets(state=state, pulumi=Pulumi(json.dumps(DEPLOYED | {"key_table_name": "keys"})))

    result = CliRunner().invoke(
        main, ["keys", "revoke", "zzzzzz", "--stack", "of prod"], obj=targets, standalone_mode=False
    )

    advice = f"; see: {shlex.quote(sys.orig_argv[0])} -m cli keys list --stack 'of prod'"
    assert advice in str(result.exception)


def test_keys_on_an_embedded_cloud_without_them_advise_a_command_that_can_be_pasted(tmp_path: Path) -> None:
    with running_cloud(tmp_path, LOCAL | {"auth": "none"}) as state:
        result = CliRunner().invoke(main, ["keys", "list"], obj=Targets(state=state))

    assert "stop the embedded cloud, and run: make dev ARGS='--config auth=api-key'" in result.stderr


def test_the_target_is_named_on_standard_error_even_with_json(state: State) -> None:
    targets = Targets(state=state, pulumi=Pulumi(json.dumps({"auth": "none"})))

    result = CliRunner().invoke(main, ["keys", "list", "--stack", "dev", "--json"], obj=targets)

    assert "Using stack dev." in result.stderr
    assert result.stdout == ""


def test_two_targets_are_wrong_usage(state: State) -> None:
    targets = Targets(state=state, pulumi=Pulumi())

    result = CliRunner().invoke(main, ["keys", "list", "--local", "--stack", "dev"], obj=targets)

    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("script", "message"),
    [
        pytest.param(None, "the Pulumi CLI must be on the PATH", id="not installed"),
        pytest.param(
            "#!/bin/sh\necho \"error: no stack named 'dve' found\" >&2\nexit 255\n",
            "no stack named 'dve' found; for the stacks: pulumi stack ls",
            id="refuses",
        ),
    ],
)
def test_a_failure_of_the_pulumi_cli_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, message: str
) -> None:
    if script:
        fake = tmp_path / "pulumi"
        fake.write_text(script)
        fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")

    result = CliRunner().invoke(main, ["logs", "acme", "--stack", "dve"], obj=Targets(state=State(tmp_path)))

    assert result.exit_code == 1
    assert message in result.stderr
