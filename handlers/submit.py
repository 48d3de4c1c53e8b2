"""Submitting: every protocol's logs are refused if they are too much work, cut into parts if long, and sent."""

import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from handlers.aws.backlog import Backlog
from handlers.aws.batch_sender import OUT_OF_TIME, Answer, NotSent
from handlers.aws.queues import ingest_queue
from handlers.environment import IngestEnvironment
from handlers.logs.envelope import Envelope
from handlers.logs.parts import CannotBeCut, CuttingBudget, OutOfTime, parts_of
from handlers.logs.plain_log import Sendable
from handlers.web.outcomes import Accepted, Outcome, Outcomes
from handlers.web.refusals import Code, Refusal, Refused
from handlers.web.submission import Logs

# 4 MiB of dense logs without a line end need less.
CUTTING_CPU_SECONDS = 1.4
BACKLOG_RETRY_AFTER_SECONDS = 60


def submit(logs: Logs, environment: IngestEnvironment, *, deadline: float, cpu_seconds: float) -> Outcomes:
    """Send every log that is not refused, cut into parts where it is long; return what happened to each.

    Args:
        logs: the logs of one request.
        environment: what the function reads from its environment.
        deadline: until when, on the clock of `time.monotonic`.
        cpu_seconds: how much CPU time is left for the request.

    Raises:
        Refused: the request brings too much work, or too much waits already; nothing was sent.
    """
    texts = [log.text for log in logs.values() if not isinstance(log, Refusal)]
    _refuse_too_much_work(texts, environment)
    _refuse_while_too_much_waits(texts, environment)
    budget = CuttingBudget(cpu_seconds=min(CUTTING_CPU_SECONDS, cpu_seconds), deadline=deadline)
    cut = {index: _parts(log, environment, budget) for index, log in logs.items()}
    to_send = [part for parts in cut.values() if not isinstance(parts, Refusal) for part in parts]
    queue = ingest_queue(environment.ingest_queue_url)
    answers = iter(queue.send_all(to_send, timeout_seconds=deadline - time.monotonic()))
    return {index: _outcome(parts, answers) for index, parts in cut.items()}


def _refuse_too_much_work(texts: Sequence[str], environment: IngestEnvironment) -> None:
    per_char, most = environment.processing_seconds_per_char, environment.max_processing_seconds_per_request
    chars = sum(map(len, texts))
    if chars * per_char > most:
        raise Refused(
            Code.PAYLOAD_TOO_LARGE,
            f"Processing {chars:,} characters takes {chars * per_char:,.0f} s at {per_char:g} s each, and one request"
            f" may take {most:,} s: send at most {int(most / per_char):,} characters in a request.",
        )


def _refuse_while_too_much_waits(texts: Sequence[str], environment: IngestEnvironment) -> None:
    waiting = backlog(environment)
    waiting.learn(
        messages=sum(-(-len(text) // environment.max_text_chars) for text in texts),
        seconds=sum(map(len, texts)) * environment.processing_seconds_per_char,
    )
    if waiting.seconds() > environment.max_backlog_seconds:
        raise Refused(
            Code.OVERLOADED,
            f"The logs that wait take more than {environment.max_backlog_seconds / 3600:g} hours to process; send this"
            " again later.",
            headers={"retry-after": str(BACKLOG_RETRY_AFTER_SECONDS)},
        )


@lru_cache
def backlog(environment: IngestEnvironment) -> Backlog:
    """Return what this process knows of the work that waits."""
    return Backlog(
        lambda: ingest_queue(environment.ingest_queue_url).depth(),
        full_size_seconds=environment.max_text_chars * environment.processing_seconds_per_char,
        concurrency=environment.drain_concurrency,
    )


def _parts(
    log: Sendable | Refusal, environment: IngestEnvironment, budget: CuttingBudget
) -> Sequence[Sendable] | Refusal:
    if isinstance(log, Refusal):
        return log
    if len(log.text) <= environment.max_text_chars:
        return (log,)
    whole = log if isinstance(log, Envelope) else log.envelope()
    try:
        return parts_of(whole, max_chars=environment.max_text_chars, kinds=environment.kinds(), budget=budget)
    except CannotBeCut:
        detail = (
            f"The text is too hard to cut into parts of {environment.max_text_chars} characters; send it as several"
            " logs, or with line ends."
        )
        return Refusal(Code.PAYLOAD_TOO_LARGE, detail, log_id=log.log_id)
    except OutOfTime:
        return _out_of_time(log)


def _outcome(parts: Sequence[Sendable] | Refusal, answers: Iterator[Answer]) -> Outcome:
    """Return a log's outcome; the answers to its parts are the next ones."""
    if isinstance(parts, Refusal):
        return parts
    log = parts[0]
    message_ids = []
    for answer in list(islice(answers, len(parts))):
        if isinstance(answer, NotSent):
            return _not_sent(log, answer)
        message_ids.append(answer.message_id)
    return Accepted(log.tenant_id, log.log_id, message_id=message_ids[0], parts=len(parts))


def _not_sent(log: Sendable, answer: NotSent) -> Refusal:
    if answer.cause == OUT_OF_TIME:
        return _out_of_time(log)
    # Under the same id a repeated log is recognised, even where the queue has taken some of its parts.
    detail = "The queue did not confirm the log; send it again."
    return Refusal(Code.QUEUE_UNAVAILABLE, detail, cause=answer.cause, log_id=log.log_id)


def _out_of_time(log: Sendable) -> Refusal:
    return Refusal(Code.OVERLOADED, "Time ran out before the log was sent; send it again.", log_id=log.log_id)
