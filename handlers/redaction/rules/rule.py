r"""What a redaction rule is, and the building blocks that rules are written with.

A rule has two expressions. Its `pattern`, for the standard library's `re`, decides: it says where a match begins and
ends, and may look around. Its `hint`, for google-re2, finds: all hints together are one expression that passes over
the text once, in linear time; only where it matches are the patterns tried, at each position that it covers. So a hint
may be lax but must begin no later than its pattern, save for a name before it; a test holds both to the same answer.
Every repetition in a pattern is bounded: a match has a greatest length, and trying one costs no more than that.
"""

import re
import string
from collections.abc import Callable, Mapping
from typing import NamedTuple

from handlers.redaction.rules.words import BeyondAscii, Written


class Rule(NamedTuple):
    """One thing to recognise, with the examples that prove it.

    Attributes:
        name: unique; shown to people who ask why something went.
        kind: what it is counted as; `None` makes the rule an exception: what it matches stays.
        pattern: decides. Its one plain group, if any, is what goes, and reaches to the end; otherwise all of it goes.
        begins: a character class; nothing that begins with another character can match.
        leads: what every match begins with, quick to try; rules in a row with the same are tried only where it matches.
        stretch: where the rule does not match, this may; if a group of it takes part, the rule matches nowhere within,
            and is not tried at each character of a long word.
        hint: finds; empty where the hint of another rule covers every place where this one can begin.
        matches: texts in which the parts between « and » match, by this very rule.
        ignores: texts in which this rule matches nothing.
        accepts: a last check on what would go, such as a check digit.
    """

    name: str
    kind: str | None
    pattern: str
    begins: str
    matches: tuple[str, ...]
    leads: str = ""
    stretch: str = ""
    hint: str = ""
    ignores: tuple[str, ...] = ()
    accepts: Callable[[str], bool] | None = None


# A line break of a JSON string, a percent-encoded delimiter, a JSON \u00XX and a terminal's colour all end in letters
# or digits, and yet a number that follows stands alone; so does one after an ellipsis or a dash of the sentence.
_AFTER_ESCAPE = (
    r"(?<=\\[nrt])|(?<=%[0-7][0-9A-Fa-f])|(?<=\\u00[0-9A-Fa-f]{2})|(?<=\.\.)|(?<=[ \-]-)|(?<=[\[;]\dm)|(?<=[\[;]\d\dm)"
)
_ESCAPE = r"\\[nrt]|%[0-7][0-9A-Fa-f]|\\u00[0-9A-Fa-f]{2}|\.\.|[ \-]-|[\[;]\d{1,2}m"

# No match sees further than this from where it begins, on either side: its own length and all that it looks ahead at.
REACH_CHARS = 2048
# And no rule looks back further than this.
LOOK_BACK_CHARS = 20
# A hint may take in this many characters before the place where its pattern begins, so the next hint may miss as many.
HINT_CONTEXT_CHARS = 6
# A hint may leave out so much of a name before it: no name of an address, with what leads to it, is longer.
REACH_BACK_CHARS = 512
# A hint that ends with a word behind a number may leave out so much of that number.
REACH_BACK_IN_NUMBER_CHARS = 48
REACH_BACK_IN_NUMBER_OVER = frozenset(string.digits + " .-/()+")
REACH_BACK_OVER = frozenset(string.ascii_letters + string.digits + "_.+'%-#\\&;")

# The names that HTML has for characters that mean something to rules.
_HTML_NAMES = {
    "@": "commat",
    ".": "period",
    "-": "hyphen|dash",
    "+": "plus",
    "(": "lpar",
    ")": "rpar",
    ":": "colon",
    "=": "equals",
    "_": "lowbar",
    "\u00a0": "nbsp",
    "\u2013": "ndash",
}


def encoded(characters: str, *, in_mail: bool = True) -> str:
    """Give the expression of these characters as links, HTML, JSON and, unless told otherwise, raw mail write them."""
    codes = "|".join(f"{ord(character):x}" for character in characters)
    in_hexadecimal = re.sub("[a-f]", lambda letter: f"[{letter[0]}{letter[0].upper()}]", codes)
    of_a_byte = "|".join(f"{ord(character):X}" for character in characters if character.isascii())
    in_link = re.sub("[A-F]", lambda letter: f"[{letter[0]}{letter[0].lower()}]", of_a_byte)
    names = "".join(f"|{_HTML_NAMES[character]}" for character in characters if character in _HTML_NAMES)
    decimal = "|".join(str(ord(character)) for character in characters)
    return (
        rf"%(?:25){{0,2}}(?:{in_link})|\\(?:u0?0?|x)(?:{in_hexadecimal})"
        rf"|&(?:#0{{0,3}}(?:{decimal})|#[xX]0{{0,3}}(?:{in_hexadecimal}){names});"
    ) + (f"|=(?:{of_a_byte})" if in_mail else "")


BOUNDARY_TOKENS: dict[str, Written] = {
    # Letters of scripts that are written with spaces. They part words as ASCII letters do; others do not.
    "spaced-letters": BeyondAscii("\u00c0-\u0dff\u10a0-\u10ff\u1200-\u177f\u1e00-\u1fff"),
    "left": rf"(?:(?<![\w.\-<spaced-letters>])|{_AFTER_ESCAPE})",
    "right": r"(?!\w|[.\-]\d|@|%(?:25)?40)",
    "strict-left": rf"(?:(?<![\w.\-/#$+*\\<spaced-letters>])|{_AFTER_ESCAPE})(?<!\d:)",
    "strict-right": r"(?![\w/%@]|[.\-]\w|:\w)",
    "hint-left": rf"(?:^|[^\w.\-]|{_ESCAPE})",
    "hint-strict-left": rf"(?:^|[^\w.\-/#$+*:]|(?:^|\D):|{_ESCAPE})",
    "no-word": r"(?!\w)",
    "after-no-group": r"(?<!\d )",
}

_TOKEN = re.compile(r"<([a-z][a-z0-9-]*)>")


class Tokens(dict[str, str]):
    """The meaning of each token, worked out when it is first asked for.

    Attributes:
        written: what tokens stand for, which may name others.

    Args:
        written: the same.
        ascii_only: whether only texts in ASCII will be read: without words of other scripts, expressions are shorter.
    """

    def __init__(self, written: Mapping[str, Written], *, ascii_only: bool) -> None:
        super().__init__()
        self.written, self._ascii_only = written, ascii_only

    def __missing__(self, token: str) -> str:
        written = self.written[token]
        expression = written if isinstance(written, str) else written.written(ascii_only=self._ascii_only)
        self[token] = meaning = expand(expression, self)
        return meaning


def expand(expression: str, tokens: Tokens) -> str:
    """Replace every `<token>` by its meaning. Raises KeyError for one that has none."""
    return _TOKEN.sub(lambda token: tokens[token[1]], expression)
