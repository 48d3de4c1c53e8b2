"""Characters that people and devices write for ASCII ones: digits of other scripts, full-width forms, dashes, spaces.

Rules know ASCII only and read a copy in which each such character stands replaced by exactly one other, so that every
position in the copy is the same position in the text. The text itself is never changed.
"""

import functools
import re

# The zero of each script whose digits run up from it (Unicode general category Nd).
_ZEROS = (
    *(0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66),
    *(0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6),
)
_SPACES = (0x00A0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
# Not the em dash: it parts sentences, not digits.
_DASHES = (0x2010, 0x2011, 0x2012, 0x2013, 0x2212, 0xFE63)
_DOTS = (0x00B7, 0x2022, 0x2027, 0x2219, 0x30FB, 0x3002, 0xFF61)
# Zero-width characters, soft hyphens, marks of writing direction, and NUL: seen by nobody.
_UNSEEN = (0x00, 0x00AD, 0x034F, 0x061C, *range(0x200B, 0x2010), *range(0x2060, 0x2065), 0xFE0E, 0xFE0F, 0xFEFF)
# Stands for them in the copy, and for each character of a terminal's colour; rules pass over it.
JOINER = "\x1f"
_COLOUR = re.compile(r"\x1b\[[\d;]{0,14}[mK]")
# What stands for something that went. To the rules it is a line break: whoever writes one into a log protects nothing
# with it, and redacting a text twice finds nothing more.
MARKER = "[REDACTED]"
LINE_BREAK = "\n"
# Behind the colon of a label the number may stand in the next line: such a break parts nothing.
_LEADS_ON = re.compile(r"[:\uff1a][^\S\r\n]{0,8}(?:\r\n?|\n)\Z")
_LEADS_ON_CHARS = 11
_FULL_WIDTH = range(0xFF01, 0xFF5F)


@functools.cache
def _table() -> dict[int, str]:
    digits = {zero + value: str(value) for zero in _ZEROS for value in range(10)}
    spaces_and_dashes = dict.fromkeys(_SPACES, " ") | dict.fromkeys(_DASHES, "-")
    full_width = {code: chr(code - 0xFEE0) for code in _FULL_WIDTH}
    dots_and_joiners = dict.fromkeys(_DOTS, ".") | dict.fromkeys(_UNSEEN, JOINER)
    return digits | spaces_and_dashes | full_width | dots_and_joiners | {0xFE6B: "@"}


@functools.cache
def _any_lookalike() -> re.Pattern[str]:
    return re.compile("[" + "".join(map(chr, _table())) + "]")


def to_ascii_lookalikes(text: str) -> str:
    """Give a copy of the same length in which every look-alike is the ASCII character that it stands for."""
    if "\x1b" in text:
        text = _COLOUR.sub(lambda found: JOINER * len(found[0]), text)
    if text.isascii():
        return text.replace("\0", JOINER)
    return _any_lookalike().sub(lambda found: _table()[ord(found[0])], text)


def without_markers(text: str) -> str:
    """Give a copy of the same length with line breaks for every marker."""
    return text.replace(MARKER, LINE_BREAK * len(MARKER))


def leads_on(text: str, position: int, *, begin: int) -> bool:
    """Say whether a line that ends right before a position ends in a colon, so that the next one may belong to it.

    Args:
        text: any text, as it is or as rules read it.
        position: behind a line break.
        begin: what stands before is not looked at.
    """
    return _LEADS_ON.search(text[max(begin, position - _LEADS_ON_CHARS) : position]) is not None
