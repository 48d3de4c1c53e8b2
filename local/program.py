"""Runs the Pulumi program as it is, with a monitor that creates each registered resource on the embedded cloud."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import runpy
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from unittest import mock

import pulumi
import yaml
from google.protobuf import empty_pb2
from pulumi.runtime import rpc, stack
from pulumi.runtime.mocks import MockMonitor, Mocks, set_mocks
from pulumi.runtime.settings import SETTINGS, set_root_resource

from infra.package.build import PackageError
from infra.refusal import InvalidSettings, argument
from infra.settings import Settings
from local.cloud import REGION
from local.failure import Failure
from local.resources import create
from local.state import CHECKOUT, make_dev

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

    from local.cloud import Cloud
    from local.resources.resource_type import Created

    CreateOne = Callable[[MockResourceArgs], Created]

STACK = "local"

_STACK_TYPE = "pulumi:pulumi:Stack"
_REFUSALS = (PackageError, pulumi.RunError)


def deploy(cloud: Cloud, *, config: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Create everything that `__main__.py` declares and return the stack outputs, and where the AWS API is.

    Args:
        cloud: where to.
        config: what differs from Pulumi.local.yaml; a key without a namespace belongs to the project.

    Raises:
        Failure: the configuration cannot work, a resource type is unknown here, or AWS's API refused a resource.
    """

    def on_the_cloud(args: MockResourceArgs) -> Created:
        return create(cloud, type_token=args.typ, name=args.name, inputs=args.inputs)

    outputs = _in_a_context_of_its_own(on_the_cloud, config or {})
    return {**outputs, "aws_endpoint_url": cloud.endpoint_url, "aws_region": REGION}


def check(config: Mapping[str, str]) -> None:
    """Run the program up to its first resource; by then it has refused a configuration that cannot work.

    Raises:
        Failure: it has.
    """

    def stop(_args: MockResourceArgs) -> Created:
        raise _FirstResource

    with contextlib.suppress(_FirstResource):
        _in_a_context_of_its_own(stop, config, log_level=logging.ERROR)  # `deploy` warns of the same again


def record(create_one: CreateOne, config: Mapping[str, str]) -> None:
    """Run the program and create nothing: each resource is only handed to a function, which makes up its outputs.

    Args:
        create_one: returns the id and the outputs of a resource.
        config: what differs from Pulumi.local.yaml; a key without a namespace belongs to the project.

    Raises:
        Failure: the configuration cannot work, or the function raised it.
    """
    # What a function runs has no part in what the program registers, and takes seconds to build.
    with mock.patch("infra.log_pipeline.built_code", return_value=pulumi.AssetArchive({})):
        _in_a_context_of_its_own(create_one, config, log_level=logging.ERROR)


def settings_of(config: Mapping[str, str]) -> Settings:
    """Return the settings of the stack `local` with a configuration that the program has accepted."""
    project = _read("Pulumi.yaml")["name"]
    own = {
        key.partition(":")[2]: value for key, value in stack_config(project, config).items() if key.startswith(project)
    }
    return Settings.model_validate(own, by_name=False)


def stack_config(project: str, overrides: Mapping[str, str]) -> dict[str, str]:
    """Return the configuration of the stack `local` with overrides, every key with its namespace."""
    configured = _read(f"Pulumi.{STACK}.yaml")["config"]
    spelled = {key if ":" in key else f"{project}:{key}": value for key, value in overrides.items()}
    return {key: _as_in_the_engine(value) for key, value in {**configured, **spelled}.items()}


