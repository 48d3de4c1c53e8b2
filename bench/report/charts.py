"""Charts: horizontal bars as SVG, ours first and in its own colour, legible at 360 px, light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.accuracy.redactors import FLOOR
from bench.report.report import Cell, shown
from docs.images.svg import document, rect, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.report.report import Report

BARS_FROM, LONGEST_BAR, ROW = 168, 136, 20


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars of one table: a bar for each row of a column, or for each of some columns of one row.

    Attributes:
        title: what the bars show, with the unit.
        columns: one column: a bar for each row. Several: a bar for each column of `row`.
        row: the first cell of the row to show.
        without: the name of a bar to leave out.
    """

    title: str
    columns: Sequence[str]
    row: str = ""
    without: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of a report's first table."""

    title: str
    panels: Sequence[Panel]

    def svg(self, report: Report) -> str:
        """Return the chart as SVG."""
        y, lines = 24, [text(self.title, "title", x=8, y=24)]
        for panel in self.panels:
            y += 28
            lines.append(text(panel.title, "strong", x=8, y=y))
            y += 8
            bars = list(_bars(report, panel))
            longest = max(value for _, value in bars if isinstance(value, int | float))
            for name, value in bars:
                lines += _bar(name, value, y=y, longest=longest)
                y += ROW
        return document(self.title, lines, height=y + 12)


def _bars(report: Report, panel: Panel) -> Iterable[tuple[str, Cell]]:
    table = report.tables[0]
    index = table.columns.index
    if panel.row:
        [row] = [row for row in table.rows if row[0] == panel.row]
        bars = [(column, row[index(column)]) for column in panel.columns]
    else:
        bars = [(str(row[0]), row[index(panel.columns[0])]) for row in table.rows]
    measured = [bar for bar in bars if bar[1] not in {None, "not installed"} and bar[0] != panel.without]
    return sorted(measured, key=lambda bar: not bar[0].startswith("ours"))


def _bar(name: str, value: Cell, *, y: int, longest: float) -> list[str]:
    width = max(1.0, LONGEST_BAR * value / longest) if isinstance(value, int | float) else 0
    kind = "ours" if name.startswith("ours") else "other"
    return [
        text(name, "right", x=BARS_FROM - 6, y=y + 14),
        rect(kind, x=BARS_FROM, y=y + 3, width=width, height=ROW - 6),
        text(shown(value).partition(":")[0], x=BARS_FROM + width + 5, y=y + 14),
    ]


_COST_BARS = [f"{name}, batch of {size}" for name in ("ours", "sequential") for size in (10, 1)]
_WORKER_BARS = ["ours", "sequential", "longest log alone"]
CHARTS = {
    "cold": Chart("Cold start", [Panel("ms of CPU until the first 202, less is better", ["CPU until first 202"])]),
    "ingest": Chart(
        "One warm request to POST /ingest",
        [
            Panel("µs without the send, less is better", ["without send"]),
            Panel("µs with botocore, up to the socket", ["HTTP stubbed"]),
        ],
    ),
    "redact": Chart(
        "Speed of redaction",
        [
            Panel("MB/s on mixed logs, more is better", ["mixed"], without=FLOOR),
            Panel("MB/s where every line holds personal data", ["dense"], without=FLOOR),
        ],
    ),
    "accuracy": Chart(
        "Accuracy of redaction",
        [Panel("F1 on phone numbers, 1 is best", ["phone F1"]), Panel("F1 on e-mail addresses", ["email F1"])],
    ),
    "worker": Chart(
        "Seconds per batch, less is better",
        [
            Panel("10 logs of 1 to 3 s each", _WORKER_BARS, row="10"),
            Panel("100 logs of 1 to 3 s each", _WORKER_BARS, row="100"),
        ],
    ),
    "cost": Chart(
        "Dollars per million logs, less is better",
        [
            Panel("logs of 1,000 characters", _COST_BARS, row="1,000"),
            Panel("logs of 2,800 characters", _COST_BARS, row="2,800"),
        ],
    ),
}
