"""The logs of a chaos run: made from a seed, each with what its sender was told."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TENANTS = ("acme", "beta_inc", "gamma-llc", "d", "epsilon.example")
# What a log does to the worker that processes it, and how often it is sent.
_ACTS = {"chaos:raise": 0.01, "chaos:exit": 0.002, "chaos:hang": 0.002, "chaos:memory": 0.001}
_EMAILS = ("ann@example.com", "bob.smith+tag@mail.example.org", "ops@db-1.example.co.uk")
_PHONES = ("555-0199", "(415) 555-2671", "+44 20 7946 0958", "415-555-2671")
_WORDS = ("GET", "/health", "took", "37ms", "user=42", "ERROR", "retry", "naïve", "日志", "cache", "miss", "🙂", "done")


@dataclass
class SentLog:
    """One log, and what became of the attempts to send it.

    Attributes:
        tenant_id: whose it is.
        log_id: its name.
        text: what it says.
        message_ids: of each 202, the message id that it named.
        parts: in how many parts it travels, as the 202 said.
        conflicts: whether another text was sent under the same name.
    """

    tenant_id: str
    log_id: str
    text: str
    message_ids: list[str] = field(default_factory=list)
    parts: int = 1
    conflicts: bool = False

    @property
    def should_be_stored(self) -> bool:
        """Whether nothing about the log itself keeps it from being stored."""
        return not self.conflicts and not self.text.startswith("chaos:")


class LogMaker:
    """Makes logs; the same seed makes the same ones.

    Args:
        seed: what all is decided by.
        name: what all log ids begin with.
        misbehaving: whether some of them end, hang or exhaust the process that works on them.
    """

    def __init__(self, seed: int | str, *, name: str = "log", misbehaving: bool = False) -> None:
        self._name = name
        self._dice = random.Random(f"{seed}/logs")
        self._misbehaving = misbehaving
        self._made = 0

    def log(self, *, tenant_id: str | None = None) -> SentLog:
        """Return the next log: one line, most of the time with something to redact."""
        return self.named(self._act() or self.line(), tenant_id=tenant_id)

    def named(self, text: str, *, tenant_id: str | None = None) -> SentLog:
        """Return a log of this text under a new name."""
        self._made += 1
        return SentLog(tenant_id or self._dice.choice(TENANTS), f"{self._name}-{self._made:06d}", text)

    def line(self) -> str:
        """Return one line of a log."""
        words = self._dice.choices(_WORDS, k=self._dice.randint(3, 12))
        for secret in self._dice.sample((*_EMAILS, *_PHONES), k=self._dice.randint(0, 2)):
            words.insert(self._dice.randrange(len(words)), secret)
        return " ".join(words)

    def long_text(self, chars: int) -> str:
        """Return lines, some of them without any space, of about so many characters together."""
        return "\n".join(self._lines(chars))

    def _lines(self, chars: int) -> Iterator[str]:
        left = chars
        while left > 0:
            line = self.line()
            if self._dice.random() < 0.02:  # noqa: PLR2004 - now and then
                line = line.replace(" ", ",") * self._dice.randint(10, 60)
            left -= len(line) + 1
            yield line

    def _act(self) -> str | None:
        if not self._misbehaving:
            return None
        dice = self._dice.random()
        for act, share in _ACTS.items():
            dice -= share
            if dice < 0:
                return act
        return None


def scattered_text(*, chars: int, secrets: int, seed: int) -> str:
    """Return a text of so many characters at least, with so many e-mail addresses and phone numbers all over it."""
    dice = random.Random(f"{seed}/scattered")
    maker = LogMaker(f"{seed}/filler")
    spacing = chars // secrets
    pieces: list[str] = []
    for number in range(secrets):
        filler = " ".join(dice.choices(_WORDS, k=spacing // 5))
        secret = f"user{number}@example.com" if number % 2 else dice.choice(_PHONES)
        pieces.append(f"{filler[: spacing - 30]} {secret} ")
        if number % 7 == 0:
            pieces.append("\n")
    text = "".join(pieces)
    return text if len(text) >= chars else text + maker.long_text(chars - len(text))
