"""The ingest functions to compare, behind one face, with their calls to SQS stubbed at will."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any

OURS = "ours"
ALTERNATIVES = {
    "json + boto3": "bench.compare.alternatives.plain",
    "json + boto3, our client": "bench.compare.alternatives.plain_tuned",
    "Powertools": "bench.compare.alternatives.powertools_app",
    "Flask + apig-wsgi": "bench.compare.alternatives.flask_app",
    "FastAPI + Mangum": "bench.compare.alternatives.fastapi_app",
}
QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/ingest"
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "INGEST_QUEUE_URL": QUEUE_URL,
    "MAX_TEXT_CHARS": "2800",
    "AUTH": "none",
    "TENANT_CLAIM": "",
    "REDACT": "email,phone",
}
_EVENT = Path(__file__).resolve().parents[2] / "tests" / "events" / "http_api_json.json"


class Context:
    """An invocation with time enough."""

    aws_request_id = "00000000-0000-0000-0000-000000000000"
    function_name = "ingest"

    def get_remaining_time_in_millis(self) -> int:
        """Return what Lambda would."""
        return 30_000


def json_event() -> dict[str, Any]:
    """Return an HTTP API's event with one log as JSON."""
    return json.loads(_EVENT.read_text())


def ndjson_event(lines: int) -> dict[str, Any]:
    """Return an HTTP API's event with so many logs, one per line."""
    event = json_event()
    event["headers"]["content-type"] = "application/x-ndjson"
    event["body"] = "\n".join(event["body"].replace("123", f"{number:05d}") for number in range(lines))
    return event


def load(name: str) -> tuple[Any, Any]:
    """Return a subject's handler, and its SQS client, ready to call."""
    if name != OURS:
        module = importlib.import_module(ALTERNATIVES[name])
        return module.handler, module.sqs
    from handlers.aws.queues import ingest_queue
    from handlers.environment import IngestEnvironment
    from handlers.ingest import handler

    queue = ingest_queue(IngestEnvironment.read().ingest_queue_url)
    return handler, queue._sqs  # noqa: SLF001 - to stub what is behind it, as for the others


def load_handler(name: str) -> Any:
    """Return a subject's handler as it is."""
    return load(name)[0]


def without_send(name: str) -> Any:
    """Return a subject's handler whose client answers at once: what is left is the subject's own work."""
    handler, client = load(name)
    client.send_message = lambda **_arguments: {"MessageId": "1"}
    client.send_message_batch = lambda **arguments: _batch_answer(arguments["Entries"])
    return handler


def with_stubbed_http(name: str) -> Any:
    """Return a subject's handler whose client does everything but write to a socket."""
    handler, client = load(name)
    stub_http(client)
    return handler


def stub_http(client: Any, body: bytes | None = None) -> None:
    """Let a client's calls end before the socket, in the answer that AWS would give, or in this body."""
    from botocore.awsrequest import AWSResponse

    def answer(request: Any, **_: object) -> AWSResponse:
        content = body if body is not None else sqs_answer(request.headers["X-Amz-Target"], request.body)
        return AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.0"}, _Raw(content))

    client.meta.events.register("before-send", answer)


class _Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> list[bytes]:
        """Return the body in one piece."""
        return [self._content]


def sqs_answer(target: bytes | str, body: bytes | str) -> bytes:
    """Return SQS's answer to a call of its JSON protocol."""
    if (target.decode() if isinstance(target, bytes) else target).endswith("Batch"):
        return json.dumps(_batch_answer(json.loads(body)["Entries"])).encode()
    return b'{"MD5OfMessageBody": "0", "MessageId": "5fea7756-0ea4-451a-a703-a558b933e274"}'


def _batch_answer(entries: list[dict[str, str]]) -> dict[str, Any]:
    return {"Successful": [{"Id": e["Id"], "MessageId": "1", "MD5OfMessageBody": "0"} for e in entries]}
