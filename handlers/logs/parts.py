"""Parts: a text too long for one message, cut so that redacting the parts is redacting the whole."""

import time
from collections.abc import Iterator, Sequence

from handlers.logs.envelope import Envelope, fingerprint


class CannotBeCut(ValueError):
    """The text has no place for a cut where one is needed, or finding one takes too long."""


def parts_of(envelope: Envelope, *, max_chars: int, deadline: float, kinds: Sequence[str]) -> list[Envelope]:
    """Return the envelopes that carry a log, each with a text of at most so many characters.

    Args:
        envelope: the log, whole.
        max_chars: longest text of a part.
        deadline: when cutting is given up, on the clock of `time.monotonic`; hostile texts take long.
        kinds: what will be redacted, and so is not cut through.

    Raises:
        CannotBeCut: the text cannot be cut into parts so short, or not in time.
    """
    if len(envelope.text) <= max_chars:
        return [envelope]
    texts: list[str] = []
    for text in cut(envelope.text, max_chars=max_chars, kinds=kinds):
        if time.monotonic() > deadline:
            raise CannotBeCut(f"{len(texts)} parts took all the time there was")
        texts.append(text)
    of_all = {"parts": len(texts), "whole_sha256": fingerprint(envelope.text)}
    return [
        envelope.model_copy(update={**of_all, "text": text, "part": number})
        for number, text in enumerate(texts, start=1)
    ]


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
    # Hardly any text is cut, and loading the rules of the redaction would make every start of the function longer.
    from handlers.redaction import safe_cut

    for separator in ("\n", " "):
        found = text.rfind(separator, start, limit)
        if found >= 0 and safe_cut(text, found + 1, start=start, kinds=kinds) == found + 1:
            return found + 1
    end = safe_cut(text, limit, start=start, kinds=kinds)
    if end <= start:
        raise CannotBeCut(f"no safe cut between characters {start} and {limit}")
    return end
