"""The target: which stack a command works on, and the AWS clients that reach it."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.advice import TARGET_OPTIONS
from cli.terminal import note
from local.failure import Failure
from local.state import CHECKOUT, State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from local.root_key import RootKey

Result = TypeVar("Result")

_QUEUE_REGION = re.compile(r"https://sqs\.([a-z0-9-]+)\.")


@dataclass(frozen=True, kw_only=True)
class Target:
    """One stack.

    Attributes:
        name: what people call it.
        outputs: the stack's outputs; those of the embedded cloud include its address.
        root_key: the root key of the embedded cloud; None for other stacks.
    """

    name: str
    outputs: Mapping[str, Any]
    root_key: RootKey | None = None

    @property
    def is_local(self) -> bool:
        """Whether this is the embedded cloud."""
        return self.root_key is not None

    def output(self, name: str) -> str:
        """Return a stack output.

        Raises:
            click.ClickException: the stack has no such output.
        """
        if name not in self.outputs:
            fix = "start it again: make dev" if self.is_local else "deploy it again: pulumi up"
            raise click.ClickException(f"the stack must have the output {name}, but {self.name} has none; {fix}")
        return str(self.outputs[name])

    def client(self, service: str) -> Any:
        """Return a client for the stack's AWS: with the root key of the embedded cloud, or your AWS credentials."""
        if self.root_key:
            from local.cloud import Cloud

            return Cloud(self.output("aws_endpoint_url"), self.root_key).client(service)
        import boto3

        # The region of the stack, whatever the profile's region is. boto3 itself does not read AWS_REGION.
        region = _QUEUE_REGION.match(self.output("queue_url"))
        return boto3.client(service, region_name=region[1] if region else os.environ.get("AWS_REGION"))


@dataclass(frozen=True, kw_only=True)
class Targets:
    """Finds the target of a command.

    Attributes:
        state: where `make dev` leaves its outputs and its key.
        pulumi: runs the Pulumi CLI with these arguments and returns its standard output.
    """

    state: State = field(default_factory=State)
    pulumi: Callable[[Sequence[str]], str] = field(default_factory=lambda: _pulumi)

    def choose(self, *, local: bool, stack: str | None) -> Target:
        """Return the chosen target; by default the embedded cloud if it is running, else the current stack.

        Raises:
            click.ClickException: there is none.
        """
        if local and stack:
            raise click.UsageError("--local and --stack name two targets; give only one.")
        if local or (stack is None and self.state.is_running()):
            return self._embedded()
        arguments = ["--stack", stack] if stack else []
        outputs = _json_object(self.pulumi(["stack", "output", "--json", *arguments]), "pulumi stack output")
        return Target(name=f"stack {stack}" if stack else "the current Pulumi stack", outputs=outputs)

    def _embedded(self) -> Target:
        try:
            outputs, root_key = self.state.outputs(), self.state.root_key()
        except Failure as failure:
            raise click.ClickException(str(failure)) from failure
        return Target(name=f"the embedded cloud at {outputs['aws_endpoint_url']}", outputs=outputs, root_key=root_key)


def with_target(command: Callable[..., Result]) -> Callable[..., Result]:
    """Add the options `--local` and `--stack` to a command, and pass it their target as its first argument."""

    @click.option("--local", is_flag=True, help="Use the embedded cloud that `make dev` runs on this machine.")
    @click.option("--stack", metavar="NAME", help="Use this Pulumi stack, with your AWS credentials.")
    @functools.wraps(command)
    def with_options(*args: Any, local: bool, stack: str | None, **options: Any) -> Result:
        context = click.get_current_context()
        context.meta[TARGET_OPTIONS] = ["--local"] if local else ["--stack", stack] if stack else []
        targets = context.find_object(Targets) or Targets()
        target = targets.choose(local=local, stack=stack)
        note(f"Using {target.name}.")
        return command(target, *args, **options)

    return with_options


def _json_object(output: str, source: str) -> dict[str, Any]:
    try:
        value = json.loads(output)
    except ValueError:
        value = None
    if not isinstance(value, dict) or not value:
        raise click.ClickException(
            f"{source} must be a JSON object of stack outputs, got {output[:80]!r}; deploy first"
        )
    return value


def _pulumi(arguments: Sequence[str]) -> str:
    program = shutil.which("pulumi")
    if program is None:
        raise click.ClickException(
            "the Pulumi CLI must be on the PATH to read a stack's outputs, and is not; install it "
            "(https://www.pulumi.com/docs/install/), or use the embedded cloud: make dev, then --local"
        )
    command = [program, *arguments, "--non-interactive"]
    result = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if result.returncode:
        reason = result.stderr.strip().removeprefix("error: ")
        raise click.ClickException(f"pulumi {' '.join(arguments)} failed: {reason}; for the stacks: pulumi stack ls")
    return result.stdout
