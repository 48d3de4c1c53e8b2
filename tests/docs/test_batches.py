"""What a shipper's example sends at once is no more than a stack accepts: a batch that is refused may be lost."""

import re

import pytest
import yaml

from infra.capacity import Capacity
from infra.settings import Settings
from tests.support.checkout import ROOT

SHIPPERS = ROOT / "docs/shippers"
SYSLOG_NG = (SHIPPERS / "syslog-ng.conf").read_text()
COLLECTOR = yaml.safe_load((SHIPPERS / "otel-collector.yaml").read_text())["exporters"]["otlp_http"]


def syslog_ng_bytes(option: str) -> int:
    [found] = re.findall(rf"^\s*{option}\((\d+)\)", SYSLOG_NG, re.MULTILINE)
    return int(found)


MOST_BYTES = {
    # A batch ends with the message that reaches its size.
    "syslog-ng": syslog_ng_bytes("batch-bytes") + syslog_ng_bytes("log-msg-size"),
    "otel-collector": COLLECTOR["sending_queue"]["batch"]["max_size"],
}


def settings_of(stack: str) -> Settings:
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    own = {key.partition(":")[2]: value for key, value in config.items() if key.startswith("robust-data-processor:")}
    return Settings.model_validate(own, by_name=False)


@pytest.mark.parametrize("shipper", MOST_BYTES)
@pytest.mark.parametrize("stack", ["dev", "local"])
def test_the_largest_batch_is_within_the_work_that_a_small_stack_accepts_in_one_request(
    stack: str, shipper: str
) -> None:
    settings = settings_of(stack)
    most_chars = Capacity.of(settings).max_processing_seconds_per_request() / settings.processing_seconds_per_char

    assert MOST_BYTES[shipper] <= most_chars


def test_the_collector_never_gives_up_what_it_has_taken() -> None:
    queue = COLLECTOR["sending_queue"]

    assert COLLECTOR["retry_on_failure"]["max_elapsed_time"] == 0
    assert (queue["storage"], queue["block_on_overflow"]) == ("file_storage", True)
    assert (queue["sizer"], COLLECTOR["compression"], COLLECTOR["encoding"]) == ("bytes", "gzip", "proto")


def test_the_workflow_builds_the_collector_of_one_version_and_requires_every_client() -> None:
    builder = (SHIPPERS / "otel-collector-builder.yaml").read_text()
    workflow = (ROOT / ".github/workflows/pipeline.yml").read_text()
    [command] = re.findall(r"go run \S+ --config \S+", builder)

    assert command in workflow
    assert "REAL_CLIENTS: required" in workflow
    # The contributed modules have patch versions of their own.
    assert {found.rpartition(".")[0] for found in re.findall(r"\bv([\d.]+)", builder)} == {"0.165"}
