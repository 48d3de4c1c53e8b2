"""Ingest: accepts logs, once the queue has them."""

import logging
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from handlers.access.scopes import WRITING
from handlers.aws.context import Context, remaining_seconds
from handlers.aws.event_log import record_event
from handlers.environment import IngestEnvironment
from handlers.submit import submit
from handlers.web.doors import MODULES, PROBES, door_at, probed, probing_methods
from handlers.web.doors.door import Door
from handlers.web.identity import caller_of
from handlers.web.outcomes import Outcome, Outcomes
from handlers.web.refusals import Code, Refusal, Refused, unexpected
from handlers.web.request import Request
from handlers.web.responses import Response, healthy, problem

# Reserved from an invocation's time: a call to SQS that is under way may take six seconds, and the answer follows it.
RESERVED_SECONDS = 8.0
# What reading a request and cutting its texts may take of a core; only hostile requests come near it.
CPU_SECONDS = 2.0
_OPEN_ROUTES = [*(f"POST {path}" for path in MODULES), *(probe for probe in PROBES if probe.startswith("GET "))]
ROUTES = (
    f"The routes are {', '.join(_OPEN_ROUTES)} and GET /health; on a stack that authenticates"
    " tenants also GET /tenants/{tenant_id}/processed_logs and GET /tenants/{tenant_id}/processed_logs/{log_id}."
)


def handler(event: Mapping[str, Any], context: Context) -> Response:
    """Answer one request of an HTTP API or a Function URL (payload format 2.0).

    Guarantees: a log is reported as accepted only after SQS has confirmed all of it; nothing of an invalid log is
    sent. Whatever fails here, the answer is in the form of the request's protocol.
    """
    request = Request.from_event(event)
    if (answer := probed(request)) is not None:
        return answer
    door = door_at(request.path)
    try:
        if door is None:
            return _health(request)
        return _take_logs(request, door, timeout_seconds=remaining_seconds(context) - RESERVED_SECONDS)
    except Refused as refused:
        refusal = refused.refusal
    except Exception as error:  # noqa: BLE001 - whatever failed, the answer is one that makes clients send again
        refusal = unexpected(error)
    _record(refusal, request.path if door else None)
    return door.refuse(request, refusal) if door else problem(refusal)


def _take_logs(request: Request, door: Door, *, timeout_seconds: float) -> Response:
    deadline = time.monotonic() + timeout_seconds
    _refuse_other_methods(request, "POST")
    _refuse_query(request, door.query)
    environment = IngestEnvironment.read()
    caller = caller_of(
        request, auth=environment.auth, tenant_claim=environment.tenant_claim, scope_claim=environment.scope_claim
    )
    caller.require_any(WRITING)
    started = time.thread_time()
    submission = door.read(request, caller.tenant_id)
    cpu_seconds = CPU_SECONDS - (time.thread_time() - started)
    outcomes = submit(submission.logs, environment, deadline=deadline, cpu_seconds=cpu_seconds)
    _record_all(outcomes, request.path)
    return submission.answer(outcomes)


def _health(request: Request) -> Response:
    if methods := probing_methods(request.path):
        _refuse_other_methods(request, *methods)
    if request.path != "/health":
        raise Refused(Code.NOT_FOUND, ROUTES)
    _refuse_other_methods(request, "GET", "HEAD")
    _refuse_query(request)
    return healthy()


def _refuse_other_methods(request: Request, *methods: str) -> None:
    if request.method not in methods:
        allowed = ", ".join(methods)
        raise Refused(Code.METHOD_NOT_ALLOWED, f"{request.path} takes {allowed}.", headers={"allow": allowed})


def _refuse_query(request: Request, taken: frozenset[str] = frozenset()) -> None:
    if request.query.keys() <= taken:
        return
    if not taken:
        raise Refused(
            Code.INVALID_REQUEST, f"{request.path} takes no query parameters; leave out what follows the '?'."
        )
    raise Refused(Code.INVALID_REQUEST, f"{request.path} takes only the query parameters {', '.join(sorted(taken))}.")


def _record_all(outcomes: Outcomes, path: str) -> None:
    """Write one event for a single log, and one per code for several: ten thousand would cost more than the logs."""
    if len(outcomes) == 1:
        [outcome] = outcomes.values()
        _record(outcome, path)
        return
    refusals = Counter(outcome.code for outcome in outcomes.values() if isinstance(outcome, Refusal))
    if accepted := len(outcomes) - refusals.total():
        record_event("accepted", code="accepted", door=path, logs=accepted)
    for code, logs in refusals.items():
        record_event("refused", code=code, door=path, logs=logs, level=_level(code))


def _record(outcome: Outcome, door: str | None) -> None:
    if isinstance(outcome, Refusal):
        code = outcome.code
        cause = outcome.cause
        record_event("refused", code=code, log_id=outcome.log_id, cause=cause, door=door, level=_level(code))
        return
    record_event(
        "accepted",
        code="accepted",
        tenant_id=outcome.tenant_id,
        log_id=outcome.log_id,
        message_id=outcome.message_id,
        door=door,
    )


def _level(code: Code) -> int:
    return logging.ERROR if code.retryable else logging.INFO
