"""Every benchmark runs, and the document is what its results say; no test here depends on a time."""

import importlib
import importlib.util
import json

import pytest
from rich.console import Console

from bench.__main__ import MEASUREMENTS
from bench.report.document import markdown
from bench.report.report import Report, print_report
from tests.support.checkout import ROOT

RESULTS = ROOT / "docs" / "benchmarks" / "results.json"
REQUIREMENTS = ("flask", "apig_wsgi", "fastapi", "mangum", "presidio_analyzer", "scrubadub", "commonregex")

needs_bench_requirements = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in REQUIREMENTS),
    reason="requirements-bench.txt is not installed; run: make bench",
)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", MEASUREMENTS)
def test_a_benchmark_runs_and_its_report_survives_json(name: str) -> None:
    report = importlib.import_module(MEASUREMENTS[name]).measure(quick=True)

    assert Report.from_json(json.loads(json.dumps(report.as_json()))) == report
    assert all(len(row) == len(table.columns) for table in report.tables for row in table.rows)
    print_report(report, Console(width=200))


@needs_bench_requirements
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["ingest", "accuracy"])
def test_every_alternative_is_measured_where_it_is_installed(name: str) -> None:
    report = importlib.import_module(MEASUREMENTS[name]).measure(quick=True)

    assert "not installed" not in [cell for row in report.tables[0].rows for cell in row]


def test_the_document_says_what_the_committed_results_say() -> None:
    results = json.loads(RESULTS.read_text())

    assert (ROOT / "docs" / "benchmarks.md").read_text() == markdown(results)
    assert not results["quick"]
