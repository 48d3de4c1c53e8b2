"""Every benchmark runs, and the page and charts match the committed results; no test here depends on a time."""

import importlib
import importlib.util
import json

import pytest
from rich.console import Console

from bench.measurements import MEASUREMENTS
from bench.report.charts import CHARTS
from bench.report.document import markdown
from bench.report.report import Claim, Report, print_report
from tests.support.checkout import ROOT

RESULTS = json.loads((ROOT / "docs" / "benchmarks" / "results.json").read_text())
REPORTS = {written["name"]: Report.from_json(written) for written in RESULTS["reports"]}
REQUIREMENTS = ("flask", "apig_wsgi", "fastapi", "mangum", "presidio_analyzer", "scrubadub", "commonregex")

needs_bench_requirements = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in REQUIREMENTS),
    reason="requirements-bench.txt is not installed; run: make bench",
)


# Ten seconds each, and more.
SLOW = {"cold", "doors", "redact"}


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in MEASUREMENTS]
)
def test_a_benchmark_runs_and_its_report_survives_json(name: str) -> None:
    report = importlib.import_module(MEASUREMENTS[name]).measure(quick=True)

    assert Report.from_json(json.loads(json.dumps(report.as_json()))) == report
    assert all(len(row) == len(table.columns) for table in report.tables for row in table.rows)
    print_report(report, Console(width=200))


@needs_bench_requirements
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["ingest", "accuracy"])
def test_every_installed_alternative_is_measured(name: str) -> None:
    report = importlib.import_module(MEASUREMENTS[name]).measure(quick=True)

    assert "not installed" not in [cell for row in report.tables[0].rows for cell in row]


def test_the_page_matches_the_committed_results() -> None:
    assert (ROOT / "docs" / "benchmarks.md").read_text() == markdown(RESULTS)
    assert not RESULTS["quick"]


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_matches_the_committed_results(name: str) -> None:
    assert CHARTS[name].svg(REPORTS[name]) == (ROOT / "docs" / "benchmarks" / f"{name}.svg").read_text()


def test_a_quick_run_judges_no_claim() -> None:
    report = Report("cold", [], [Claim("ours is fast", "≤ 1", "2", met=False)])
    console = Console(record=True, width=100)

    print_report(report, console, quick=True)

    assert console.export_text() == ""
    assert "ours is fast" not in markdown({**RESULTS, "quick": True, "reports": [report.as_json()]})
