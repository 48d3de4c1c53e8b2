"""Compiled rules: google-re2 finds where one may match, `re` says which and how far. Each is compiled at first use."""

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import re2
from re2 import _re2

from handlers.redaction.lookalikes import MARKER
from handlers.redaction.rules import ASCII_TOKENS, TOKENS
from handlers.redaction.rules.rule import REACH_CHARS, Rule, expand
from handlers.redaction.settling import Found

# Stands for every character beyond ASCII.
NON_ASCII = "\x80"
_UNANCHORED = _re2.RE2.Anchor.UNANCHORED
_Hit = tuple[int, int]
_MOST_BYTES_A_CHAR = 4
_MANY_HITS = 64


class Compiled:
    """Some rules, in order of preference, for texts of ASCII only or for all.

    Attributes:
        by_first: for each character, the rules that can begin with it; None where none can.
        by_first_in_stretch: the same, without the rules that have a stretch.
    """

    def __init__(self, rules: Sequence[Rule], *, ascii_only: bool) -> None:
        self._reach = REACH_CHARS * (1 if ascii_only else _MOST_BYTES_A_CHAR)
        self._window = 8 * self._reach
        tokens = ASCII_TOKENS if ascii_only else TOKENS
        hints = [*(expand(rule.hint, tokens) for rule in rules if rule.hint), re.escape(MARKER)]
        self.match = _re2.RE2("|".join(hints).encode(), _options(ascii_only=ascii_only)).Match
        self.by_first = _ByFirstCharacter(rules, ascii_only=ascii_only)
        others = [rule for rule in rules if not rule.stretch]
        self.by_first_in_stretch = _ByFirstCharacter(others, ascii_only=ascii_only)
        self._stretches = {expand(rule.stretch, tokens) for rule in rules if rule.stretch}

    @functools.cached_property
    def stretch(self) -> Callable[[str, int], re.Match[str] | None]:
        """Match the one stretch that rules have."""
        (stretch,) = self._stretches
        return re.compile(stretch, re.ASCII).match

    def hits(self, readable: str) -> list[_Hit]:
        """Give from where to where the text hints at a rule, from left to right."""
        # A lone surrogate has no UTF-8 form of its own; it is neither refused here nor changed.
        data = readable.encode(errors="surrogatepass")
        size = len(data)
        hits: list[_Hit] = []
        if size <= self._window:
            self._add_hits(hits, data, 0, size, size)
        else:
            self._add_hits_by_windows(hits, data)
        return hits if size == len(readable) else list(_in_characters(hits, data))

    def _add_hits(self, hits: list[_Hit], data: bytes, position: int, limit: int, last: int) -> _Hit:
        """Add the hits from a position on that end up to `last`; return the next one, at -1 if there is none."""
        # RE2's own method: half of the time that the package's `finditer` takes goes into objects nobody needs.
        add, match = hits.append, self.match
        begin, end = 0, position
        while end < limit:
            ((begin, end),) = match(_UNANCHORED, data, end, limit)
            if begin < 0 or end > last:
                return begin, end
            add((begin, end))
        return -1, end

    def _add_hits_by_windows(self, hits: list[_Hit], data: bytes) -> None:
        # RE2 may read on to the end of what it is given before it knows where a hit ends. So that a text full of hits
        # is not read as often as it has hits, it is given a window at a time, a larger one where it holds few.
        size, position, window = len(data), 0, self._window
        while position < size:
            before, limit = len(hits), min(position + window, size)
            last = size if limit == size else limit - self._reach
            begin, _ = self._add_hits(hits, data, position, limit, last)
            if limit == size:
                return
            position = begin if begin >= 0 else max(last, hits[-1][1] if hits else 0)
            window = self._window if len(hits) - before > _MANY_HITS else 4 * window


def _options(*, ascii_only: bool) -> re2.Options:
    options = re2.Options()
    # Used as far as the states of a text need it; with the default, texts full of labels would fall back to a slow way.
    options.max_mem = 64 << 20
    if ascii_only:
        # Each character is one byte, which makes for fewer states.
        options.encoding = re2.Options.Encoding.LATIN1
    return options


