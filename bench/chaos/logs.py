"""The logs of a chaos run: generated from a seed, each with the answers that its sender got."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.chaos import processed

if TYPE_CHECKING:
    from collections.abc import Iterator

TENANTS = ("acme", "beta_inc", "gamma-llc", "d", "epsilon.example")
# Texts that make their processing fail, and their share of all logs.
_MISBEHAVIOUR = {"chaos:raise": 0.01, "chaos:exit": 0.002, "chaos:hang": 0.002, "chaos:memory": 0.001}
_EMAILS = ("ann@example.com", "bob.smith+tag@mail.example.org", "ops@db-1.example.co.uk")
_PHONES = ("555-0199", "(415) 555-2671", "+44 20 7946 0958", "415-555-2671")
_WORDS = ("GET", "/health", "took", "37ms", "user=42", "ERROR", "retry", "naïve", "日志", "cache", "miss", "🙂", "done")


@dataclass
class SentLog:
    """One log, and the answers to the requests that sent it.

    Attributes:
        tenant_id: its tenant.
        log_id: its id.
        text: its text.
        message_ids: the message id of each 202.
        is_taken: whether a protocol that answers without message ids has taken it.
        parts: how many parts it was split into, according to the 202.
        conflicts: whether another text was sent under the same id.
    """

    tenant_id: str
    log_id: str
    text: str
    message_ids: list[str] = field(default_factory=list)
    is_taken: bool = False
    parts: int = 1
    conflicts: bool = False

    @property
    def is_accepted(self) -> bool:
        """Whether its sender was told that it is in the queue."""
        return self.is_taken or bool(self.message_ids)

    @property
    def should_be_stored(self) -> bool:
        """Whether the log has no reason of its own to fail."""
        return not (self.conflicts or self.text.startswith("chaos:") or processed.fails(self.text))


class LogMaker:
    """Generates logs; the same seed generates the same ones.

    Args:
        seed: decides every log.
        name: the prefix of all log ids.
        misbehaving: whether some of them crash, hang or exhaust the process that redacts them.
    """

    def __init__(self, seed: int | str, *, name: str = "log", misbehaving: bool = False) -> None:
        self._name = name
        self._dice = random.Random(f"{seed}/logs")
        self._misbehaving = misbehaving
        self._made = 0

    def log(self, *, tenant_id: str | None = None) -> SentLog:
        """Return the next log: one line, mostly with something to redact."""
        return self.named(self._misbehaviour() or self.line(), tenant_id=tenant_id)

    def processed_log(self) -> SentLog:
        """Return the next log for a stack whose processor does what texts ask for: one line."""
        asked = processed.act(self._dice)
        return self.named(f"{asked} {self.line()}" if asked else self.line())

    def named(self, text: str, *, tenant_id: str | None = None) -> SentLog:
        """Return a log with this text and a new id."""
        self._made += 1
        return SentLog(tenant_id or self._dice.choice(TENANTS), f"{self._name}-{self._made:06d}", text)

    def line(self) -> str:
        """Return one line of a log."""
        words = self._dice.choices(_WORDS, k=self._dice.randint(3, 12))
        for secret in self._dice.sample((*_EMAILS, *_PHONES), k=self._dice.randint(0, 2)):
            words.insert(self._dice.randrange(len(words)), secret)
        return " ".join(words)

    def long_text(self, chars: int) -> str:
        """Return lines of about this many characters in all; some of them contain no space."""
        return "\n".join(self._lines(chars))

    def _lines(self, chars: int) -> Iterator[str]:
        left = chars
        while left > 0:
            line = self.line()
            if self._dice.random() < 0.02:  # noqa: PLR2004 - now and then
                line = line.replace(" ", ",") * self._dice.randint(10, 60)
            left -= len(line) + 1
            yield line

    def _misbehaviour(self) -> str | None:
        if not self._misbehaving:
            return None
        dice = self._dice.random()
        for misbehaviour, share in _MISBEHAVIOUR.items():
            dice -= share
            if dice < 0:
                return misbehaviour
        return None


def scattered_text(*, chars: int, secrets: int, seed: int) -> str:
    """Return a text of at least this length, with this many e-mail addresses and phone numbers scattered over it."""
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
