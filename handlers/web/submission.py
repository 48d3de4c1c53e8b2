"""Submissions: the logs of one request, whatever protocol they arrived in."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeVar

from handlers.logs.envelope import Envelope
from handlers.logs.plain_log import Sendable
from handlers.web.outcomes import Outcomes
from handlers.web.refusals import Code, Refusal, Refused
from handlers.web.responses import Response

MAX_LOGS = 10_000
# The answer repeats every log id, and Lambda hands back at most 6 MB ("Lambda quotas", invocation payload). The rest of
# an answer for ten thousand logs takes up to 2.5 MB.
MAX_LOG_ID_CHARS = 2_700_000

Written = TypeVar("Written")

# Each log, or why it is refused, by its position in the request, from 0.
Logs = Mapping[int, Sendable | Refusal]


class Submission(NamedTuple):
    """What a request asks for.

    Attributes:
        logs: the logs that it carries.
        answer: turns their outcomes into the answer of its protocol.
    """

    logs: Logs
    answer: Callable[[Outcomes], Response]


def read_each(written: Iterable[tuple[int, Written]], read: Callable[[Written, int], Envelope]) -> Logs:
    """Return the logs of a request that carries several; one that breaks a rule is refused alone.

    Args:
        written: each log as it was sent, with its position.
        read: turns one log and its position into an envelope, or raises `Refused`.

    Raises:
        Refused: there is no log, or there are too many.
    """
    logs: dict[int, Envelope | Refusal] = {}
    id_chars = 0
    for index, log in written:
        if len(logs) == MAX_LOGS or id_chars > MAX_LOG_ID_CHARS:
            raise Refused(
                Code.PAYLOAD_TOO_LARGE,
                f"A request carries at most {MAX_LOGS} logs, with {MAX_LOG_ID_CHARS} characters of log ids (a quote"
                " counts as four); send several requests.",
            )
        try:
            logs[index] = envelope = read(log, index)
            id_chars += _chars_in_answer(envelope.log_id)
        except Refused as refused:
            logs[index] = refused.refusal
    if not logs:
        raise Refused(Code.INVALID_REQUEST, "The body holds no logs; send at least one.")
    return logs


def _chars_in_answer(log_id: str) -> int:
    # A quote becomes two characters in the JSON of the answer, and four in the JSON around it.
    return len(log_id) + 3 * (log_id.count('"') + log_id.count("\\"))
