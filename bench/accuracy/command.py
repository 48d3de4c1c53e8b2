"""`bench accuracy`: what each redaction misses, and what it destroys, on a labelled set with traps."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from bench.accuracy.labelled_texts import Labelled, labelled_texts
from bench.accuracy.redactors import REDACTORS
from bench.accuracy.scoring import Score, score
from bench.accuracy.sets import FOLDER, SETS, tables_of
from bench.compare.candidate import Candidate
from bench.report.report import Report, Table, compared, paragraphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.report.report import Cell, Comparison

TITLE = "Redaction: what is missed, and what is destroyed"
OURS = "ours"
KINDS = ("phone", "email")
# A recogniser that does not know the kind is not asked about it.
KNOWS = {"phonenumbers": ("phone",)}
NOTES = paragraphs(
    """
The set is generated from templates with a seed (`bench/accuracy/*_templates.py`), with templates of its own, but by
authors who knew our rules: expect others to find more that we miss. A number or an address is found when every
letter and digit of it would go, and missed otherwise. A place is wrong when it is not a label of its kind, or
takes letters or digits beside one along; `tel:`, `mailto:` and extensions may go or stay.

Precision depends on how many traps the set holds, so compare it within this table only. The traps include our
policy choices (`git@host:path`, the user part of a URL, `ssh user@host` and ids named as such stay), on which
others may decide otherwise.

Recall by format and false redactions by trap are in percent: of the labels found, of the texts hurt.
"""
)


Scores = dict[str, dict[str, Score]]


def measure(*, quick: bool) -> Report:
    """Let every redaction work on the same set."""
    texts = list(labelled_texts(per_group=4 if quick else 40))
    scores: Scores = {}
    for name in REDACTORS:
        with Candidate(name, "bench.accuracy.redactors:finder", arguments={"name": name}) as candidate:
            if candidate.missing:
                continue
            found = candidate(texts=[text.text for text in texts], timeout_seconds=300)
        scores[name] = {kind: score(kind, zip(texts, found, strict=True)) for kind in KNOWS.get(name, KINDS)}
    tables = [_summary(scores, len(texts)), *(_by_format(scores, kind) for kind in KINDS), _by_trap(scores, texts)]
    for name in SETS:
        tables += tables_of(FOLDER / name, quick=quick)
    return Report("accuracy", tables, [], _comparisons(scores))


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
