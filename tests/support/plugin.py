"""The Pulumi package as Pulumi runs it: a process that speaks gRPC, with an engine that records what it registers."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, message_factory, struct_pb2
from pulumi.runtime.proto import engine_pb2, provider_pb2, provider_pb2_grpc, resource_pb2

from tests.support.checkout import ROOT
from tests.support.pulumi_recorder import PROJECT, RecordingMonitor, Registered

TYPE = "robust-data-processor:index:LogPipeline"
CODE = {"4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7", "path": "package.zip"}
"""An archive, as Pulumi sends it."""
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What Pulumi sends in a preview for an output that nobody knows yet."""

_CALL_SECONDS = 60


class _Monitor(RecordingMonitor):
    def make_urn(self, parent: str, type_: str, name: str) -> str:
        # As that of the mocks, which ask the context of a program for stack and project.
        above = f"{parent.split('::')[2].rsplit('$', maxsplit=1)[-1]}$" if parent else ""
        return f"urn:pulumi:test::{PROJECT}::{above}{type_}::{name}"


class _Engine:
    def __init__(self) -> None:
        self.monitor = _Monitor()

    def handlers(self) -> Iterator[grpc.GenericRpcHandler]:
        """Yield what answers a plugin: the monitor, and the log, which both record."""
        monitor = {
            name: lambda request, _context, name=name: getattr(self.monitor, name)(request)
            for name in ("GetDeploymentInfo", "RegisterResource", "RegisterResourceOutputs")
        }
        yield _service(resource_pb2.DESCRIPTOR, "ResourceMonitor", monitor)
        yield _service(engine_pb2.DESCRIPTOR, "Engine", {"Log": self._log})

    def _log(self, request: Any, _context: Any) -> empty_pb2.Empty:
        if request.severity == engine_pb2.WARNING:
            self.monitor.registered.warnings.append(request.message)
        return empty_pb2.Empty()


def _service(file: Any, name: str, methods: Mapping[str, Callable[[Any, Any], Any]]) -> grpc.GenericRpcHandler:
    described = file.services_by_name[name].methods_by_name
    return grpc.method_handlers_generic_handler(
        f"pulumirpc.{name}",
        {
            method: grpc.unary_unary_rpc_method_handler(
                answer,
                request_deserializer=message_factory.GetMessageClass(described[method].input_type).FromString,
                response_serializer=lambda response: response.SerializeToString(),
            )
            for method, answer in methods.items()
        },
    )


class Plugin:
    """A running plugin, before an engine of its own."""

    def __init__(self, channel: grpc.Channel, engine: _Engine, address: str) -> None:
        self._stub = provider_pb2_grpc.ResourceProviderStub(channel)
        self._engine, self._address = engine, address

    def schema(self) -> Any:
        """Return the schema that the plugin tells."""
        return json.loads(self._stub.GetSchema(provider_pb2.GetSchemaRequest(), timeout=_CALL_SECONDS).schema)

    def pipeline(
        self, name: str = "logs", *, preview: bool = False, outputs: Mapping[str, str] | None = None, **inputs: Any
    ) -> tuple[Registered, dict[str, Any]]:
        """Return what a pipeline registers, with code that is there, and its outputs; arguments as for `construct`."""
        return self.construct(TYPE, name, preview=preview, outputs=outputs, code=CODE, **inputs)

    def construct(
        self, type_: str, name: str, *, preview: bool = False, outputs: Mapping[str, str] | None = None, **inputs: Any
    ) -> tuple[Registered, dict[str, Any]]:
        """Return what a component registers, and its outputs.

        Args:
            type_: of the component.
            name: of the component.
            preview: whether nothing is created yet.
            outputs: inputs that are outputs of another resource, which has a URN.
            **inputs: the inputs as another language sends them.

        Raises:
            grpc.RpcError: the plugin refuses.
        """
        self._engine.monitor = _Monitor()
        request = provider_pb2.ConstructRequest(
            project=PROJECT, stack="test", type=type_, name=name, dryRun=preview, monitorEndpoint=self._address
        )
        request.inputs.CopyFrom(_struct(inputs | dict(outputs or {})))
        for key in outputs or {}:
            request.inputDependencies[key].urns.append(f"urn:pulumi:test::{PROJECT}::aws:sns/topic:Topic::on-call")
        response = self._stub.Construct(request, timeout=_CALL_SECONDS)
        return self._engine.monitor.registered, json_format.MessageToDict(response.state)


@contextmanager
def running() -> Iterator[Plugin]:
    """Run the plugin while the block does."""
    engine = _Engine()
    # One thread, so that resources come in order; with an event loop, which the mocks would leave unclosed.
    with (
        closing(asyncio.new_event_loop()) as loop,
        ThreadPoolExecutor(max_workers=1, initializer=asyncio.set_event_loop, initargs=(loop,)) as calls,
    ):
        server = grpc.server(calls, handlers=list(engine.handlers()))
        address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        try:
            with _process(address) as port, grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield Plugin(channel, engine, address)
        finally:
            server.stop(grace=None).wait()


@contextmanager
def _process(engine: str) -> Iterator[int]:
    # Elsewhere than in this checkout: Pulumi starts it in the folder of the program that uses the package.
    command = [sys.executable, str(ROOT / "package"), engine]
    with subprocess.Popen(command, cwd=ROOT.anchor, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct
