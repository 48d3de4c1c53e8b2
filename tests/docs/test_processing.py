"""The examples on the page about processing work as they are printed there."""

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handlers.processing.log import Log
from handlers.processing.processor import ProcessorWork
from handlers.processing.simulation import Processing
from infra.package.build import Target, build
from infra.package.processor import Processor
from tests.support.checkout import ROOT

PAGE = (ROOT / "docs" / "processing.md").read_text()
EXAMPLES: dict[str, str] = dict(re.findall(r"<!-- example: (\w+)\.py -->\n```python\n(.*?)```", PAGE, re.DOTALL))


def process(example: str) -> Callable[[Log], object]:
    names: dict[str, Any] = {}
    exec(compile(EXAMPLES[example], f"{example}.py", "exec"), names)
    return names["process"]


def stored(example: str, text: str, *, log_id: str = "1", **fields: Any) -> list[dict[str, Any]]:
    """Return what the worker would store of a log."""
    work = ProcessorWork(Processing(seconds_per_char=0, kinds=("email", "phone")), process(example))
    question = {"tenant_id": "acme", "log_id": log_id, "source": "json_upload", "received_at": "", "timestamp": None}
    return work.answer(question | {"text": text, "fields": fields or None})["logs"]


def test_both_examples_are_found() -> None:
    assert EXAMPLES.keys() == {"parse", "sample"}


@pytest.mark.parametrize("example", ["parse", "sample"])
def test_an_example_can_be_deployed(example: str, tmp_path: Path) -> None:
    (tmp_path / f"{example}.py").write_text(EXAMPLES[example])

    package = build(Target.host(), processor=Processor(name=f"{example}:process", folder=tmp_path))

    with zipfile.ZipFile(package) as archive:
        assert archive.read(f"{example}.py").decode() == EXAMPLES[example]


def test_the_first_function_of_the_page_passes_its_own_test(tmp_path: Path) -> None:
    first, test = (re.findall(r"^```python\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)[n] for n in (0, 1))
    (tmp_path / "shop_logs.py").write_text(first)
    (tmp_path / "test_shop_logs.py").write_text(test)
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    finished = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert finished.returncode == 0, finished.stdout


def test_a_json_body_becomes_text_severity_and_attributes() -> None:
    [log] = stored("parse", '{"level": "Warn", "message": "slow", "ms": 812, "user": {"mail": "bob@example.com"}}')

    assert log["text"] == "slow"
    assert log["attributes"] == {
        "severity": {"number": 13, "text": "Warn"},
        "attributes": {"ms": 812, "user": {"mail": "[REDACTED]"}},
    }


def test_a_json_body_from_which_a_number_was_redacted_is_parsed_too() -> None:
    [log] = stored("parse", '{"message": "called", "phone": 4155552671, "at": [1, 2]}')

    assert (log["text"], log["attributes"]) == (
        "called",
        {"attributes": {"phone": "[REDACTED]", "at": [1, 2]}},
    )


@pytest.mark.parametrize("text", ["plain", "[1]", "{", '"text"', "[" * 100_000, '{"level": 7, "message": null}', "{}"])
def test_any_other_body_is_stored_too(text: str) -> None:
    assert len(stored("parse", text)) == 1


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ('10.0.0.7 "GET /healthz HTTP/1.1" 200', False),
        ("HEAD /ready", False),
        ("GET /health-insurance", True),
        ("GET /orders", True),
        ("INFO ready", True),
    ],
)
def test_health_checks_are_dropped(text: str, *, stays: bool) -> None:
    assert bool(stored("sample", text)) is stays


def test_about_a_tenth_of_debug_logs_stays_and_always_the_same() -> None:
    def kept() -> list[int]:
        return [number for number in range(1000) if stored("sample", "DEBUG cache miss", log_id=f"log-{number}")]

    assert 70 <= len(kept()) <= 130
    assert kept() == kept()


def test_the_severity_decides_what_is_a_debug_log() -> None:
    for number, text, share in ((5, "cache miss", (1, 40)), (13, "DEBUG=1 is set in production", (100, 100))):
        kept = [n for n in range(100) if stored("sample", text, log_id=f"log-{n}", severity={"number": number})]
        assert share[0] <= len(kept) <= share[1]
