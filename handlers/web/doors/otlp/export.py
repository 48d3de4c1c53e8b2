"""`POST /v1/logs`: logs as OpenTelemetry exports them over HTTP (OTLP 1.x), in protobuf or JSON."""

from collections.abc import Iterator
from functools import partial

from handlers.web.doors.door import Door
from handlers.web.doors.entry import PlainEntry
from handlers.web.doors.logs import logs_of
from handlers.web.doors.origin import Origin, tenant_of
from handlers.web.doors.otlp import answers
from handlers.web.doors.otlp.answers import JSON, PROTOBUF
from handlers.web.refusals import Code, Refusal, Refused
from handlers.web.request import Request
from handlers.web.responses import Response
from handlers.web.submission import Submission

_IF_DAMAGED = (
    "set OTEL_EXPORTER_OTLP_COMPRESSION=none (`compression: none` in the Collector), or send protobuf"
    " (OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, `encoding: proto` in the Collector)."
)


def read(request: Request, tenant_of_credential: str | None) -> Submission:
    """Return the logs of a request.

    Raises:
        Refused: the request as a whole breaks a rule.
    """
    tenant_id = tenant_of(request, tenant_of_credential)
    content, entries = _decoded(request)
    origin = Origin.of(request, source="otlp", tenant_id=tenant_id, content=content)
    return Submission(logs_of(entries, origin), partial(answers.answer, media_type=request.media_type()))


def refuse(request: Request, refusal: Refusal) -> Response:
    """Return the answer to a request that is refused as a whole."""
    named = request.headers.get("content-type", "")
    return answers.refuse(refusal, PROTOBUF if named.strip().lower().startswith(PROTOBUF) else JSON)


DOOR = Door(read=read, refuse=refuse)


def _decoded(request: Request) -> tuple[bytes, Iterator[PlainEntry | Refusal]]:
    # Each decoder is loaded by the first request that needs it.
    media_type = request.media_type()
    if media_type == PROTOBUF:
        from handlers.web.doors.otlp import in_protobuf

        content = request.content(if_damaged=_IF_DAMAGED)
        return content, in_protobuf.entries_in(content)
    if media_type == JSON:
        from handlers.web.doors.otlp import in_json

        text = request.text(if_damaged=_IF_DAMAGED)
        return text.encode(), in_json.entries_in(text)
    raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, f"Send {PROTOBUF} or {JSON}.")
