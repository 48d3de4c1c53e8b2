"""OpenTelemetry's Collector, where it is installed: what its own receiver takes for the requests of our OTLP door."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any, Self

from bench.compare.candidate import CHECKOUT, START_SECONDS
from bench.compare.cpu_speed import loop_seconds
from local.emulator import free_port

if TYPE_CHECKING:
    from bench.compare.door_samples import Sample

COLLECTOR = shutil.which("otelcol", path=f"{CHECKOUT / '.build/otelcol'}:{os.environ['PATH']}")


def version() -> str:
    """Return what the Collector says about its version; nothing if it is not installed."""
    if not COLLECTOR:
        return ""
    return subprocess.run([COLLECTOR, "--version"], capture_output=True, text=True, check=True).stdout.strip() + "."


class Receiver:
    """The Collector's OTLP receiver, with an exporter that does nothing, as a context manager.

    Args:
        name: what the tables call it.
        sample: the requests that it is measured with.

    Attributes:
        missing: a sentence that says that the Collector is not installed; None if it is.
        loop_seconds: how long the fixed loop of `cpu_speed` took around the last request.
    """

    def __init__(self, name: str, sample: Sample) -> None:
        self.name = name
        self.missing = None if COLLECTOR else "otelcol is not installed"
        self.loop_seconds = 0.0
        self._sample = sample
        self._port = free_port()

    def __enter__(self) -> Self:
        if COLLECTOR:
            command = [COLLECTOR, f"--config=yaml:{json.dumps(_configuration(self._port))}"]
            # One core, as a function has.
            self._process = subprocess.Popen(command, env={**os.environ, "GOMAXPROCS": "1"})
            self._connection = self._connected()
        return self

    def __exit__(self, *_error: object) -> None:
        if COLLECTOR:
            self._connection.close()
            self._process.kill()
            self._process.wait()

    def __call__(self, *, what: str, logs: int, calls: int) -> float:
        """Return the CPU time of the Collector's process in µs per log.

        Raises:
            RuntimeError: it did not accept the request.
        """
        if what != "request":
            raise ValueError(f"the Collector's receiver is measured with whole requests only, got {what!r}")
        body = self._sample.body(logs)
        self._send(body)
        before, start = loop_seconds(), self._cpu_seconds()
        for _ in range(calls):
            self._send(body)
        taken = self._cpu_seconds() - start
        self.loop_seconds = (before + loop_seconds()) / 2
        return taken / calls / logs * 1e6

    def _connected(self) -> http.client.HTTPConnection:
        deadline = time.monotonic() + START_SECONDS
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self._port)
            try:
                connection.connect()
            except ConnectionRefusedError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return connection

    def _send(self, body: bytes | str) -> None:
        self._connection.request("POST", self._sample.path, body, {"Content-Type": self._sample.content_type})
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != http.client.OK or b"rejected" in said:
            raise RuntimeError(f"the Collector must accept the request, got {answer.status} {said!r}; fix the sample")

    def _cpu_seconds(self) -> float:
        # The clock of another process, as clock_getcpuclockid(3) names it on Linux: to the nanosecond, all threads.
        return time.clock_gettime(~self._process.pid << 3 | 2)


def _configuration(port: int) -> dict[str, Any]:
    return {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}},
        "exporters": {"nop": {}},
        "service": {
            "pipelines": {"logs": {"receivers": ["otlp"], "exporters": ["nop"]}},
            "telemetry": {"metrics": {"level": "none"}, "logs": {"level": "error"}},
        },
    }
