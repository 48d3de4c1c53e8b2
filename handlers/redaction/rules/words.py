"""One expression out of many words, in which each letter that several begin with stands once."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Words(NamedTuple):
    """What a token stands for: one of these words.

    Attributes:
        words: as `one_of` takes them; one with a character beyond ASCII must match nothing that is ASCII only.
        ending: what a tilde in a word stands for.
    """

    words: tuple[str, ...]
    ending: str = ""

    def written(self, *, ascii_only: bool) -> str:
        """Give the expression, for texts that are ASCII only or for all."""
        words = [word for word in self.words if word.isascii()] if ascii_only else self.words
        return one_of(words, ending=self.ending)


class BeyondAscii(NamedTuple):
    """What a token stands for in texts that are not ASCII only, and what it stands for in those that are."""

    expression: str
    in_ascii: str = ""

    def written(self, *, ascii_only: bool) -> str:
        """Give the expression, for texts that are ASCII only or for all."""
        return self.in_ascii if ascii_only else self.expression


# What a token stands for.
Written = str | Words | BeyondAscii


def one_of(words: Sequence[str], *, ending: str = "") -> str:
    """Give the expression of these words, without regard to case, the longer of two that match first.

    Args:
        words: each may be an expression, without alternatives outside brackets.
        ending: what a tilde in a word stands for.
    """
    return _one_of([word.replace("~", ending) for word in dict.fromkeys(words)])


def first_letters(words: Iterable[str]) -> str:
    """Give an expression of the characters that these words begin with, beyond ASCII of any character."""
    letters = {word[0] for word in words if word[0].isascii()}
    in_both_cases = letters | {letter.upper() for letter in letters}
    return rf"[{''.join(sorted(in_both_cases))}]|[^\x00-\x7f]"


def _one_of(words: Sequence[str]) -> str:
    rests: dict[str, list[str]] = {}
    others: list[str] = []
    for word in words:
        if _begins_with_a_letter(word):
            rests.setdefault(word[0].lower(), []).append(word[1:])
        else:
            others.append(word)
    branches = [_in_both_cases(letter) + _one_of(after) for letter, after in rests.items()]
    branches += [f"(?i:{word})" if word else "" for word in sorted(others, key=len, reverse=True)]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _begins_with_a_letter(word: str) -> bool:
    return word[:1].isalpha() and word[1:2] not in {"?", "*", "+", "{"}


def _in_both_cases(letter: str) -> str:
    # `re` compares without regard to case only letters of ASCII, and does so one branch after the other.
    upper = letter.upper()
    return f"[{letter}{upper}]" if len(upper) == 1 and upper != letter else letter
