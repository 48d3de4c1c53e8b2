"""Pieces: a stream of any length, cut so that redacting the pieces is redacting the whole."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from handlers.redaction.cutting import safe_cut
from handlers.redaction.grammar import REACH_CHARS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PIECE_CHARS = 256 * 1024
# So much of what follows a cut may bear on it, see `safe_cut`.
LOOK_AHEAD_CHARS = 2 * REACH_CHARS


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the stream: line and column, from 1, and its distance from the last place that was counted to."""

    line: int = 1
    column: int = 1
    offset: int = 0

    def after(self, piece: str, offset: int) -> Place:
        """Return the place at this offset of the piece, which is not before this place."""
        lines = piece.count("\n", self.offset, offset)
        if not lines:
            return Place(self.line, self.column + offset - self.offset, offset)
        return Place(self.line + lines, offset - piece.rindex("\n", self.offset, offset), offset)


def pieces_of(
    stream: IO[bytes], *, kinds: Iterable[str], piece_chars: int = PIECE_CHARS
) -> Iterator[tuple[str, Place]]:
    """Yield the stream's text piece by piece, each with where it begins.

    Bytes that are not UTF-8 become lone surrogates, so that they come out as they went in.

    Args:
        stream: what to read.
        kinds: those that will be redacted.
        piece_chars: about how long a piece is; longer where no cut is safe.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    text, place, wanted = "", Place(), piece_chars + LOOK_AHEAD_CHARS
    while chunk := stream.read(piece_chars):
        text += decoder.decode(chunk)
        while len(text) >= wanted:
            cut = safe_cut(text, len(text) - LOOK_AHEAD_CHARS, kinds=kinds)
            if cut == 0:
                wanted = 2 * len(text)
                break
            yield text[:cut], place
            end = place.after(text, cut)
            text, place, wanted = text[cut:], Place(end.line, end.column), piece_chars + LOOK_AHEAD_CHARS
    text += decoder.decode(b"", final=True)
    if text:
        yield text, place
