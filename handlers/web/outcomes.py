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
