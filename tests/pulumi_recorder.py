"""Records what a Pulumi program registers, and answers questions about it."""

import asyncio
import importlib
import json
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from pulumi.runtime import mocks, rpc, set_all_config, settings, stack

PROJECT = "robust-data-processor"


class Provision(Protocol):
    """Runs a program under the recorder."""

    def __call__(self, program: Callable[[], object], *, config: dict[str, str] | None = None) -> "Registered":
        """Return what the program registered; raise what it raised."""


def arn(service: str, name: str) -> str:
    """Return the ARN that the recorder gives to a resource."""
    return f"arn:aws:{service}:us-east-1:123456789012:{name}"


def queue_url(name: str) -> str:
    """Return the URL that the recorder gives to a queue."""
    return f"https://sqs.us-east-1.amazonaws.com/123456789012/{name}"


def _outputs(type_: str, name: str) -> dict[str, Any]:
    match type_:
        case "aws:sqs/queue:Queue":
            return {"url": queue_url(name)}
        case "aws:apigatewayv2/api:Api":
            return {"executionArn": arn("execute-api", f"{name}-id")}
        case "aws:apigatewayv2/stage:Stage":
            return {"invokeUrl": f"https://{name}.execute-api.us-east-1.amazonaws.com/"}
        case "aws:lambda/functionUrl:FunctionUrl":
            return {"functionUrl": f"https://{name}.lambda-url.us-east-1.on.aws/"}
    return {}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One registered resource, with what the program said of it."""

    type: str
    name: str
    inputs: dict[str, Any]
    urn: str
    parent: str
    dependencies: frozenset[str]

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - inputs are JSON
        """Return an input by its name on the wire, as `redrivePolicy`."""
        return self.inputs[key]

    def depends_on(self, other: "Resource") -> bool:
        """Tell whether the engine has to create the other one first."""
        return other.urn in self.dependencies


@dataclass
class Registered:
    """Everything that one run of a program registered."""

    resources: list[Resource] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def all(self, type_: str) -> list[Resource]:
        """Return the resources of a type, in the order of their registration."""
        return [resource for resource in self.resources if resource.type == type_]

    def one(self, type_: str, name: str) -> Resource:
        """Return the one resource of that type and logical name."""
        [found] = [resource for resource in self.all(type_) if resource.name == name]
        return found

    def types(self) -> set[str]:
        """Return the AWS resource types that were registered."""
        return {resource.type for resource in self.resources if resource.type.startswith("aws:")}

    def environment_of(self, function: str) -> dict[str, str]:
        """Return the environment variables of a function."""
        variables: dict[str, str] = self.one("aws:lambda/function:Function", function)["environment"]["variables"]
        return variables

    def statements_of(self, role: str) -> list[dict[str, Any]]:
        """Return the policy statements of a role, from all its inline policies."""
        policies = [policy for policy in self.all("aws:iam/rolePolicy:RolePolicy") if policy["role"] == role]
        return [statement for policy in policies for statement in json.loads(policy["policy"])["Statement"]]

    def grants_of(self, role: str) -> set[tuple[str, str]]:
        """Return what a role is allowed, as pairs of action and resource."""
        return {
            (action, statement["Resource"]) for statement in self.statements_of(role) for action in statement["Action"]
        }

    def who_may_assume(self, role: str) -> dict[str, Any]:
        """Return the principal of the one statement in the role's trust policy."""
        [statement] = json.loads(self.one("aws:iam/role:Role", role)["assumeRolePolicy"])["Statement"]
        assert (statement["Effect"], statement["Action"]) == ("Allow", "sts:AssumeRole")
        principal: dict[str, Any] = statement["Principal"]
        return principal


class _Cloud(mocks.Mocks):
    """Gives every resource the outputs that AWS would, derived from its logical name."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if not args.typ.startswith("aws:"):
            return args.name, dict(args.inputs)
        service = args.typ.removeprefix("aws:").partition("/")[0]
        outputs = {
            "name": args.name,
            "arn": arn(service, args.name),
            **args.inputs,
            **_outputs(args.typ, args.name),
        }
        return f"{args.name}-id", outputs

    def call(self, args: mocks.MockCallArgs) -> NoReturn:
        raise AssertionError(f"the program looks something up, which it has to do without: {args.token}")


class _RecordingMonitor(mocks.MockMonitor):
    """Keeps what the mocks are not told: parents, dependencies and stack outputs."""

    def __init__(self) -> None:
        super().__init__(_Cloud())
        self.registered = Registered()

    def RegisterResource(self, request: Any) -> Any:  # noqa: ANN401, N802 - the monitor's protocol
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        self.registered.resources.append(
            Resource(
                type=request.type,
                name=request.name,
                inputs=rpc.deserialize_properties(request.object),
                urn=response.urn,
                parent=request.parent,
                dependencies=frozenset(request.dependencies),
            ),
        )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: ANN401, N802 - the monitor's protocol
        if "::pulumi:pulumi:Stack::" in request.urn:
            self.registered.outputs.update(rpc.deserialize_properties(request.outputs))
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


def run(program: Callable[[], object], *, config: dict[str, str] | None = None) -> Registered:
    """Run a program and return what it registered; raise what it raised, at once or in an output.

    Each run has a thread of its own, and with it a fresh event loop and a fresh context: Pulumi keeps its
    settings in context variables, so nothing of one run is left for the next.
    """
    with warnings.catch_warnings():
        # The provider deprecates one of its own classes while it is imported.
        warnings.filterwarnings("ignore", "aws.lambda/microvmsimage", DeprecationWarning)
        importlib.import_module("pulumi_aws.lambda_").Function  # noqa: B018 - the first use loads it
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(_run, program, config or {}).result()


def _run(program: Callable[[], object], config: dict[str, str]) -> Registered:
    monitor = _RecordingMonitor()

    async def in_stack() -> None:
        mocks.set_mocks(monitor.mocks, project=PROJECT, stack="test", preview=False, monitor=monitor)
        set_all_config({f"{PROJECT}:{key}": value for key, value in config.items()})
        settings.set_root_resource(None)  # type: ignore[arg-type] # in place of the mocks' empty stack comes a real one
        await stack.run_in_stack(lambda: _started(program))

    # One thread calls the monitor, so that resources come in order; it would leave its event loop unclosed.
    with (
        closing(asyncio.new_event_loop()) as loop,
        ThreadPoolExecutor(max_workers=1, initializer=asyncio.set_event_loop, initargs=(loop,)) as calls,
        asyncio.Runner() as runner,
    ):
        runner.get_loop().set_default_executor(calls)
        runner.run(in_stack())
    return monitor.registered


def _started(program: Callable[[], object]) -> None:
    program()
