"""Drop: dead letters deleted for good."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cli.dead_letter_job import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cli.dead_letter import DeadLetter
    from cli.dead_letter_queue import DeadLetterQueue


@dataclass(kw_only=True)
class Drop:
    """Deletes chosen dead letters.

    Attributes:
        queue: where they are.
        chosen: which of them.
        tally: what became of them so far.
    """

    queue: DeadLetterQueue
    chosen: Callable[[DeadLetter], bool]
    tally: Tally = field(default_factory=Tally)

    def pick(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Return the chosen ones."""
        return [letter for letter in letters if self.chosen(letter)]

    def handle(self, letters: Sequence[DeadLetter]) -> None:
        """Delete these."""
        refused = self.queue.delete(letters)
        self.tally.done += len(letters) - len(refused)
        self.tally.failed += {"not_deleted": len(refused)}