def _as_in_the_engine(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((CHECKOUT / name).read_text())
    return content


def _in_a_context_of_its_own(
    create_one: CreateOne, overrides: Mapping[str, str], *, log_level: int = logging.WARNING
) -> dict[str, Any]:
    # Pulumi keeps its settings in context variables: so one run leaves nothing behind for the next.
    return contextvars.copy_context().run(_run, create_one, overrides, log_level=log_level)


def _run(create_one: CreateOne, overrides: Mapping[str, str], *, log_level: int) -> dict[str, Any]:
    project = _read("Pulumi.yaml")["name"]
    config = stack_config(project, overrides)
    provisioner = _Provisioner(create_one)
    monitor = _Monitor(provisioner)

    async def in_stack() -> None:
        SETTINGS.rpc_manager.clear()  # of a deployment before this one, which failed
        SETTINGS.outputs.clear()
        set_mocks(
            provisioner, project=project, stack=STACK, preview=False, logger=_program_log(log_level), monitor=monitor
        )
        set_root_resource(None)  # type: ignore[arg-type] # set_mocks made one for tests; here comes the real one
        pulumi.runtime.set_all_config(config)
        await stack.run_in_stack(_run_main)

    try:
        # Pulumi wants an event loop in the thread that calls the monitor, and would leave its own unclosed.
        with (
            contextlib.closing(asyncio.new_event_loop()) as loop,
            ThreadPoolExecutor(max_workers=1, initializer=asyncio.set_event_loop, initargs=(loop,)) as calls,
            asyncio.Runner() as runner,
        ):
            runner.get_loop().set_default_executor(calls)
            runner.get_loop().set_exception_handler(provisioner.report)
            runner.run(in_stack())
    except Exception as error:
        if provisioner.failure:
            raise provisioner.failure from provisioner.failure.__cause__
        if isinstance(error, InvalidSettings):
            raise Failure(_with_local_fix(error, overrides)) from error
        if isinstance(error, _REFUSALS):
            raise Failure(str(error)) from error
        raise
    return monitor.stack_outputs


def _run_main() -> None:
    root = str(CHECKOUT)
    if root not in sys.path:
        sys.path.insert(0, root)
    runpy.run_path(str(CHECKOUT / "__main__.py"), run_name="__main__")


def _with_local_fix(refused: InvalidSettings, overrides: Mapping[str, str]) -> str:
    """Return each rule that is broken, and one command that fixes them all."""
    settings: dict[str, Any] = dict(overrides)
    sentences = []
    for problem in refused.problems:
        settings.pop(problem.key, None)
        if problem.fix is not None:
            settings[problem.key] = argument(problem.fix)
        got = "" if problem.fix is None else f", got {problem.got or 'nothing'}"
        sentences.append(f"{problem.key} {problem.rule}{got}")
    return "\n".join(sentences) + f"\nrun: {make_dev(settings)}"


def _program_log(level: int) -> logging.Logger:
    """Return where the program's own `pulumi.log.warn` goes; errors arrive as exceptions."""
    logger = logging.getLogger("local.program")
    logger.setLevel(level)
    return logger


class _FirstResource(Failure):
    """The program has begun to declare resources."""


class _Provisioner(Mocks):
    def __init__(self, create_one: CreateOne) -> None:
        self._create_one = create_one
        self.failure: Failure | None = None

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if not args.custom:  # a component is only a name for its children
            return "", {}
        if self.failure:
            raise self.failure  # what comes after the first failure would only hide it
        try:
            return self._create_one(args)
        except Failure as failure:
            self.failure = failure
            raise

    def report(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Report what nobody awaited, unless it only repeats the failure of one resource to all that wait for it."""
        if not self.failure:
            loop.default_exception_handler(context)

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], None]:
        self.failure = Failure(f"the program asks for {args.token}, which the embedded cloud does not know")
        raise self.failure


class _Monitor(MockMonitor):
    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.stack_outputs: dict[str, Any] = {}

    def RegisterResourceOutputs(self, request: Any) -> empty_pb2.Empty:  # noqa: N802 - pulumi's names
        if f"::{_STACK_TYPE}::" in request.urn:
            self.stack_outputs.update(rpc.deserialize_properties(request.outputs))
        return empty_pb2.Empty()
