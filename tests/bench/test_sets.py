"""Labelled sets: how labels that are found, half found or missed are counted, and text redacted by mistake."""

import json
from pathlib import Path

import pytest

from bench.accuracy.foreign import addresses, altered_lines
from bench.accuracy.sets import judge, tables_of, with_tables
from bench.report.report import Report, Table

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


def test_a_folder_gives_tables_of_totals_by_language_label_and_source_and_of_foreign_lines(tmp_path: Path) -> None:
    card = {"reversed": "1111111111111114 drac", "spans": [[5, 21, "credit_card"]], "language": "en", "source": "visa"}
    (tmp_path / "a.jsonl").write_text(f"{json.dumps(labelled(f'a {NUMBER}', NUMBER))}\n{json.dumps(card)}\n")
    (tmp_path / "b.log").write_text(f"nothing\n{NUMBER}\nfrom 10.0.0.1 build=1.2.3.4\n")

    totals, by_language, by_label, by_source, by_file, by_kind = tables_of(tmp_path)

    assert totals.rows == [["phone", 1, 1, 0, 0, 100, 0], ["credit_card", 1, 1, 0, 0, 100, 0]]
    assert by_language.rows == [["credit_card: en", 1, 1, 0, 0, 100, 0], ["phone: en", 1, 1, 0, 0, 100, 0]]
    assert by_label.rows == [["credit_card: none", 1, 1, 0, 0, 100, 0], ["phone: none", 1, 1, 0, 0, 100, 0]]
    assert by_source.rows == [["credit_card: visa", 1, 1, 0, 0, 100, 0]]
    assert by_file.rows[0][:3] == ["b.log", 3, 1]
    assert by_kind.rows[0] == ["phone", 1, 1, 1, None]


def test_tables_replace_those_of_the_same_title_in_a_report_and_new_ones_follow() -> None:
    old, new, last = (Table(title, ["", "a"], [[title, 1]]) for title in ("old", "new", "last"))
    report = Report("accuracy", [Table("old", ["", "a"], []), last])

    written = with_tables(report, [old, new])

    assert written.tables == with_tables(written, [old, new]).tables == [old, new, last]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from 10.0.0.1:80 to ::1, up", ["10.0.0.1", "::1"]),
        ("x:10.0.0.1:5001:y (10.0.0.2.example.com)", ["10.0.0.1", "10.0.0.2"]),
        ("amd64~~6.1.1.0 version 1.2.3.4 at 10:30:00", []),
    ],
)
def test_addresses_of_foreign_lines_are_found_without_our_rules(line: str, found: list[str]) -> None:
    assert [line[start:end] for start, end in sorted(addresses(line))] == found
