"""Records what a Pulumi program registers, and answers questions about it."""

import asyncio
import importlib
import json
import logging
import runpy
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, closing
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NoReturn, Protocol

from pulumi.runtime import mocks, rpc, set_all_config, settings, stack

from tests.support.checkout import ROOT

PROJECT = "robust-data-processor"
REGION, ACCOUNT = "us-east-1", "123456789012"

AUTHENTICATIONS: dict[str, dict[str, str]] = {
    "none": {},
    "api-key": {"authCacheSeconds": "45"},
    "jwt": {"jwtIssuer": "https://login.example.com/", "jwtAudiences": "logs, audit", "jwtTenantClaim": "org"},
}
"""Every way in which tenants can prove who they are, with the settings that it needs."""

_SERVICES = {
    "aws:cloudwatch/logGroup:LogGroup": "logs",
    "aws:dynamodb/table:Table": "dynamodb",
    "aws:iam/role:Role": "iam",
    "aws:kms/key:Key": "kms",
    "aws:lambda/eventSourceMapping:EventSourceMapping": "lambda",
    "aws:lambda/function:Function": "lambda",
    "aws:sqs/queue:Queue": "sqs",
}
_IN_AN_ARN = {"dynamodb": "table/", "iam": "role/", "kms": "key/", "lambda": "function:", "logs": "log-group:"}


class Provision(Protocol):
    """Runs a program under the recorder."""

    def __call__(self, program: Callable[[], object], *, config: dict[str, str] | None = None) -> "Registered":
        """Return what the program registered; raise what it raised."""


def arn(service: str, name: str) -> str:
    """Return the ARN of a resource in the recorder's account, in the form of its service, as policies need it."""
    region = "" if service == "iam" else REGION
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{_IN_AN_ARN.get(service, '')}{name}"


def id_of(noun: str, name: str) -> str:
    """Return the id that the recorder gives to a resource: another one for each kind, as `authorizer`."""
    return f"{name}-{noun}-id"


def queue_url(name: str) -> str:
    """Return the URL that the recorder gives to a queue."""
    return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"


def invoke_arn(function: str) -> str:
    """Return the ARN by which a gateway calls a function."""
    return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn('lambda', function)}/invocations"


def _outputs(type_: str, name: str) -> dict[str, Any]:
    known = {"arn": arn(_SERVICES[type_], name)} if type_ in _SERVICES else {}
    match type_:
        case "aws:sqs/queue:Queue":
            return known | {"url": queue_url(name)}
        case "aws:lambda/function:Function":
            return known | {"invokeArn": invoke_arn(name)}
        case "aws:apigatewayv2/api:Api":
            return {"executionArn": arn("execute-api", id_of("api", name))}
        case "aws:apigatewayv2/stage:Stage":
            return {"invokeUrl": f"https://{name}.execute-api.{REGION}.amazonaws.com/"}
        case "aws:lambda/functionUrl:FunctionUrl":
            return {"functionUrl": f"https://{name}.lambda-url.{REGION}.on.aws/"}
    return known


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One registered resource, with what the program said of it."""

    type: str
    name: str
    inputs: dict[str, Any]
    urn: str
    parent: str
    dependencies: frozenset[str]
    property_dependencies: dict[str, frozenset[str]]
    """Which resources each input was made from, as URNs."""
    protect: bool
    """Whether the engine refuses to delete it."""
    ignore_changes: frozenset[str]
    """The inputs that the engine leaves as they were created."""
    aliases: frozenset[str]
    """The types by which the engine also knows it."""

    engine_urn: str
    """The URN that Pulumi's engine gives it: the mocks leave out all parents but the nearest."""

    def __getitem__(self, key: str) -> Any:
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
    warnings: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    """What the program says on every deployment, without warnings."""

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
        return [statement for policy in self.policies_of(role) for statement in policy["Statement"]]

    def grants_of(self, role: str) -> set[tuple[str, str]]:
        """Return what a role is allowed, as pairs of action and resource."""
        return {
            (action, statement["Resource"]) for statement in self.statements_of(role) for action in statement["Action"]
        }

    def policies_of(self, role: str) -> list[dict[str, Any]]:
        """Return the inline policies of a role."""
        policies = [policy for policy in self.all("aws:iam/rolePolicy:RolePolicy") if policy["role"] == role]
        return [json.loads(policy["policy"]) for policy in policies]

    def trust_policy_of(self, role: str) -> dict[str, Any]:
        """Return the policy that says who may assume a role."""
        policy: dict[str, Any] = json.loads(self.one("aws:iam/role:Role", role)["assumeRolePolicy"])
        return policy


