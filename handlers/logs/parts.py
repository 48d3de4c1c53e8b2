"""Parts: a text too long for one message, cut so that redacting the parts is redacting the whole."""

import time
from collections.abc import Callable, Iterator, Sequence

from handlers.logs.envelope import Envelope, fingerprint


class CannotBeCut(ValueError):
    """The text has no place for a cut where one is needed, or finding one takes too much work; no retry helps."""


class OutOfTime(Exception):
    """There was no time left to cut the text; a retry may help."""


class CuttingBudget:
    """What cutting the texts of one request may take.

    Args:
        cpu_seconds: how much CPU time; only hostile texts use it up.
        deadline: when to give up, on `clock`.
        cpu_clock: the CPU time that this thread has used.
        clock: the time.
    """

    def __init__(
        self,
        *,
        cpu_seconds: float,
        deadline: float,
        cpu_clock: Callable[[], float] = time.thread_time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cpu_seconds = cpu_seconds
        self._deadline = deadline
        self._cpu_clock = cpu_clock
        self._clock = clock
        self._used_seconds = 0.0

    def spend_on(self, pieces: Iterator[str]) -> Iterator[str]:
        """Yield the pieces of a text, for as long as the budget lasts.

        Raises:
            CannotBeCut: the CPU time is used up.
            OutOfTime: the deadline has come.
        """
        while True:
            if self._used_seconds > self._cpu_seconds:
                raise CannotBeCut("cutting takes too much work")
            if self._clock() > self._deadline:
                raise OutOfTime
            started = self._cpu_clock()
            piece = next(pieces, None)
            self._used_seconds += self._cpu_clock() - started
            if piece is None:
                return
            yield piece


def parts_of(envelope: Envelope, *, max_chars: int, kinds: Sequence[str], budget: CuttingBudget) -> list[Envelope]:
    """Return the envelopes that carry a log, each with a text of at most so many characters.

    Args:
        envelope: the log, whole.
        max_chars: longest text of a part.
        kinds: what will be redacted, and so is not cut through.
        budget: what cutting may take.

    Raises:
        CannotBeCut: the text cannot be cut into parts so short, or that takes too much work.
        OutOfTime: there was no time left.
    """
    if len(envelope.text) <= max_chars:
        return [envelope]
    texts = list(budget.spend_on(cut(envelope.text, max_chars=max_chars, kinds=kinds)))
    of_all = {"parts": len(texts), "whole_sha256": _whole_sha256(envelope)}
    return [
        envelope.model_copy(
            update={**of_all, "text": text, "part": number, **({"attributes": None} if number > 1 else {})}
        )
        for number, text in enumerate(texts, start=1)
    ]


def _whole_sha256(envelope: Envelope) -> str:
    of_text, details = fingerprint(envelope.text), envelope.details_as_text()
    return fingerprint(f"{of_text}\n{details}") if details else of_text


def cut(text: str, *, max_chars: int, kinds: Sequence[str]) -> Iterator[str]:
    """Yield a text piece by piece: cut at line ends, else at spaces, never through what must be redacted.

    Raises:
        CannotBeCut: a piece would have to be longer than `max_chars`.
    """
    start = 0
    while len(text) - start > max_chars:
        end = _end_of_piece(text, start, start + max_chars, kinds)
        yield text[start:end]
        start = end
    yield text[start:]


def _end_of_piece(text: str, start: int, limit: int, kinds: Sequence[str]) -> int:
    # Hardly any text is cut, and loading the redaction rules would slow down every start of the function.
    from handlers.redaction import safe_cut

    for latest in (text.rfind("\n", start, limit) + 1, text.rfind(" ", start, limit) + 1, limit):
        if latest > start and (end := safe_cut(text, latest, start=start, kinds=kinds)) > start:
            return end
    raise CannotBeCut(f"no safe cut between characters {start} and {limit}")
