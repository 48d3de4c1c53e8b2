"""A stream of any length in chunks, cut so that redacting each chunk equals redacting the whole."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from handlers.redaction import safe_cut
from handlers.redaction.cutting import LOOK_AHEAD_CHARS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CHUNK_CHARS = 256 * 1024


@dataclass(frozen=True, slots=True)
class Position:
    """A position in the stream: line and column, from 1, and its offset in the current chunk."""

    line: int = 1
    column: int = 1
    offset: int = 0

    def after(self, chunk: str, offset: int) -> Position:
        """Return the position at an offset of the chunk, which must not be before this position."""
        lines = chunk.count("\n", self.offset, offset)
        if not lines:
            return Position(self.line, self.column + offset - self.offset, offset)
        return Position(self.line + lines, offset - chunk.rindex("\n", self.offset, offset), offset)


def chunks_of(
    stream: IO[bytes], *, kinds: Iterable[str], chunk_chars: int = CHUNK_CHARS
) -> Iterator[tuple[str, Position]]:
    """Yield the stream's text in chunks, each with the position where it begins.

    Bytes that are not UTF-8 become lone surrogates, so that they can be written back unchanged.

    Args:
        stream: the stream to read.
        kinds: the kinds that will be redacted.
        chunk_chars: the approximate length of a chunk; it is longer if no cut is safe.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    text, position, wanted = "", Position(), chunk_chars + LOOK_AHEAD_CHARS
    while read := stream.read(chunk_chars):
        text += decoder.decode(read)
        while len(text) >= wanted:
            cut = safe_cut(text, len(text) - LOOK_AHEAD_CHARS, kinds=kinds)
            if cut == 0:
                wanted = 2 * len(text)
                break
            yield text[:cut], position
            end = position.after(text, cut)
            text, position, wanted = text[cut:], Position(end.line, end.column), chunk_chars + LOOK_AHEAD_CHARS
    text += decoder.decode(b"", final=True)
    if text:
        yield text, position
