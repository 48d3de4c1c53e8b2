"""Labelled sets from files, and how our redaction does on them; README.md says how they are written."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from bench.accuracy.foreign import altered_by_file, taken_by_kind
from bench.report.report import Report, Table, print_report
from handlers.redaction import DEFAULT_KINDS, KINDS, spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.report.report import Cell

FOLDER = Path(__file__).parent
SETS = ("tuning", "held_out", "foreign")
# Their texts name the written form as their source; of the default kinds there are too many sources for a table.
_OPTIONAL_KINDS = tuple(kind for kind in KINDS if kind not in DEFAULT_KINDS)
_OUTCOMES = ("found", "half", "missed")


@click.command
@click.argument("folders", type=click.Path(exists=True, file_okay=False, path_type=Path), nargs=-1, required=True)
@click.option(
    "--json",
    "json_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Put the tables into these results too.",
)
def sets(*, folders: Sequence[Path], json_file: Path | None) -> None:
    """Show what our redaction does with the labelled sets of FOLDERS, without the texts."""
    tables = [table for folder in folders for table in tables_of(folder)]
    print_report(Report("accuracy", tables), Console())
    if json_file:
        found = json.loads(json_file.read_text(encoding="utf-8"))
        reports = map(Report.from_json, found["reports"])
        found["reports"] = [
            (with_tables(report, tables) if report.name == "accuracy" else report).as_json() for report in reports
        ]
        json_file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def with_tables(report: Report, tables: Sequence[Table]) -> Report:
    """Return the report with these tables in place of those of the same titles; a new one follows the one before."""
    kept, place = list(report.tables), len(report.tables)
    for table in tables:
        titles = [other.title for other in kept]
        if table.title in titles:
            place = titles.index(table.title)
            del kept[place]
        kept.insert(place, table)
        place += 1
    return replace(report, tables=kept)


def tables_of(folder: Path, *, quick: bool = False) -> list[Table]:
    """Return what our redaction does with the sets of a folder, by language, label and source, and on foreign lines."""
    labelled = [_labelled(line) for file in sorted(folder.glob("*.jsonl")) for line in _lines(file)]
    texts = labelled[:: max(len(labelled) // 20, 1)] if quick else labelled
    foreign = sorted([*folder.glob("*.log"), *folder.glob("*.txt")])
    judged = [judge(text) for text in texts]
    tables = [_totals(folder.name, judged)] if judged else []
    if judged:
        tables += [_by(folder.name, what, texts, judged, KINDS) for what in ("language", "label")]
        tables.append(_by(folder.name, "source", texts, judged, _OPTIONAL_KINDS))
    lines_of = {file.name: _lines(file)[: 50 if quick else None] for file in foreign}
    return [*tables, altered_by_file(lines_of), taken_by_kind(lines_of)] if foreign else tables


def _labelled(line: str) -> dict[str, Any]:
    text = json.loads(line)
    return {"text": text["reversed"][::-1], **text} if "reversed" in text else text


def judge(text: dict[str, Any]) -> Counter[tuple[str, str]]:
    """Count what became of each label as (kind, `found`, `half` or `missed`), and of the rest as (kind, `altered`)."""
    wanted = {kind for _, _, kind in text["spans"]} | {"email", "phone"}
    found = spans(text["text"], [kind for kind in KINDS if kind in wanted])
    gone = {place for span in found for place in range(span.start, span.end)}
    counts: Counter[tuple[str, str]] = Counter()
    for start, end, kind in text["spans"]:
        telling = _telling(text["text"], start, end)
        counts[kind, _OUTCOMES[0 if telling <= gone else 1 if telling & gone else 2]] += 1
    may_go = {place for start, end, *_ in [*text["spans"], *text.get("optional", [])] for place in range(start, end)}
    for span in found:
        counts[span.kind, "altered"] += bool(_telling(text["text"], span.start, span.end) - may_go)
    return counts


def _telling(text: str, start: int, end: int) -> set[int]:
    return {place for place in range(start, end) if text[place].isalnum()}


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def _totals(name: str, judged: Iterable[Counter[tuple[str, str]]]) -> Table:
    total = sum(judged, Counter[tuple[str, str]]())
    rows = [_row(kind, total, kind) for kind in dict.fromkeys(kind for kind, _ in total)]
    return Table(f"{name}: what became of each label", ["", "labels", *_OUTCOMES, "% found", "altered"], rows)


def _by(
    name: str, what: str, texts: list[dict[str, Any]], judged: list[Counter[tuple[str, str]]], kinds: Sequence[str]
) -> Table:
    groups: dict[str, Counter[tuple[str, str]]] = {}
    for text, counts in zip(texts, judged, strict=True):
        for kind in {kind for _, _, kind in text["spans"] if kind in kinds}:
            group = groups.setdefault(f"{kind}: {text.get(what) or 'none'}", Counter())
            group.update({key: count for key, count in counts.items() if key[0] == kind})
    rows = [_row(group, groups[group], group.split(":")[0]) for group in sorted(groups)]
    return Table(f"{name}: by {what}", ["", "labels", *_OUTCOMES, "% found", "altered"], rows)


def _row(name: str, counts: Counter[tuple[str, str]], kind: str) -> list[Cell]:
    outcomes = [counts[kind, outcome] for outcome in _OUTCOMES]
    labels = sum(outcomes)
    return [name, labels, *outcomes, 100 * outcomes[0] / labels if labels else None, counts[kind, "altered"]]
