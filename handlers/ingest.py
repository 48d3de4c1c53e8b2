"""Ingest: takes logs, and says so once the queue has them."""

import logging
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from handlers.aws.batch_sender import Answer, NotSent
from handlers.aws.context import Context, remaining_seconds
from handlers.aws.event_log import record_event
from handlers.aws.queues import ingest_queue
from handlers.environment import IngestEnvironment
from handlers.logs.envelope import Envelope
from handlers.logs.parts import CannotBeCut, parts_of
from handlers.web.doors import door_at
from handlers.web.doors.door import Door
from handlers.web.identity import caller_of
from handlers.web.outcomes import Accepted, Outcome, Outcomes
from handlers.web.refusals import Code, Refusal, Refused
from handlers.web.request import Request
from handlers.web.responses import Response, healthy, problem
from handlers.web.scopes import WRITING
from handlers.web.submission import Logs

# Kept back of an invocation's time: a call to SQS that is under way may take six seconds, and the answer is due after.
RESERVED_SECONDS = 8.0


def handler(event: Mapping[str, Any], context: Context) -> Response:
    """Answer one request of an HTTP API or a Function URL (payload format 2.0).

    Guarantees: a log is called accepted only when SQS has taken all of it; one that is refused as invalid leaves
    nothing behind.
    """
    request = Request.from_event(event)
    door = door_at(request.path)
    try:
        if door is None:
            return _health(request)
        return _take_logs(request, door, timeout_seconds=remaining_seconds(context) - RESERVED_SECONDS)
    except Refused as refused:
        _record(refused.refusal)
        return door.refuse(request, refused.refusal) if door else problem(refused.refusal)


def _take_logs(request: Request, door: Door, *, timeout_seconds: float) -> Response:
    deadline = time.monotonic() + timeout_seconds
    _refuse_other_methods(request, "POST")
    environment = IngestEnvironment.read()
    caller = caller_of(
        request, auth=environment.auth, tenant_claim=environment.tenant_claim, scope_claim=environment.scope_claim
    )
    caller.require_any(WRITING)
    submission = door.read(request, caller.tenant_id)
    outcomes = _submit(submission.logs, environment, deadline=deadline)
    _record_all(outcomes)
    return submission.answer(outcomes)


def _health(request: Request) -> Response:
    if request.path != "/health":
        raise Refused(Code.NOT_FOUND, "There are POST /ingest and GET /health.")
    _refuse_other_methods(request, "GET", "HEAD")
    return healthy()


def _refuse_other_methods(request: Request, *methods: str) -> None:
    if request.method not in methods:
        allowed = ", ".join(methods)
        raise Refused(Code.METHOD_NOT_ALLOWED, f"{request.path} takes {allowed}.", headers={"allow": allowed})


def _submit(logs: Logs, environment: IngestEnvironment, *, deadline: float) -> Outcomes:
    """Send every log that is not refused, cut into parts where it is long; return what became of each."""
    cut = {index: _parts(log, environment, deadline=deadline) for index, log in logs.items()}
    to_send = [part for parts in cut.values() if not isinstance(parts, Refusal) for part in parts]
    queue = ingest_queue(environment.ingest_queue_url)
    answers = iter(queue.send_all(to_send, timeout_seconds=deadline - time.monotonic()))
    return {index: _outcome(parts, answers) for index, parts in cut.items()}


def _parts(log: Envelope | Refusal, environment: IngestEnvironment, *, deadline: float) -> Sequence[Envelope] | Refusal:
    if isinstance(log, Refusal):
        return log
    try:
        return parts_of(log, max_chars=environment.max_text_chars, kinds=environment.kinds(), deadline=deadline)
    except CannotBeCut:
        detail = (
            f"The text cannot be cut into parts of {environment.max_text_chars} characters; send it as several logs."
        )
        return Refusal(Code.PAYLOAD_TOO_LARGE, detail, log_id=log.log_id)


def _outcome(parts: Sequence[Envelope] | Refusal, answers: Iterator[Answer]) -> Outcome:
    """Return a log's outcome; the answers to its parts are the next ones."""
    if isinstance(parts, Refusal):
        return parts
    log = parts[0]
    message_ids = []
    for answer in list(islice(answers, len(parts))):
        if isinstance(answer, NotSent):
            # Under the same id a repeated log is recognised, even where the queue has taken some of its parts.
            detail = "The queue did not confirm the log; send it again."
            return Refusal(Code.QUEUE_UNAVAILABLE, detail, cause=answer.cause, log_id=log.log_id)
        message_ids.append(answer.message_id)
    return Accepted(log.tenant_id, log.log_id, message_id=message_ids[0], parts=len(parts))


def _record_all(outcomes: Outcomes) -> None:
    """Write one event for a single log, and one per code for several: ten thousand would cost more than the logs."""
    if len(outcomes) == 1:
        _record(*outcomes.values())
        return
    refusals = Counter(outcome.code for outcome in outcomes.values() if isinstance(outcome, Refusal))
    if accepted := len(outcomes) - refusals.total():
        record_event("accepted", code="accepted", logs=accepted)
    for code, logs in refusals.items():
        record_event("refused", code=code, logs=logs, level=_level(code))


def _record(outcome: Outcome) -> None:
    if isinstance(outcome, Refusal):
        code = outcome.code
        record_event("refused", code=code, log_id=outcome.log_id, cause=outcome.cause, level=_level(code))
        return
    record_event(
        "accepted",
        code="accepted",
        tenant_id=outcome.tenant_id,
        log_id=outcome.log_id,
        message_id=outcome.message_id,
    )


def _level(code: Code) -> int:
    return logging.ERROR if code.retryable else logging.INFO
