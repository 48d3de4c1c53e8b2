"""Submissions: what a request to `POST /ingest` carries, checked against every rule of the contract."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from handlers.logs.envelope import Envelope
from handlers.web.bodies import elements_of, lines_of, refuse_too_many_values
from handlers.web.log_reader import LogReader
from handlers.web.refusals import Code, Refused
from handlers.web.request import Request

MAX_LOGS = 10_000
# The answer repeats every log id, and Lambda hands back at most 6 MB ("Lambda quotas", invocation payload); all else
# that it says of ten thousand logs takes up to 2.5 MB.
MAX_LOG_ID_CHARS = 2_700_000

Logs = Mapping[int, Envelope | Refused]


class Submission(NamedTuple):
    """The logs of one request.

    Attributes:
        logs: each log, or why it is refused, by its position in the request, from 0.
        is_batch: whether the client sent a list, and is answered with one.
    """

    logs: Logs
    is_batch: bool


def read_submission(request: Request, *, tenant_of_credential: str | None) -> Submission:
    """Return the logs of a request.

    Args:
        request: a request to `POST /ingest`.
        tenant_of_credential: the tenant that the gateway vouches for; None where none is asked for.

    Raises:
        Refused: the request as a whole breaks a rule of the contract, or its only log does.
    """
    media_type = request.media_type()
    reader = LogReader.of(request, tenant_of_credential=tenant_of_credential)
    if media_type in {"text/plain", "application/octet-stream"}:
        return _single(reader.read_text(request.text()))
    if media_type == "application/json":
        return _json(request.text(), reader)
    if media_type in {"application/x-ndjson", "application/jsonl"}:
        return _lines(request.text(), reader)
    if media_type == "application/gzip":
        return _lines(request.text(always_packed=True), reader)
    raise Refused(
        Code.UNSUPPORTED_MEDIA_TYPE,
        "Send application/json with tenant_id and text, text/plain with the header X-Tenant-ID, or"
        " application/x-ndjson with one JSON object per line.",
    )


def _json(text: str, reader: LogReader) -> Submission:
    refuse_too_many_values(text)
    if text.lstrip()[:1] == "[":
        return _batch(elements_of(text), reader)
    return _single(reader.read_json(text))


def _lines(text: str, reader: LogReader) -> Submission:
    refuse_too_many_values(text)
    return _batch(lines_of(text), reader)


def _single(log: Envelope) -> Submission:
    return Submission({0: log}, is_batch=False)


def _batch(written: Iterable[tuple[int, str]], reader: LogReader) -> Submission:
    reader.refuse_log_id_of_header()
    logs: dict[int, Envelope | Refused] = {}
    id_chars = 0
    for index, text in written:
        if len(logs) == MAX_LOGS or id_chars > MAX_LOG_ID_CHARS:
            raise Refused(
                Code.PAYLOAD_TOO_LARGE,
                f"A request carries at most {MAX_LOGS} logs, with {MAX_LOG_ID_CHARS} characters of log ids (a quote is"
                " four); send several requests.",
            )
        try:
            logs[index] = log = reader.read_line(text, index)
            id_chars += _chars_in_answer(log.log_id)
        except Refused as refusal:
            logs[index] = refusal
    if not logs:
        raise Refused(Code.INVALID_REQUEST, "The body holds no logs; send at least one.")
    return Submission(logs, is_batch=True)


def _chars_in_answer(log_id: str) -> int:
    # A quote becomes two characters in the JSON of the answer, and four in the JSON around it.
    return len(log_id) + 3 * (log_id.count('"') + log_id.count("\\"))
