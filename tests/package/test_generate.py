"""What `make package` writes is up to date: an input for each setting, as the setting is described."""

import json

from pydantic.alias_generators import to_camel

from infra import log_pipeline
from infra.settings import Settings
from package.generate import COMPONENT, SCHEMA, component, schema
from tests.support import plugin

LOG_PIPELINE = json.loads(SCHEMA.read_text())["resources"][plugin.TYPE]


def test_component_and_schema_are_those_that_make_package_writes() -> None:
    assert component() == COMPONENT.read_text(), "run: make package"
    assert schema() == SCHEMA.read_text(), "run: make package"


def test_every_setting_is_an_input_with_its_description_and_none_is_required() -> None:
    inputs = LOG_PIPELINE["inputProperties"]

    assert inputs.keys() == {"code", *map(to_camel, Settings.model_fields)}
    assert LOG_PIPELINE["requiredInputs"] == []
    for name, field in Settings.model_fields.items():
        assert inputs[to_camel(name)]["description"].startswith(" ".join((field.description or "").split()))


def test_inputs_have_the_types_of_their_settings() -> None:
    types = {name: described.get("type") for name, described in LOG_PIPELINE["inputProperties"].items()}

    assert types["workerTimeoutSeconds"] == "integer"
    assert types["processingSecondsPerChar"] == "number"
    assert types["deletionProtection"] == "boolean"
    assert types["auth"] == types["kmsKeyArn"] == types["redact"] == "string"


def test_every_output_of_the_pipeline_is_one_of_the_package() -> None:
    outputs = log_pipeline.LogPipeline.__annotations__

    assert LOG_PIPELINE["properties"].keys() == {to_camel(name) for name in outputs}
    assert all(described["description"] for described in LOG_PIPELINE["properties"].values())
