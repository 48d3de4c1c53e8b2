"""The configuration files for shippers are those that docs/sending.md names, and fit the doors that they send to."""

import re

import pytest
import yaml

from handlers.web.doors import MODULES
from handlers.web.submission import MAX_LOGS
from tests.support.checkout import ROOT

SHIPPERS = ROOT / "docs" / "shippers"
PAGE = (ROOT / "docs" / "sending.md").read_text()
MAX_BYTES = 4_500_000  # what arrives as base64 within the 6 MB of a Lambda event
DOORS = {
    "fluent-bit.yaml": "/services/collector/event",
    "fluentd.conf": "/ingest",
    "vector.yaml": "/ingest",
    "alloy.alloy": "/loki/api/v1/push",
    "docker-compose.yaml": "/services/collector/event/1.0",
}
OF_THE_SHIPPER = {"fluent-bit.yaml", "docker-compose.yaml"}  # it knows the path of Splunk's HEC by itself


def text(name: str) -> str:
    return (SHIPPERS / name).read_text()


def number(name: str, pattern: str) -> int:
    [found] = re.findall(pattern, text(name))
    return int(found)


def test_the_page_names_every_file_for_shippers_and_no_other() -> None:
    named = set(re.findall(r"\]\(shippers/([\w.-]+)\)", PAGE))

    assert named - {"node"} == {path.name for path in SHIPPERS.iterdir() if path.is_file()}


@pytest.mark.parametrize(("name", "door"), DOORS.items())
def test_a_file_sends_to_the_door_that_the_page_names_with_an_api_key(name: str, door: str) -> None:
    [row] = [line for line in PAGE.splitlines() if f"(shippers/{name})" in line]

    assert door in MODULES
    assert f"to `{door}` " in row
    assert name in OF_THE_SHIPPER or door in text(name)
    assert "API_KEY" in text(name)


@pytest.mark.parametrize("name", [name for name in DOORS if name.endswith("yaml")])
def test_a_file_in_yaml_can_be_read(name: str) -> None:
    assert isinstance(yaml.safe_load(text(name)), dict)


def test_no_file_lets_more_into_a_request_than_ingest_takes() -> None:
    assert number("fluentd.conf", r"chunk_limit_records (\d+)") <= MAX_LOGS
    assert number("fluentd.conf", r"chunk_limit_size (\d+)m") * 1_048_576 <= MAX_BYTES
    assert number("vector.yaml", r"max_events: (\d+)") <= MAX_LOGS
    assert number("vector.yaml", r"max_bytes: (\d+)") <= MAX_BYTES
    # Alloy counts the bytes of the lines; those of six and fewer are rare enough.
    assert number("alloy.alloy", r'batch_size = "(\d+)KiB"') * 1024 / 7 <= MAX_LOGS
    # Fluent Bit pauses when a read has brought it above this, so a chunk holds up to that and one more read.
    assert 2 * number("fluent-bit.yaml", r"rate_gate.max_records: (\d+)") <= MAX_LOGS
