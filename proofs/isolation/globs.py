"""Patterns with `*` and `?`, and texts that stand for all texts.

A policy only asks of a text which patterns it has. So one text for each way in which the patterns can be true or false
together stands for every text there is. They are found by walking all patterns at once, as one automaton, from the
empty text on: each state that can be reached is reached, so no way is missed. Where several texts may have to differ,
that many are kept of each way, or all where there are fewer.
"""

from __future__ import annotations

import string
from collections import deque
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from proofs.isolation.refusal import require

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FIELDS_OF_AN_ARN = 6
_LETTERS = (*string.ascii_lowercase, *string.digits, *string.ascii_uppercase, *map(chr, range(0x4E00, 0x4F00)))


@dataclass(frozen=True)
class Token:
    """What one character, or with `repeats` any number of them, may be."""

    characters: frozenset[str] | None
    """None for any."""
    repeats: bool = False
    but_no_colon: bool = False

    def accepts(self, character: str) -> bool:
        """Return whether it may be this one."""
        if self.characters is not None:
            return character in self.characters
        return not (self.but_no_colon and character == ":")


@dataclass(frozen=True)
class Glob:
    """A pattern; two of them are the same if they are written in the same way."""

    written: str
    tokens: tuple[Token, ...] = field(compare=False)
    steps: dict[tuple[int, str], int] = field(compare=False, default_factory=dict, repr=False)
    """The steps that were taken: for each state and character, the next state."""

    def start(self) -> int:
        """Return the state before the first character: the places in the pattern where a text may be, as bits."""
        return self._with_skipped(1)

    def step(self, state: int, character: str) -> int:
        """Return the state after one more character."""
        known = self.steps.get((state, character))
        if known is None:
            known = self.steps[state, character] = self._step(state, character)
        return known

    def ends_in(self, state: int) -> bool:
        """Return whether a text that led to this state has the pattern."""
        return bool(state >> len(self.tokens) & 1)

    def open_tokens(self, state: int) -> Iterator[Token]:
        """Yield what may come next in this state."""
        return (token for place, token in enumerate(self.tokens) if state >> place & 1)

    def _step(self, state: int, character: str) -> int:
        after = 0
        for place, token in enumerate(self.tokens):
            if state >> place & 1 and token.accepts(character):
                after |= 1 << (place if token.repeats else place + 1)
        return self._with_skipped(after)

    def _with_skipped(self, state: int) -> int:
        """Any number of characters may also be none."""
        for place, token in enumerate(self.tokens):
            if state >> place & 1 and token.repeats:
                state |= 1 << (place + 1)
        return state


@cache
def literal(text: str) -> Glob:
    """Return the pattern of exactly one text."""
    return Glob(f"= {text}", _spelled(text))


@cache
def starting_with(text: str) -> Glob:
    """Return the pattern of all texts that begin with this one."""
    return Glob(f"from {text}", (*_spelled(text), _wildcard("*")))


@cache
def in_any_case(text: str) -> Glob:
    """Return the pattern of a text in lower and upper case, also mixed."""
    return Glob(f"in any case {text}", tuple(Token(frozenset({c.lower(), c.upper()})) for c in text))


@cache
def glob(text: str) -> Glob:
    """Return the pattern of a text in which `*` and `?` are wildcards."""
    return Glob(f"like {text}", _with_wildcards(text))


@cache
def arn_glob(text: str) -> Glob:
    """Return the pattern of an ARN, in which a wildcard stays within its field; only the sixth may hold colons.

    Raises:
        NotTranslatable: it has fewer fields.
    """
    fields = text.split(":", FIELDS_OF_AN_ARN - 1)
    require(len(fields) == FIELDS_OF_AN_ARN, "an ARN with all its six fields", text)
    *first, last = (_with_wildcards(field, but_no_colon=n < FIELDS_OF_AN_ARN - 1) for n, field in enumerate(fields))
    return Glob(f"ARN like {text}", (*(token for tokens in first for token in (*tokens, *_spelled(":"))), *last))


def _spelled(text: str) -> tuple[Token, ...]:
    return tuple(Token(frozenset({character})) for character in text)


def _wildcard(sign: str, *, but_no_colon: bool = False) -> Token:
    return Token(None, repeats=sign == "*", but_no_colon=but_no_colon)


def _with_wildcards(text: str, *, but_no_colon: bool = False) -> tuple[Token, ...]:
    return tuple(_wildcard(c, but_no_colon=but_no_colon) if c in "*?" else Token(frozenset({c})) for c in text)


def holds(pattern: Glob, text: str) -> bool:
    """Return whether a text has a pattern."""
    state = pattern.start()
    for character in text:
        state = pattern.step(state, character)
    return pattern.ends_in(state)


@cache
def representatives(patterns: frozenset[Glob], count: int, wanted: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return texts that stand for all texts.

    Args:
        patterns: what is asked of them.
        count: how many texts may have to differ.
        wanted: texts to take before others.
    """
    ordered = sorted(patterns, key=lambda pattern: pattern.written)
    found: dict[tuple[bool, ...], list[str]] = {}
    for text in dict.fromkeys(wanted):
        found.setdefault(tuple(holds(pattern, text) for pattern in ordered), []).append(text)
    for text, states in _walk(ordered, count):
        way = tuple(pattern.ends_in(state) for pattern, state in zip(ordered, states, strict=True))
        texts = found.setdefault(way, [])
        if len(texts) < count and text not in texts:
            texts.append(text)
    return tuple(text for texts in found.values() for text in texts)


def _walk(patterns: Sequence[Glob], count: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield texts, the shorter ones first, until each state of the automaton was reached `count` times if it can be."""
    spelled = {c for pattern in patterns for token in pattern.tokens for c in token.characters or ()} | {":"}
    others = [letter for letter in _LETTERS if letter not in spelled][:count]
    waiting = deque([("", tuple(pattern.start() for pattern in patterns))])
    reached: dict[tuple[int, ...], int] = {}
    while waiting:
        text, states = waiting.popleft()
        if reached.get(states, 0) >= count:
            continue
        reached[states] = reached.get(states, 0) + 1
        yield text, states
        for character in [*others, *_telling(patterns, states)]:
            after = tuple(pattern.step(state, character) for pattern, state in zip(patterns, states, strict=True))
            if reached.get(after, 0) < count:
                waiting.append((text + character, after))


def _telling(patterns: Sequence[Glob], states: Sequence[int]) -> list[str]:
    """Return the characters that may lead elsewhere than those that no pattern spells out."""
    tokens = [token for p, state in zip(patterns, states, strict=True) if state for token in p.open_tokens(state)]
    told = {character for token in tokens for character in token.characters or ()}
    return sorted(told | ({":"} if any(token.but_no_colon for token in tokens) else set()))