def _in_characters(hits: Iterable[_Hit], data: bytes) -> Iterator[_Hit]:
    byte = character = 0
    for begin, end in hits:
        first = character + len(data[byte:begin].decode(errors="surrogatepass"))
        byte, character = end, first + len(data[begin:end].decode(errors="surrogatepass"))
        yield first, character


class _ByFirstCharacter(dict[str, "OneOf | None"]):
    """For each ASCII character, and for all others together, the rules that can begin with it."""

    def __init__(self, rules: Sequence[Rule], *, ascii_only: bool) -> None:
        super().__init__()
        self._rules, self._ascii_only = rules, ascii_only

    def __missing__(self, character: str) -> "OneOf | None":
        if character > NON_ASCII:
            return self[NON_ASCII]
        one_of = OneOf(self._rules, begin=character, ascii_only=self._ascii_only)
        self[character] = one_of if one_of.begins else None
        return self[character]


class OneOf:
    """Rules that are tried in order, without those that cannot begin with a character.

    Attributes:
        begins: whether any can.
    """

    def __init__(self, rules: Sequence[Rule], *, begin: str | None = None, ascii_only: bool = False) -> None:
        rows = [tuple(row) for _, row in itertools.groupby(rules, key=lambda rule: rule.leads or rule.name)]
        tried = [row for row in rows if begin is None or any(re.match(rule.begins, begin) for rule in row)]
        self._rows = [_row(row, ascii_only=ascii_only) for row in tried]
        self.begins = bool(tried)

    def match_at(self, text: str, position: int) -> Found | None:
        """Give what the first of the rules matches that accepts what it finds there."""
        for row in self._rows:
            found = row.match(text, position)
            if found is not None:
                rule, group, accepts, later = row.by_group[found.lastindex]
                start, end = found.span(group)
                if accepts is None or accepts(text[start:end]):
                    return rule, position, start, end
                if later and (other := _one_of(later, ascii_only=row.ascii_only).match_at(text, position)) is not None:
                    return other
        return None


class _Row:
    """Rules in a row that begin with the same, as one expression: one call tries them all, in their order.

    Attributes:
        match: tries them at a position; the first call compiles them.
        by_group: for the group that found something, its rule, the group of what goes, and the rules after it.
        ascii_only: whether only texts in ASCII are read.
    """

    __slots__ = ("_rules", "ascii_only", "by_group", "match")

    def __init__(self, rules: tuple[Rule, ...], *, ascii_only: bool) -> None:
        self._rules, self.ascii_only = rules, ascii_only
        self.match: Callable[[str, int], re.Match[str] | None] = self._compile_and_match
        self.by_group: dict[int | None, tuple[Rule, int, Callable[[str], bool] | None, tuple[Rule, ...]]] = {}

    def _compile_and_match(self, text: str, position: int) -> re.Match[str] | None:
        rules = self._rules
        # Named, because what goes of a rule may be a group of its own.
        patterns = [f"(?P<_{place}>{rule.pattern})" for place, rule in enumerate(rules)]
        lead = f"(?={rules[0].leads})" if rules[0].leads and len(rules) > 1 else ""
        tokens = ASCII_TOKENS if self.ascii_only else TOKENS
        compiled = re.compile(expand(f"{lead}(?:{'|'.join(patterns)})", tokens), re.ASCII)
        begins = [*compiled.groupindex.values(), compiled.groups + 1]
        self.by_group = {
            group: (rule, after - 1, rule.accepts, rules[place + 1 :])
            for place, (rule, (group, after)) in enumerate(zip(rules, itertools.pairwise(begins), strict=True))
        }
        self.match = compiled.match
        return compiled.match(text, position)


@functools.cache
def _row(rules: tuple[Rule, ...], *, ascii_only: bool) -> _Row:
    return _Row(rules, ascii_only=ascii_only)


@functools.cache
def _one_of(rules: tuple[Rule, ...], *, ascii_only: bool) -> OneOf:
    return OneOf(rules, ascii_only=ascii_only)
