"""Labelled sets are scored by what becomes of each label, and of everything else."""

import json
from pathlib import Path

from bench.accuracy.sets import altered_lines, judge, tables_of

NUMBER = "415-555-2671"


def labelled(text: str, *labels: str, **more: object) -> dict[str, object]:
    spans = [[text.index(label), text.index(label) + len(label), "phone"] for label in labels]
    return {"text": text, "spans": spans, "language": "en", "label": "", "source": "here", **more}


def test_a_label_is_found_when_all_of_it_goes_half_when_some_does_and_missed_when_none() -> None:
    text = f"9 {NUMBER} or 12345678"

    counts = judge(labelled(text, NUMBER, "12345678")) + judge(labelled(text, f"9 {NUMBER}"))

    assert counts["phone", "found"] == counts["phone", "missed"] == counts["phone", "half"] == 1


def test_what_goes_without_a_label_is_altered_unless_it_may_go() -> None:
    assert judge(labelled(f"a {NUMBER}"))["phone", "altered"] == 1
    assert judge(labelled(f"a {NUMBER}", optional=[[2, 14]]))["phone", "altered"] == 0


def test_a_foreign_line_is_altered_when_something_goes() -> None:
    assert [line for _, line in altered_lines(["nothing", NUMBER])] == [NUMBER]


def test_a_folder_gives_tables_in_all_by_language_by_label_and_by_foreign_file(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(labelled(f"a {NUMBER}", NUMBER)) + "\n")
    (tmp_path / "b.log").write_text(f"nothing\n{NUMBER}\n")

    totals, by_language, by_label, foreign = tables_of(tmp_path)

    assert totals.rows == [["phone", 1, 1, 0, 0, 100, 0]]
    assert by_language.rows == [["phone: en", 1, 1, 0, 0, 100, 0]]
    assert by_label.rows == [["phone: none", 1, 1, 0, 0, 100, 0]]
    assert foreign.rows[0][:3] == ["b.log", 2, 1]
