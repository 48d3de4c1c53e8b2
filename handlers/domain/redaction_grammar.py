r"""What a redaction rule is, and the one notation that both regular-expression engines read.

A pattern is written once, without look-around and with every repetition bounded, and names its building blocks as
`<token>`. Two dialects are made of it: `to_re` turns boundary tokens into look-around for the standard library, which
decides; `to_re2` turns them into characters that are consumed, for google-re2, which has no look-around and only finds,
in linear time, where a decision is worth making. Whatever the first accepts the second must find: a test holds them to it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_TOKEN = re.compile(r"<([a-z][a-z0-9-]*)>")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing to recognise, with the examples that prove it.

    Attributes:
        name: unique, shown to people who ask why something went.
        kind: what it is counted as; `None` makes the rule an exception: what it matches stays.
        pattern: the notation of this module. Its one plain group, if any, is what goes; otherwise all of it.
        goes: texts in which the part between « and » must go, by this very rule.
        stays: texts in which this rule must find nothing.
        accepts: a last check on what matched, such as a check digit; it never sees more than the longest match.
    """

    name: str
    kind: str | None
    pattern: str
    goes: tuple[str, ...]
    stays: tuple[str, ...] = ()
    accepts: Callable[[str], bool] | None = None


@dataclass(frozen=True)
class Boundary:
    """What must stand beside a match, as look-around and as characters consumed (which may be the laxer of the two)."""

    look_around: str
    consumed: str


Tokens = Mapping[str, str | Boundary]

# A line break or tab of a JSON string, a percent-encoded delimiter and a JSON \u00XX all end in letters or digits, and yet
# a number that follows is a number of its own; so is one after an ellipsis or a dash that belongs to the sentence.
_AFTER_ESCAPE = r"(?<=\\[nrt])|(?<=%[0-7][0-9A-Fa-f])|(?<=\\u00[0-9A-Fa-f]{2})|(?<=\.\.)|(?<=[ \-]-)"
_ESCAPE = r"\\[nrt]|%[0-7][0-9A-Fa-f]|\\u00[0-9A-Fa-f]{2}|\.\.|[ \-]-"

BOUNDARIES: Tokens = {
    "left": Boundary(rf"(?:(?<![\w.\-])|{_AFTER_ESCAPE})", rf"(?:^|[^\w.\-]|{_ESCAPE})"),
    "right": Boundary(r"(?!\w|[.\-]\d)", r"(?:$|[^\w.\-]|[.\-](?:$|\D))"),
    "strict-left": Boundary(
        rf"(?:(?<![\w.\-/#$+*])|{_AFTER_ESCAPE})(?<!\d:)", rf"(?:^|[^\w.\-/#$+*]|{_ESCAPE})"
    ),
    "strict-right": Boundary(r"(?![\w/%]|[.\-:]\w)", r"(?:$|[^\w/%.\-:]|[.\-:](?:$|\W))"),
    "plus-left": Boundary(r"(?<![\w+)\]])", r""),
    "no-word": Boundary(r"(?!\w)", r"(?:$|\W)"),
    "no-letter-or-digit": Boundary(r"(?![A-Za-z0-9])", r"(?:$|[^A-Za-z0-9])"),
    "before-dot": Boundary(r"(?=\.)", r"\."),
    "end-of-host": Boundary(r"(?![A-Za-z0-9]|-[A-Za-z0-9])", r"(?:$|[^A-Za-z0-9\-]|-(?:$|[^A-Za-z0-9]))"),
}
# The most characters that a boundary looks at, or consumes, on either side.
CONTEXT_CHARS = 6


def expand(pattern: str, tokens: Tokens) -> str:
    """Replace the tokens of a pattern by their text, leaving boundaries for the dialects."""

    def text_of(token: re.Match[str]) -> str:
        meaning = tokens.get(token[1])
        return expand(meaning, tokens) if isinstance(meaning, str) else token[0]

    return _TOKEN.sub(text_of, pattern)


def to_re(pattern: str) -> str:
    """Give the pattern for the standard library's `re`, which must be compiled with `re.ASCII`."""
    return _TOKEN.sub(lambda token: _boundary(token[1]).look_around, pattern)


def to_re2(pattern: str) -> str:
    """Give the pattern for google-re2, without capturing groups: they would cost it its fastest way."""
    consumed = _TOKEN.sub(lambda token: _boundary(token[1]).consumed, pattern)
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", consumed)


def _boundary(name: str) -> Boundary:
    boundary = BOUNDARIES.get(name)
    if not isinstance(boundary, Boundary):
        raise KeyError(f"<{name}> is no token: known boundaries are {', '.join(sorted(BOUNDARIES))}")
    return boundary
