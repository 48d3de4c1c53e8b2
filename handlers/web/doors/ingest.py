"""`POST /ingest`: one log as JSON or text, or several as a JSON array or as lines."""

from collections.abc import Iterable
from functools import partial

from handlers.logs.envelope import Envelope, fingerprint
from handlers.web.bodies import WHITE_SPACE, elements_of, lines_of, refuse_too_many_values
from handlers.web.doors.door import Door
from handlers.web.log_reader import LogReader
from handlers.web.outcomes import Accepted, Outcome, Outcomes
from handlers.web.refusals import NO_HEADERS, Code, Refusal, Refused
from handlers.web.request import Request
from handlers.web.responses import Response, json_response, problem
from handlers.web.submission import Submission, read_each

BRIEFLY = "return=minimal"


def read(request: Request, tenant_of_credential: str | None) -> Submission:
    """Return the logs of a request.

    Raises:
        Refused: the request as a whole breaks a rule of the contract, or its only log does.
    """
    media_type = request.media_type()
    reader = LogReader.of(request, tenant_of_credential=tenant_of_credential)
    if media_type in {"text/plain", "application/octet-stream"}:
        return _one(reader.read_text(request.text()))
    if media_type == "application/json":
        return _json(request, reader)
    if media_type in {"application/x-ndjson", "application/jsonl"}:
        return _lines(request.text(), request, reader)
    if media_type == "application/gzip":
        return _lines(request.text(always_packed=True), request, reader)
    raise Refused(
        Code.UNSUPPORTED_MEDIA_TYPE,
        "Send application/json with tenant_id and text, text/plain with the header X-Tenant-ID, or"
        " application/x-ndjson with one JSON object per line.",
    )


def refuse(_request: Request, refusal: Refusal) -> Response:
    """Return the answer to a request that is refused as a whole."""
    return problem(refusal)


DOOR = Door(read=read, refuse=refuse)


def _json(request: Request, reader: LogReader) -> Submission:
    text = request.text()
    refuse_too_many_values(text)
    if text.lstrip()[:1] == "[":
        return _several(elements_of(text), text, request, reader)
    return _one(reader.read_json(text.strip(WHITE_SPACE)))


def _lines(text: str, request: Request, reader: LogReader) -> Submission:
    refuse_too_many_values(text)
    return _several(lines_of(text), text, request, reader)


def _several(written: Iterable[tuple[int, str]], text: str, request: Request, reader: LogReader) -> Submission:
    reader.refuse_log_id_of_header()
    read_line = partial(reader.read_line, body_digest=fingerprint(text))
    return Submission(read_each(written, read_line), partial(answer_each, briefly=request.prefers(BRIEFLY)))


def _one(log: Envelope) -> Submission:
    return Submission({0: log}, answer_one)


def answer_one(outcomes: Outcomes) -> Response:
    """Return the answer to a single log: 202 or a problem."""
    [log] = outcomes.values()
    if isinstance(log, Refusal):
        return problem(log)
    body: dict[str, object] = {
        "status": "accepted",
        "log_id": log.log_id,
        "tenant_id": log.tenant_id,
        "message": "Processing queued successfully",
        "message_id": log.message_id,
    }
    if log.parts > 1:
        body["parts"] = log.parts
    return json_response(202, body)


def answer_each(outcomes: Outcomes, *, briefly: bool = False) -> Response:
    """Return the answer to several logs: 202 where all were accepted, 207 where some were, a problem where none was.

    Where all are refused, the first one names status and code, unless one of them may succeed later.

    Args:
        outcomes: what happened to each log.
        briefly: leaves out the results of the accepted ones (`Prefer: return=minimal`, RFC 7240).
    """
    refused = {index: outcome for index, outcome in outcomes.items() if isinstance(outcome, Refusal)}
    results = [_result(index, outcome) for index, outcome in (refused if briefly else outcomes).items()]
    if len(refused) == len(outcomes):
        refusals = list(refused.values())
        return problem(next((refusal for refusal in refusals if refusal.code.retryable), refusals[0]), results=results)
    body = {"accepted": len(outcomes) - len(refused), "rejected": len(refused), "results": results}
    headers = {"preference-applied": BRIEFLY} if briefly else NO_HEADERS
    return json_response(207 if refused else 202, body, headers=headers)


def _result(index: int, outcome: Outcome) -> dict[str, object]:
    result: dict[str, object] = {"index": index}
    if isinstance(outcome, Accepted):
        result |= {"status": "accepted", "log_id": outcome.log_id, "message_id": outcome.message_id}
        return result | ({"parts": outcome.parts} if outcome.parts > 1 else {})
    result |= {"status": "rejected", "log_id": outcome.log_id, "code": outcome.code, "detail": outcome.detail}
    return result | ({"retryable": True} if outcome.code.retryable else {})
