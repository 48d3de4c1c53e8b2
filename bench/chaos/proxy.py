"""The fault-injecting proxy between the functions and AWS's APIs: makes calls fail according to a plan.

It forwards requests and answers unchanged, including the host header, so that signatures stay valid. A fault is a real
HTTP error, a broken connection, a late answer, or a killed caller.
"""

from __future__ import annotations

import http.client
import json
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from bench.chaos.faults import Fault
from bench.chaos.traffic import Call, Traffic

if TYPE_CHECKING:
    from types import TracebackType

    from bench.chaos.faults import FaultPlan
    from bench.chaos.processes import FunctionProcesses

HOST = "127.0.0.1"
SLOW_SECONDS = 2.5  # the functions' calls time out after two
_HOP_HEADERS = {"connection", "keep-alive", "transfer-encoding", "content-length"}
_DYNAMODB = "com.amazonaws.dynamodb.v20120810#"
_ERRORS = {
    ("dynamodb", Fault.THROTTLED): (400, _DYNAMODB + "ProvisionedThroughputExceededException"),
    ("dynamodb", Fault.UNAVAILABLE): (503, _DYNAMODB + "ServiceUnavailable"),
    ("dynamodb", Fault.ERROR_AFTER): (500, _DYNAMODB + "InternalServerError"),
    ("kms", Fault.THROTTLED): (400, "ThrottlingException"),
    ("kms", Fault.UNAVAILABLE): (503, "DependencyTimeoutException"),
    ("kms", Fault.ERROR_AFTER): (500, "KMSInternalException"),
    ("sqs", Fault.THROTTLED): (400, "com.amazonaws.sqs#RequestThrottled"),
    ("sqs", Fault.UNAVAILABLE): (503, "com.amazonaws.sqs#ServiceUnavailable"),
    ("sqs", Fault.ERROR_AFTER): (500, "com.amazonaws.sqs#InternalError"),
    ("sts", Fault.THROTTLED): (400, "Throttling"),
    ("sts", Fault.UNAVAILABLE): (503, "ServiceUnavailable"),
    ("sts", Fault.ERROR_AFTER): (500, "InternalFailure"),
}


class FaultProxy(ThreadingHTTPServer):
    """A running proxy, as a context manager.

    Args:
        upstream_port: the port of AWS's APIs.
        plan: which calls fail, and how.
        processes: the callers, which may be killed.
        dead_letter_queue_url: the queue whose calls are counted separately.
    """

    daemon_threads = True

    def __init__(
        self, *, upstream_port: int, plan: FaultPlan, processes: FunctionProcesses, dead_letter_queue_url: str
    ) -> None:
        super().__init__((HOST, 0), _Handler)
        self.upstream_port = upstream_port
        self.plan = plan
        self.processes = processes
        self.dead_letter_queue_url = dead_letter_queue_url
        self.traffic = Traffic()
        self.started = time.monotonic()

    @property
    def port(self) -> int:
        """Its port on the loopback interface."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """The endpoint URL for the functions."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore connections that broke: their callers were killed."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FaultProxy

    def setup(self) -> None:
        super().setup()
        self._upstream = http.client.HTTPConnection(HOST, self.server.upstream_port, timeout=30)

    def finish(self) -> None:
        self._upstream.close()
        super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Log nothing."""

    def do_POST(self) -> None:
        server = self.server
        length = int(self.headers["content-length"])
        body = self.rfile.read(length)
        if len(body) < length:  # the caller was killed while sending
            self.close_connection = True
            return
        call = Call.of(self.headers.get("x-amz-target", ""), body, dead_letter_queue_url=server.dead_letter_queue_url)
        at = time.monotonic() - server.started
        fault = server.plan.fault_of_next(call.operation, service=call.service, at=at)
        if fault and not fault.takes_effect:
            self._fail(call, fault)
            return
        if fault is Fault.SLOW:
            time.sleep(SLOW_SECONDS)
        status, headers, answer = self._forward(body)
        if status == http.HTTPStatus.OK:
            server.traffic.record(call, answer)
        if fault is Fault.PARTLY_DENIED and status == http.HTTPStatus.OK:
            answer = _partly_denied(answer)
        if fault in {Fault.ANSWER_LOST, Fault.ERROR_AFTER, Fault.KILL_AFTER}:
            self._fail(call, fault)
        else:
            self._answer(status, headers, answer)

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        self._upstream.request("POST", self.path, body=body, headers=dict(self.headers.items()))
        answer = self._upstream.getresponse()
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP_HEADERS]
        return answer.status, kept, answer.read()

    def _fail(self, call: Call, fault: Fault) -> None:
        if fault in {Fault.KILL_BEFORE, Fault.KILL_AFTER}:
            self.server.processes.kill_caller(self.client_address[1])
        if (call.service, fault) in _ERRORS:
            self._answer(*_error(call.service, fault))
            return
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        lines = [f"HTTP/1.1 {status} {http.client.responses[status]}", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)


def _error(service: str, fault: Fault) -> tuple[int, list[tuple[str, str]], bytes]:
    status, code = _ERRORS[service, fault]
    if service == "sts":
        text = f"<ErrorResponse><Error><Code>{code}</Code><Message>injected</Message></Error></ErrorResponse>"
        return status, [("content-type", "text/xml")], text.encode()
    media_type = "application/x-amz-json-1.0"
    return status, [("content-type", media_type)], json.dumps({"__type": code, "message": "injected"}).encode()


def _partly_denied(answer: bytes) -> bytes:
    content = json.loads(answer)
    taken = content.get("Successful", [])
    denied = [
        {"Id": entry["Id"], "Code": "InternalError", "Message": "injected", "SenderFault": False}
        for entry in taken[::2]
    ]
    return json.dumps({"Successful": taken[1::2], "Failed": denied + content.get("Failed", [])}).encode()
