"""The examples for programs that use the pipeline name what there is, and make a pipeline."""

import json
import re
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pydantic.alias_generators import to_camel

from infra import log_pipeline
from package.generate import SCHEMA
from package.provider import version
from tests.support import plugin
from tests.support.checkout import ROOT
from tests.support.pulumi_recorder import Provision

README, PAGE = ROOT / "README.md", ROOT / "docs" / "package.md"
LOG_PIPELINE = json.loads(SCHEMA.read_text())["resources"][plugin.TYPE]


def example(language: str, page: Path = PAGE, containing: str = "") -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL)
    [block] = [block for block in blocks if containing in block]
    return str(block)


# How each language writes the inputs, and one output.
INPUTS_AND_OUTPUTS = {
    "python": (r"(\w+)=", r"logs\.(\w+)\)"),
    "typescript": (r"(\w+): ", r"= logs\.(\w+);"),
    "go": (r"(\w+): ", r"logs\.(\w+)\)"),
}


@pytest.mark.parametrize("language", INPUTS_AND_OUTPUTS)
def test_an_example_names_inputs_and_outputs_that_there_are(language: str) -> None:
    source = example(language, containing="robust")
    arguments = source.partition("LogPipeline(")[2]
    inputs, outputs = (re.findall(pattern, arguments) for pattern in INPUTS_AND_OUTPUTS[language])

    assert {spelled(name) for name in inputs} == {"auth", "processingSecondsPerChar", "alarmTopicArn"}
    assert {spelled(name) for name in inputs} <= LOG_PIPELINE["inputProperties"].keys()
    assert {spelled(name) for name in outputs} == {"ingestUrl"}


def spelled(name: str) -> str:
    """Return a name as the schema spells it."""
    return to_camel(name) if "_" in name else name[:1].lower() + name[1:]


def test_the_yaml_example_makes_a_pipeline() -> None:
    program = yaml.safe_load(example("yaml"))
    logs = program["resources"]["logs"]
    settings: dict[str, Any] = {name: value for name, value in logs["properties"].items() if name != "alarmTopicArn"}

    with plugin.running() as package:
        registered, state = package.pipeline(**settings, outputs={"alarmTopicArn": "arn:aws:sns:eu-west-1:1:on-call"})

    assert logs["type"].replace(":", ":index:") == plugin.TYPE
    assert program["outputs"]["ingestUrl"] == "${logs.ingestUrl}"
    assert state["ingestUrl"].endswith("/ingest")
    assert registered.one("aws:lambda/function:Function", "logs-authorizer")


@pytest.mark.parametrize("page", ["package.md", "settings.md"])
def test_the_pages_name_the_settings_that_take_outputs(page: str) -> None:
    sentence = re.search(r"(`kmsKeyArn`.*?) (?:take|to) outputs", (ROOT / "docs" / page).read_text())
    taking = {name for name, described in LOG_PIPELINE["inputProperties"].items() if not described.get("plain")}

    assert sentence is not None
    assert set(re.findall(r"`(\w+)`", sentence[1])) == taking - {"code"}


def test_the_page_adds_the_version_that_there_is() -> None:
    assert set(re.findall(r"@v([\d.]+\d)", PAGE.read_text())) == {version()}


@pytest.mark.parametrize("page", [README, PAGE], ids=["README", "package"])
def test_the_python_example_makes_a_pipeline(page: Path, provision: Provision, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_pipeline, "built_code", lambda _settings: pulumi.FileArchive("package.zip"))
    source = example("python", page, containing="infra.log_pipeline")

    registered = provision(lambda: exec(source, {}))

    assert registered.one("aws:sqs/queue:Queue", "logs-ingest")
