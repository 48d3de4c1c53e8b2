"""The example for syslog-ng keeps every batch that is not accepted, so no batch may be more than a stack accepts."""

import re

import pytest
import yaml

from infra.capacity import Capacity
from infra.settings import Settings
from tests.support.checkout import ROOT

EXAMPLE = (ROOT / "docs" / "shippers" / "syslog-ng.conf").read_text()


def most_bytes(option: str) -> int:
    [found] = re.findall(rf"^\s*{option}\((\d+)\)", EXAMPLE, re.MULTILINE)
    return int(found)


def settings_of(stack: str) -> Settings:
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    own = {key.partition(":")[2]: value for key, value in config.items() if key.startswith("robust-data-processor:")}
    return Settings.model_validate(own, by_name=False)


@pytest.mark.parametrize("stack", ["dev", "local"])
def test_the_largest_batch_is_within_the_work_that_a_small_stack_accepts_in_one_request(stack: str) -> None:
    settings = settings_of(stack)
    most_chars = Capacity.of(settings).max_processing_seconds_per_request() / settings.processing_seconds_per_char

    # A batch ends with the message that reaches its size.
    assert most_bytes("batch-bytes") + most_bytes("log-msg-size") <= most_chars
