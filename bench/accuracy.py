"""`bench accuracy`: what each redaction misses, and what it destroys, on a labelled set with traps."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.contestant import Contestant
from bench.labelled import Labelled, labelled_texts
from bench.redactors import REDACTORS
from bench.report import Report, Table, compared, paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.redactors import Spans
    from bench.report import Cell, Comparison

TITLE = "Redaction: what is missed, and what is destroyed"
OURS = "ours"
KINDS = ("phone", "email")
# A recogniser that does not know the kind is not asked about it.
KNOWS = {"phonenumbers": ("phone",)}
NOTES = paragraphs(
    """
The set is generated from templates with a seed (`bench/labelled*.py`), written apart from the rules and their
examples. A number or an address is found when every letter and digit of it would go, and missed otherwise. A
place is wrong when it is not a label of its kind, or takes letters or digits beside one along; `tel:`,
`mailto:` and extensions may go or stay.

Precision depends on how many traps the set holds, so compare it within this table only. The traps include our
policy choices (`git@host:path`, the user part of a URL, `ssh user@host` and ids named as such stay), on which
others may decide otherwise.

Recall by format and false redactions by trap are in percent: of the labels found, of the texts hurt.
"""
)


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


Scores = dict[str, dict[str, Score]]


def measure(*, quick: bool) -> Report:
    """Let every redaction work on the same set."""
    texts = list(labelled_texts(per_group=4 if quick else 40))
    scores: Scores = {}
    for name in REDACTORS:
        with Contestant(name, "bench.redactors:finder", arguments={"name": name}) as contestant:
            if contestant.missing:
                continue
            found = contestant(texts=[text.text for text in texts], timeout_seconds=300)
        scores[name] = {kind: score(kind, zip(texts, found, strict=True)) for kind in KNOWS.get(name, KINDS)}
    tables = [_summary(scores, len(texts)), *(_by_format(scores, kind) for kind in KINDS), _by_trap(scores, texts)]
    return Report("accuracy", TITLE, tables, [], NOTES, _comparisons(scores))


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


def _summary(scores: Scores, texts: int) -> Table:
    rows: list[list[Cell]] = []
    for name in REDACTORS:
        row: list[Cell] = [name]
        for kind in KINDS:
            of_kind = scores.get(name, {}).get(kind)
            if of_kind is None:
                row += ["not installed" if name not in scores else None, None, None]
            else:
                row += [of_kind.precision(), of_kind.recall(), of_kind.f1()]
        rows.append(row)
    heads = [f"{kind} {what}" for kind in KINDS for what in ("precision", "recall", "F1")]
    return Table(f"Precision, recall, F1 on {texts} texts", ["", *heads], rows)


def _by_format(scores: Scores, kind: str) -> Table:
    names = [name for name in scores if kind in scores[name]]
    labels = scores[OURS][kind].labels
    rows: list[list[Cell]] = [
        [group, *(100 * scores[name][kind].found[group] / labels[group] for name in names)] for group in labels
    ]
    return Table(f"{kind}: % found, by format", ["", *names], rows)


def _by_trap(scores: Scores, texts: Sequence[Labelled]) -> Table:
    sizes = Counter(text.group for text in texts if text.kind is None)
    hurt: dict[str, Counter[str]] = defaultdict(Counter)
    for name, by_kind in scores.items():
        for of_kind in by_kind.values():
            hurt[name] += of_kind.hurt
    rows: list[list[Cell]] = [
        [trap, *(min(100.0, 100 * hurt[name][trap] / size) for name in scores)] for trap, size in sizes.items()
    ]
    return Table("Traps: % of texts from which something goes", ["", *scores], rows)


def _comparisons(scores: Scores) -> list[Comparison]:
    found: list[Comparison] = []
    for kind in KINDS:
        of_kind = {name: by_kind[kind] for name, by_kind in scores.items() if kind in by_kind}
        measures = {
            "precision": {name: score.precision() or 0.0 for name, score in of_kind.items()},
            "recall": {name: score.recall() for name, score in of_kind.items()},
            "F1": {name: score.f1() or 0.0 for name, score in of_kind.items()},
        }
        for what, values in measures.items():
            found += compared(f"accuracy, {kind}: {what}", values, larger_is_better=True)
    return found
