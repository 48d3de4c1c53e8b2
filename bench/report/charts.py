"""Plots: one picture per report, drawn from its tables alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter

from bench.report.report import Report, Table, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

mpl.use("svg")
mpl.rcParams |= {
    "svg.hashsalt": "benchmarks",  # the same data gives the same bytes
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.use": True,
}
_COLOURS = ("#1f4e79", "#c5652b", "#7a9a3a", "#8e6bb0")


def draw(report: Report, file: Path) -> None:
    """Draw the picture of a report; nothing where there is none to draw."""
    if report.name not in _DRAWERS:
        return
    figure, axes = plt.subplots(figsize=(8, 4.2))
    _DRAWERS[report.name](report, axes)
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)


def _cold(report: Report, axes: Axes) -> None:
    table = report.tables[0]
    _bars(axes, table, columns=["CPU until ready"], unit="ms of CPU over an empty interpreter")


def _ingest(report: Report, axes: Axes) -> None:
    _bars(axes, report.tables[0], columns=["without send", "HTTP stubbed"], unit="µs of CPU per request")


def _redact(report: Report, axes: Axes) -> None:
    _bars(axes, report.tables[0], columns=["mixed", "dense"], unit="MB/s, logarithmic")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _accuracy(report: Report, axes: Axes) -> None:
    _bars(axes, report.tables[0], columns=["phone F1", "email F1"], unit="F1; 1 is best")
    axes.set_xlim(0, 1.12)


def _worker(report: Report, axes: Axes) -> None:
    table = report.tables[0]
    columns = ["longest log alone", "ours", "one after another"]
    _lines(axes, table, columns=columns, below="longest log alone")
    axes.set_xscale("log")
    axes.set_xticks([1, 10, 100], ["1", "10", "100"])
    axes.set_ylabel("seconds per batch, logarithmic")
    axes.set_xlabel("logs in the batch")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _cost(report: Report, axes: Axes) -> None:
    table = report.tables[0]
    lengths = Table(table.title, table.columns, [row for row in table.rows if str(row[0]).replace(",", "").isdigit()])
    columns = ["one after another, batch of 10", "ours, batch of 1", "ours, batch of 5", "ours, batch of 10"]
    _lines(axes, lengths, columns=columns, below=columns[0])
    axes.set_ylabel("$ per million logs")
    axes.set_xlabel("characters of a log; where a line ends early, Lambda's time does not suffice")


_DRAWERS: dict[str, Callable[[Report, Axes], None]] = {
    "cold": _cold,
    "ingest": _ingest,
    "redact": _redact,
    "accuracy": _accuracy,
    "worker": _worker,
    "cost": _cost,
}


def _bars(axes: Axes, table: Table, *, columns: Sequence[str], unit: str) -> None:
    rows = [row for row in table.rows if not isinstance(row[table.columns.index(columns[0])], str)]
    height = 0.8 / len(columns)
    for number, column in enumerate(columns):
        values = [row[table.columns.index(column)] for row in rows]
        places = [place + (number - (len(columns) - 1) / 2) * height for place in range(len(rows))]
        widths = [value if isinstance(value, int | float) else 0 for value in values]
        bars = axes.barh(places, widths, height=height * 0.92, label=column, color=_COLOURS[number])
        axes.bar_label(bars, [f" {shown(value)}" if value is not None else "" for value in values], fontsize=8)
    axes.set_yticks(range(len(rows)), [str(row[0]) for row in rows])
    axes.invert_yaxis()
    axes.set_xlabel(unit)
    axes.margins(x=0.12)
    if len(columns) > 1:
        axes.legend(frameon=False, loc="best")


def _lines(axes: Axes, table: Table, *, columns: Sequence[str], below: str) -> None:
    """Draw a line per column, the one that others may cover broad and pale."""
    places = [float(str(row[0]).replace(",", "")) for row in table.rows]
    for number, column in enumerate(columns):
        values = [row[table.columns.index(column)] for row in table.rows]
        heights = [value if isinstance(value, int | float) else float("nan") for value in values]
        look = {"linewidth": 7, "alpha": 0.3} if column == below else {"marker": "o"}
        axes.plot(places, heights, label=column, color=_COLOURS[number], **look)
    axes.set_xticks(places, [str(row[0]) for row in table.rows])
    axes.legend(frameon=False)
