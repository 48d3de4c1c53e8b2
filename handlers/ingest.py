"""Ingest: takes logs, and says so once the queue has them."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from handlers.aws.context import Context, remaining_seconds
from handlers.aws.event_log import record_event
from handlers.aws.failures import QueueUnavailable
from handlers.aws.queues import ingest_queue
from handlers.environment import IngestEnvironment
from handlers.logs.envelope import Envelope
from handlers.logs.parts import CannotBeCut, parts_of
from handlers.web.identity import credential_tenant
from handlers.web.refusals import Code, Refused
from handlers.web.request import Request
from handlers.web.responses import Accepted, Outcomes, Response, accepted, batch, healthy, problem
from handlers.web.submission import Logs, read_submission

# Kept back of an invocation's time: a call to SQS that is under way may take six seconds, and the answer is due after.
RESERVED_SECONDS = 8.0


def handler(event: Mapping[str, Any], context: Context) -> Response:
    """Answer one request of an HTTP API or a Function URL (payload format 2.0).

    Guarantees: a log is called accepted only when SQS has taken all of it; one that is refused as invalid leaves
    nothing behind.
    """
    try:
        request = Request.from_event(event)
        return _endpoint(request)(request, remaining_seconds(context))
    except Refused as refusal:
        _record_refusal(refusal)
        return problem(refusal)


def _ingest(request: Request, seconds: float) -> Response:
    environment = IngestEnvironment.read()
    tenant_id = credential_tenant(request, auth=environment.auth, tenant_claim=environment.tenant_claim)
    submission = read_submission(request, tenant_of_credential=tenant_id)
    outcomes = _send(submission.logs, environment, timeout_seconds=seconds - RESERVED_SECONDS)
    if submission.is_batch:
        _record_batch(outcomes)
        return batch(outcomes)
    return _answer_to(outcomes[0])


def _send(logs: Logs, environment: IngestEnvironment, *, timeout_seconds: float) -> Outcomes:
    deadline = time.monotonic() + timeout_seconds
    parts = {index: _parts(log, environment, deadline=deadline) for index, log in logs.items()}
    to_send = [part for log in parts.values() if not isinstance(log, Refused) for part in log]
    queue = ingest_queue(environment.ingest_queue_url)
    answers = iter(queue.send_all(to_send, timeout_seconds=deadline - time.monotonic()))
    return {
        index: log if isinstance(log, Refused) else _outcome(log, list(islice(answers, len(log))))
        for index, log in parts.items()
    }


def _parts(log: Envelope | Refused, environment: IngestEnvironment, *, deadline: float) -> Sequence[Envelope] | Refused:
    if isinstance(log, Refused):
        return log
    try:
        return parts_of(log, max_chars=environment.max_text_chars, kinds=environment.kinds(), deadline=deadline)
    except CannotBeCut:
        return Refused(
            Code.PAYLOAD_TOO_LARGE,
            f"The text cannot be cut into parts of {environment.max_text_chars} characters; send it as several logs.",
            log_id=log.log_id,
        )


def _outcome(parts: Sequence[Envelope], answers: Sequence[str | QueueUnavailable]) -> Accepted | Refused:
    log = parts[0]
    for answer in answers:
        if isinstance(answer, QueueUnavailable):
            # Under the same id a repeated log is recognised, even where the queue has taken some of its parts.
            return Refused(
                Code.QUEUE_UNAVAILABLE,
                "The queue did not confirm the log; send it again.",
                cause=str(answer),
                log_id=log.log_id,
            )
    return Accepted(log.tenant_id, log.log_id, message_id=str(answers[0]), parts=len(parts))


def _answer_to(outcome: Accepted | Refused) -> Response:
    if isinstance(outcome, Refused):
        raise outcome
    record_event(
        "accepted",
        code="accepted",
        tenant_id=outcome.tenant_id,
        log_id=outcome.log_id,
        message_id=outcome.message_id,
    )
    return accepted(outcome)


def _health(_request: Request, _seconds: float) -> Response:
    return healthy()


Endpoint = Callable[[Request, float], Response]

_ENDPOINTS: dict[str, dict[str, Endpoint]] = {
    "/ingest": {"POST": _ingest},
    "/health": {"GET": _health, "HEAD": _health},
}


def _endpoint(request: Request) -> Endpoint:
    methods = _ENDPOINTS.get(request.path)
    if methods is None:
        raise Refused(Code.NOT_FOUND, "There are POST /ingest and GET /health.")
    endpoint = methods.get(request.method)
    if endpoint is None:
        allowed = ", ".join(methods)
        raise Refused(Code.METHOD_NOT_ALLOWED, f"{request.path} takes {allowed}.", headers={"allow": allowed})
    return endpoint


def _record_refusal(refusal: Refused) -> None:
    level = logging.ERROR if refusal.code.retryable else logging.INFO
    record_event("refused", code=refusal.code, log_id=refusal.log_id, cause=refusal.cause, level=level)


def _record_batch(outcomes: Outcomes) -> None:
    """Write one event per outcome, not per log: ten thousand lines would cost more than the logs themselves."""
    accepted_logs = sum(isinstance(outcome, Accepted) for outcome in outcomes.values())
    if accepted_logs:
        record_event("accepted", code="accepted", logs=accepted_logs)
    refusals = [outcome for outcome in outcomes.values() if isinstance(outcome, Refused)]
    for code, logs in Counter(refusal.code for refusal in refusals).items():
        record_event("refused", code=code, logs=logs)
