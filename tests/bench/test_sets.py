"""Labelled sets: how labels that are found, half found or missed are counted, and text redacted by mistake."""

import json
from pathlib import Path

from bench.accuracy.sets import altered_lines, judge, tables_of

NUMBER = "415-555-2671"


def labelled(text: str, *labels: str, **more: object) -> dict[str, object]:
    spans = [[text.index(label), text.index(label) + len(label), "phone"] for label in labels]
    return {"text": text, "spans": spans, "language": "en", "label": "", "source": "here", **more}


def test_a_label_redacted_as_a_whole_is_found_in_part_half_and_not_at_all_missed() -> None:
    text = f"9 {NUMBER} or 12345678"

    counts = judge(labelled(text, NUMBER, "12345678")) + judge(labelled(text, f"9 {NUMBER}"))

    assert counts["phone", "found"] == counts["phone", "missed"] == counts["phone", "half"] == 1


def test_redacting_unlabelled_text_alters_it_unless_that_is_optional() -> None:
    assert judge(labelled(f"a {NUMBER}"))["phone", "altered"] == 1
    assert judge(labelled(f"a {NUMBER}", optional=[[2, 14]]))["phone", "altered"] == 0


def test_a_line_of_a_foreign_file_is_altered_if_anything_is_redacted() -> None:
    assert [line for _, line in altered_lines(["nothing", NUMBER])] == [NUMBER]


def test_a_folder_gives_tables_of_totals_by_language_by_label_and_by_foreign_file(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(labelled(f"a {NUMBER}", NUMBER)) + "\n")
    (tmp_path / "b.log").write_text(f"nothing\n{NUMBER}\n")

    totals, by_language, by_label, foreign = tables_of(tmp_path)

    assert totals.rows == [["phone", 1, 1, 0, 0, 100, 0]]
    assert by_language.rows == [["phone: en", 1, 1, 0, 0, 100, 0]]
    assert by_label.rows == [["phone: none", 1, 1, 0, 0, 100, 0]]
    assert foreign.rows[0][:3] == ["b.log", 2, 1]
