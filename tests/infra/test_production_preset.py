"""Pulumi.prod.yaml: refused until a topic is set, and then a stack that keeps every rule of the policy pack."""

import re

import pytest
import yaml

from infra.refusal import InvalidSettings
from pipeline_policies.pack import RULES
from tests.policy.test_rules import as_the_engine_shows, problems
from tests.support.checkout import ROOT
from tests.support.pulumi_recorder import deploy

LINES = re.findall(r"^  robust-data-processor:(\w+: .*)$", (ROOT / "Pulumi.prod.yaml").read_text(), re.MULTILINE)
PRESET: dict[str, str] = {key: value for line in LINES for key, value in yaml.safe_load(line).items()}
TOPIC = {"alarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:on-call"}


def test_every_value_is_text_as_pulumi_writes_it() -> None:
    assert len(PRESET) == len(LINES) > 10
    assert {type(value) for value in PRESET.values()} == {str}


def test_it_is_refused_until_alarms_have_a_topic() -> None:
    with pytest.raises(InvalidSettings) as refused:
        deploy(**PRESET)

    [problem] = str(refused.value).splitlines()
    assert problem.startswith("alarmTopicArn must look like arn:aws:sns:…, got not-set-yet; run: pulumi config set")


def test_with_a_topic_it_keeps_every_rule_of_the_policy_pack_and_calls_the_topic() -> None:
    stack = deploy(**PRESET | TOPIC)

    found = as_the_engine_shows(stack)
    assert [problem for rule in RULES for problem in problems(rule, found)] == []
    alarms = stack.all("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert alarms
    assert all(alarm["alarmActions"] == [TOPIC["alarmTopicArn"]] for alarm in alarms)
    assert stack.warnings == []


def test_the_page_explains_every_line() -> None:
    page = (ROOT / "docs/settings.md").read_text()

    rows = page.partition("<!-- prod -->\n")[2].partition("<!-- /prod -->")[0].splitlines()[2:]
    assert [row.split("` | ")[0].removeprefix("| `") for row in rows] == LINES
