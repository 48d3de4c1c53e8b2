"""Clients as their projects publish them, set up as docs/sending.md says, each behind a handler of `logging`."""

import contextlib
import logging
import logging.handlers
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from logging_loki import LokiHandler
from loki_logger_handler.loki_logger_handler import LokiLoggerHandler
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from splunk_handler import SplunkHandler
from splunk_hec_handler import SplunkHecHandler

from bench.compare.collector import COLLECTOR
from local.emulator import free_port
from tests.support import syslog_ng
from tests.support.checkout import ROOT
from tests.support.opentelemetry_client import emit, logger_of
from tests.support.stack import wait_until

SHIPPERS = ROOT / "docs/shippers"
REQUIRED = os.environ.get("REAL_CLIENTS") == "required"
FLUSH_SECONDS = 0.2
STOP_SECONDS = 30
COLLECTOR_MISSING = "" if COLLECTOR else "needs otelcol; docs/shippers/otel-collector-builder.yaml says how it is built"
_LINGER_MS = "4000"
_NODE = shutil.which("node")


class Client(NamedTuple):
    """A client, and what it does about refusals.

    Attributes:
        handler: makes its handler, from the URL of the stack and an API key.
        source: what the records say that they came by.
        sends_again_at: after which statuses it sends a request again.
        tells: what it sends beside the text.
        at_once: how many logs it is given before it must have sent them.
        pause_seconds: how long it waits after a refusal, if that is long.
        missing: why it cannot be tried; empty if it can.
    """

    handler: Callable[[str, str], logging.Handler]
    source: str
    sends_again_at: Collection[int] = ()
    tells: Collection[str] = ("severity", "timestamp")
    at_once: int = 10_000
    pause_seconds: int = 0
    missing: str = ""

    def named(self, name: str) -> object:
        """Return the client as a test's parameter, skipped where it is missing, unless all are required."""
        skipped = self.missing and not REQUIRED
        return pytest.param(self, id=name, marks=[pytest.mark.skip(self.missing)] if skipped else [])


def splunk_handler(url: str, key: str) -> logging.Handler:
    return SplunkHandler(
        host="",
        port="",
        protocol="http",
        url=f"{url}/services/collector/event",
        token=key,
        index="main",
        flush_interval=FLUSH_SECONDS,
        retry_backoff=0.1,
        verify=False,
    )


def splunk_hec_handler(url: str, key: str) -> logging.Handler:
    host, _, port = urlsplit(url).netloc.partition(":")
    return SplunkHecHandler(host, key, port=port, proto="http", index="main", sourcetype="_json")


def loki_handler(url: str, key: str) -> logging.Handler:
    return LokiHandler(f"{url}/loki/api/v1/push", tags={"job": "web"}, auth=("any", key), version="1")


def loki_logger_handler(url: str, key: str) -> logging.Handler:
    return LokiLoggerHandler(
        f"{url}/loki/api/v1/push",
        {"job": "web"},
        label_keys=["level"],
        auth=("any", key),
        timeout=FLUSH_SECONDS,
        compressed=False,
    )


