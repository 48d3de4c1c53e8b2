"""A scanner that counts: how much work a cut is, whatever machine it runs on."""

import pytest

from handlers.redaction import cutting
from handlers.redaction.scanner import Scanner, scanner
from handlers.redaction.settling import Match


class CountingScanner:
    """A scanner that counts the characters that it reads."""

    def __init__(self, counted: Scanner) -> None:
        self._counted = counted
        self.characters = 0

    def matches(self, text: str, *, begin: int = 0) -> list[Match]:
        """Count the text, and give what matches in it."""
        self.characters += len(text)
        return self._counted.matches(text, begin=begin)

    def matches_anywhere(self, text: str, *, begin: int, end: int) -> set[Match]:
        """Count the text, and give what matches at each position."""
        self.characters += len(text)
        return self._counted.matches_anywhere(text, begin=begin, end=end)


def count_scanning(monkeypatch: pytest.MonkeyPatch) -> CountingScanner:
    """Let cuts be made with a scanner that counts; return it."""
    counted = CountingScanner(scanner(frozenset({"email", "phone"})))
    monkeypatch.setattr(cutting, "scanner", lambda _kinds: counted)
    return counted