class _Cloud(mocks.Mocks):
    """Gives every resource the outputs that AWS would, derived from its logical name."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if not args.typ.startswith("aws:"):
            return args.name, dict(args.inputs)
        noun = args.typ.partition("/")[2].partition(":")[0]
        outputs = {"name": args.name, **args.inputs, **_outputs(args.typ, args.name)}
        return id_of(noun, args.name), outputs

    def call(self, args: mocks.MockCallArgs) -> NoReturn:
        raise AssertionError(f"the program looks something up, which it has to do without: {args.token}")


class _Messages(logging.Handler):
    """Keeps what the program says; the engine prints it on every deployment."""

    def __init__(self, registered: Registered) -> None:
        super().__init__(logging.INFO)
        self._registered = registered

    def emit(self, record: logging.LogRecord) -> None:
        kept = self._registered.warnings if record.levelno >= logging.WARNING else self._registered.messages
        kept.append(record.getMessage())


class RecordingMonitor(mocks.MockMonitor):
    """Keeps what the mocks do not learn: parents, dependencies, aliases and stack outputs."""

    def __init__(self) -> None:
        super().__init__(_Cloud())
        self.registered = Registered()

    def RegisterResource(self, request: Any) -> Any:
        response = super().RegisterResource(request)
        self.registered.resources.append(
            Resource(
                type=request.type,
                name=request.name,
                inputs=rpc.deserialize_properties(request.object),
                urn=response.urn,
                engine_urn=self._engine_urn(request),
                parent=request.parent,
                dependencies=frozenset(request.dependencies),
                property_dependencies={
                    name: frozenset(others.urns) for name, others in request.propertyDependencies.items()
                },
                protect=request.protect,
                ignore_changes=frozenset(request.ignoreChanges),
                aliases=frozenset(alias.spec.type for alias in request.aliases),
            ),
        )
        return response

    def _engine_urn(self, request: Any) -> str:
        above = [resource for resource in self.registered.resources if resource.urn == request.parent]
        types = [resource.engine_urn.split("::")[2] for resource in above if resource.type != "pulumi:pulumi:Stack"]
        return f"urn:pulumi:test::{PROJECT}::{'$'.join([*types, request.type])}::{request.name}"

    def RegisterResourceOutputs(self, request: Any) -> Any:
        if "::pulumi:pulumi:Stack::" in request.urn:
            self.registered.outputs.update(rpc.deserialize_properties(request.outputs))
        return super().RegisterResourceOutputs(request)


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


def deploy(**config: str) -> Registered:
    """Return what `__main__.py` registers, as `pulumi up` runs it.

    The package is that for this machine: the other target differs in wheels only, and is tested with the package.
    """
    with chdir(ROOT):
        return run(lambda: runpy.run_path("__main__.py", run_name="__main__"), config={"packageFor": "host"} | config)


@cache
def deployed(auth: str) -> Registered:
    """Return what the stack with this authentication registers; run once, for tests that only ask."""
    return deploy(auth=auth, **AUTHENTICATIONS[auth])


def _run(program: Callable[[], object], config: dict[str, str]) -> Registered:
    monitor = RecordingMonitor()

    # A logger of this run alone: made without the registry of loggers, it has no parent to tell.
    engine = logging.Logger("engine")  # noqa: LOG001
    engine.addHandler(_Messages(monitor.registered))

    async def in_stack() -> None:
        settings.SETTINGS.rpc_manager.clear()  # of a run before this one, which failed
        settings.SETTINGS.outputs.clear()
        mocks.set_mocks(monitor.mocks, PROJECT, "test", preview=False, logger=engine, monitor=monitor)
        set_all_config({f"{PROJECT}:{key}": value for key, value in config.items()})
        settings.set_root_resource(None)
        await stack.run_in_stack(lambda: _started(program))

    # One thread calls the monitor, so that resources come in order; it would leave its event loop unclosed.
    with (
        closing(asyncio.new_event_loop()) as loop,
        ThreadPoolExecutor(max_workers=1, initializer=asyncio.set_event_loop, initargs=(loop,)) as calls,
        asyncio.Runner() as runner,
    ):
        runner.get_loop().set_default_executor(calls)
        try:
            runner.run(in_stack())
        except Exception:
            # Outputs that nobody awaits would print the same error once more, when Python ends.
            runner.get_loop().set_exception_handler(lambda _loop, _context: None)
            raise
    return monitor.registered


def _started(program: Callable[[], object]) -> None:
    program()
