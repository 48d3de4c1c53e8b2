"""The ingest handlers to compare, with their calls to SQS stubbed, and the timer of their warm requests."""

from __future__ import annotations

import importlib
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

OURS, FLASK, FASTAPI = "ours", "Flask + apig-wsgi", "FastAPI + Mangum"
ALTERNATIVES = {
    "json + boto3": "bench.compare.alternatives.plain",
    "json + boto3, our client": "bench.compare.alternatives.plain_tuned",
    "Powertools": "bench.compare.alternatives.powertools_app",
    FLASK: "bench.compare.alternatives.flask_app",
    FASTAPI: "bench.compare.alternatives.fastapi_app",
}
AWS_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
ENVIRONMENT = {
    **AWS_ENVIRONMENT,
    "INGEST_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/ingest",
    "MAX_TEXT_CHARS": "2800",
    "PROCESSING_SECONDS_PER_CHAR": "0.05",
    "MAX_PROCESSING_SECONDS_PER_REQUEST": "300000",
    "MAX_BACKLOG_SECONDS": "302400",
    "DRAIN_CONCURRENCY": "1000",
    "AUTH": "none",
    "TENANT_CLAIM": "",
    "SCOPE_CLAIM": "",
    "REDACT": "email,phone",
}
ACCEPTED = 202
_EMPTY_QUEUE = {"Attributes": {"ApproximateNumberOfMessages": "0"}}
_EVENT = Path(__file__).resolve().parents[2] / "tests" / "events" / "http_api_json.json"


class Context:
    """An invocation with enough time left."""

    aws_request_id = "00000000-0000-0000-0000-000000000000"
    function_name = "ingest"

    def get_remaining_time_in_millis(self) -> int:
        """Return what Lambda would."""
        return 30_000


def json_event() -> dict[str, Any]:
    """Return an HTTP API event with one log as JSON."""
    return json.loads(_EVENT.read_text())


def ndjson_event(lines: int) -> dict[str, Any]:
    """Return an HTTP API event with this many logs, one per line."""
    event = json_event()
    event["headers"]["content-type"] = "application/x-ndjson"
    event["body"] = "\n".join(event["body"].replace("123", f"{number:05d}") for number in range(lines))
    return event


def load(name: str) -> tuple[Any, Any]:
    """Return a handler, and its SQS client, ready to call."""
    if name != OURS:
        module = importlib.import_module(ALTERNATIVES[name])
        return module.handler, module.sqs
    from handlers.aws.queues import ingest_queue
    from handlers.environment import IngestEnvironment
    from handlers.ingest import handler

    queue = ingest_queue(IngestEnvironment.read().ingest_queue_url)
    return handler, queue._sqs  # noqa: SLF001 - to stub it, as for the others


def request_timer(*, name: str, stub: str) -> Callable[..., float]:
    """Return a function that times a handler, in µs of CPU per log.

    Args:
        name: which handler.
        stub: `send` replaces the client's methods, so that only the handler's own work is left; `http` lets botocore
            do everything but use the socket.
    """
    handler, client = load(name)
    {"send": stub_send, "http": stub_http}[stub](client)

    def time_calls(*, calls: int, lines: int = 0) -> float:
        event, context = ndjson_event(lines) if lines else json_event(), Context()
        response = handler(event, context)
        if response["statusCode"] != ACCEPTED:
            raise RuntimeError(f"the request must be accepted, got {response}; fix the handler")
        start = time.process_time()
        for _ in range(calls):
            handler(event, context)
        return (time.process_time() - start) / calls / max(lines, 1) * 1e6

    return time_calls


def stub_http(client: Any, body: bytes | None = None) -> None:
    """Stub a client just before the socket: it gets an answer like SQS's, or this body."""
    from botocore.awsrequest import AWSResponse

    def answer(request: Any, **_: object) -> AWSResponse:
        content = body if body is not None else _sqs_answer(request.headers["X-Amz-Target"], request.body)
        return AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.0"}, _Raw(content))

    client.meta.events.register("before-send", answer)


def stub_send(client: Any) -> None:
    """Replace the methods of a client that ask the queue or send to it."""
    client.get_queue_attributes = lambda **_arguments: _EMPTY_QUEUE
    client.send_message = lambda **_arguments: {"MessageId": "1"}
    client.send_message_batch = lambda **arguments: _batch_answer(arguments["Entries"])


class _Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> list[bytes]:
        return [self._content]


def _sqs_answer(target: bytes, body: bytes) -> bytes:
    if target.endswith(b"GetQueueAttributes"):
        return json.dumps(_EMPTY_QUEUE).encode()
    if target.endswith(b"Batch"):
        return json.dumps(_batch_answer(json.loads(body)["Entries"])).encode()
    return b'{"MD5OfMessageBody": "0", "MessageId": "5fea7756-0ea4-451a-a703-a558b933e274"}'


def _batch_answer(entries: list[dict[str, str]]) -> dict[str, Any]:
    return {"Successful": [{"Id": e["Id"], "MessageId": "1", "MD5OfMessageBody": "0"} for e in entries]}
