"""Outcomes: what happened to each log of a request, as plain values."""

from collections.abc import Mapping
from typing import NamedTuple

from handlers.web.refusals import Refusal


class Accepted(NamedTuple):
    """A log that the queue has taken.

    Attributes:
        tenant_id: whose log it is.
        log_id: the log's name within its tenant.
        message_id: SQS's id of its message; of its first part, where it travels in several.
        parts: in how many parts it travels.
    """

    tenant_id: str
    log_id: str
    message_id: str
    parts: int = 1


Outcome = Accepted | Refusal

# By the log's position in the request, from 0.
Outcomes = Mapping[int, Outcome]


def why_not_all(outcomes: Outcomes) -> Refusal | None:
    """Return why not all logs of a request were accepted, for protocols that have one answer for all of them.

    A reason that may pass comes before all others, so that the whole request is sent again. Otherwise it is the first
    one, with the number of logs that can never be accepted. None if all logs were accepted.
    """
    refused = {index: outcome for index, outcome in outcomes.items() if isinstance(outcome, Refusal)}
    if not refused:
        return None
    passing = next((refusal for refusal in refused.values() if refusal.code.retryable), None)
    if passing is not None:
        return passing
    index, refusal = next(iter(refused.items()))
    others = ", the others were" if len(refused) < len(outcomes) else ""
    detail = f"{len(refused)} of {len(outcomes)} logs cannot be accepted{others}. Number {index}: {refusal.detail}"
    return refusal._replace(detail=detail)