class OpenTelemetryHandler(logging.Handler):
    """Hands what is logged to OpenTelemetry's SDK, as it is set up by default."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__()
        exporter = OTLPLogExporter(f"{url}/v1/logs", headers={"Authorization": f"Bearer {key}"})
        self._logging = logger_of(exporter, schedule_delay_millis=FLUSH_SECONDS * 1000)
        self._logger = self._logging.__enter__()

    def emit(self, record: logging.LogRecord) -> None:
        emit(self._logger, [record.getMessage()], time_ns=time.time_ns())

    def close(self) -> None:
        super().close()
        self._logging.__exit__(None, None, None)


class CollectorHandler(OpenTelemetryHandler):
    """Hands what is logged to OpenTelemetry's Collector, through the SDK."""

    def __init__(self, url: str, key: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="collector-")
        self._environment = {
            "PIPELINE_URL": url,
            "PIPELINE_KEY": key,
            "QUEUE_DIRECTORY": self._folder.name,
            "OTLP_ADDRESS": f"127.0.0.1:{free_port()}",
        }
        self._start()
        super().__init__(f"http://{self._environment['OTLP_ADDRESS']}", "")

    def restart(self) -> None:
        """Kill the Collector, and start it again with what it has on disk."""
        self._process.kill()
        self._process.wait()
        self._start()

    def close(self) -> None:
        super().close()
        self._process.terminate()
        _end(self._process)
        self._folder.cleanup()

    def _start(self) -> None:
        output = Path(self._folder.name, "output")
        # Its own metrics would need a port that is free.
        options = [f"--config={SHIPPERS / 'otel-collector.yaml'}", "--set=service.telemetry.metrics.level=none"]
        with output.open("w") as log:
            self._process = subprocess.Popen([str(COLLECTOR), *options], env=self._environment, stdout=log, stderr=log)
        wait_until(lambda: "Everything is ready" in output.read_text() or self._process.poll() is not None)
        assert self._process.poll() is None, output.read_text()


class SyslogHandler(logging.handlers.SysLogHandler):
    """Hands what is logged to syslog-ng."""

    def __init__(self, url: str, key: str) -> None:
        self._running = contextlib.ExitStack()
        directory = self._running.enter_context(syslog_ng.short_directory())
        running = syslog_ng.running_syslog_ng(directory, ingest_url=f"{url}/ingest", key=key)
        super().__init__(str(self._running.enter_context(running)))

    def close(self) -> None:
        super().close()
        self._running.close()


class NodeHandler(logging.Handler):
    """Hands what is logged to a program in Node, which logs it through one of the examples."""

    def __init__(self, example: str, url: str, key: str) -> None:
        super().__init__()
        command = [str(_NODE), str(ROOT / "tests/support/node/forward.mjs"), str(SHIPPERS / "node" / example), url, key]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, env={"LINGER_MS": _LINGER_MS})

    def emit(self, record: logging.LogRecord) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(record.getMessage() + "\n")
        self._process.stdin.flush()

    def close(self) -> None:
        super().close()
        assert self._process.stdin is not None
        self._process.stdin.close()
        _end(self._process)


def _end(process: "subprocess.Popen[bytes] | subprocess.Popen[str]") -> None:
    try:
        process.wait(STOP_SECONDS)
    finally:
        process.kill()


def _node(example: str, source: str, sends_again_at: Collection[int] = (), **known: Any) -> Client:
    installed = _NODE and (SHIPPERS / "node/node_modules").is_dir()
    missing = "" if installed else "needs node, and: npm install --no-package-lock --prefix docs/shippers/node"
    return Client(partial(NodeHandler, example), source, sends_again_at, missing=missing, **known)


_OVERLOAD = (429, 503)
_ANY = (429, 500, 503)
CLIENTS = {
    "syslog-ng": Client(SyslogHandler, "json_upload", _ANY, tells=(), missing=syslog_ng.MISSING),
    "splunk-handler": Client(splunk_handler, "hec", (500, 503), tells=("timestamp",)),
    "splunk-hec-handler": Client(splunk_hec_handler, "hec"),
    "python-logging-loki": Client(loki_handler, "loki"),
    "loki-logger-handler": Client(loki_logger_handler, "loki"),
    "opentelemetry-sdk": Client(OpenTelemetryHandler, "otlp", _OVERLOAD),
    "winston-http": _node(
        "winston-http.js", "json_upload", tells=(), at_once=8
    ),  # each is a request, and all run at once
    "winston-loki": _node("winston-loki.js", "loki", _ANY, pause_seconds=60),
    "pino-loki": _node("pino-loki.js", "loki"),
    "pino-otlp": _node("pino-otlp.js", "otlp", _OVERLOAD),
    "otel-collector": Client(CollectorHandler, "otlp", _OVERLOAD, missing=COLLECTOR_MISSING),
}
