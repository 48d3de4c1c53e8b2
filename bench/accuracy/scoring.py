"""Scoring: what one redaction did with one kind, beside the labels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.accuracy.labelled_texts import Labelled
    from bench.accuracy.redactors import Spans


@dataclass
class Score:
    """What one redaction did with one kind.

    Attributes:
        found: labels by group whose every letter and digit goes.
        labels: labels by group.
        wrong: places that go for nothing.
        hurt: texts by trap of which something goes.
    """

    found: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    hurt: Counter[str] = field(default_factory=Counter)

    def precision(self) -> float | None:
        """Return the share of what goes that had to; None where nothing went."""
        goes = self.found.total() + self.wrong
        return self.found.total() / goes if goes else None

    def recall(self) -> float:
        """Return the share of what had to go that goes."""
        return self.found.total() / self.labels.total()

    def f1(self) -> float | None:
        """Return the harmonic mean of precision and recall."""
        precision, recall = self.precision(), self.recall()
        return 2 * precision * recall / (precision + recall) if precision else None


def score(kind: str, judged: Iterable[tuple[Labelled, Spans]]) -> Score:
    """Return how a redaction did with one kind."""
    result = Score()
    for text, spans in judged:
        places = [(start, end) for found_kind, start, end in spans if found_kind == kind]
        goes = text.goes if text.kind == kind else ()
        for start, end in goes:
            result.labels[text.group] += 1
            result.found[text.group] += _telling(text.text, start, end) <= _union(places)
        wrong = sum(not _is_right(text, goes, place) for place in places)
        result.wrong += wrong
        if text.kind is None and wrong:
            result.hurt[text.group] += 1
    return result


def _is_right(text: Labelled, goes: Sequence[tuple[int, int]], place: tuple[int, int]) -> bool:
    labelled = _union(goes)
    taken = _telling(text.text, *place)
    return bool(taken & labelled) and taken <= labelled | _union(text.may_go)


def _telling(text: str, start: int, end: int) -> set[int]:
    """Return the positions of letters and digits: brackets and quotes tell nothing."""
    return {position for position in range(start, end) if text[position].isalnum()}


def _union(places: Iterable[tuple[int, int]]) -> set[int]:
    return {position for start, end in places for position in range(start, end)}
