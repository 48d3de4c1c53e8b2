"""Running the Pulumi program: what cannot work is one clear sentence, and nothing stays behind in Pulumi."""

import pulumi
import pytest

from local.cloud import Cloud
from local.failure import Failure
from local.program import check, deploy, stack_config
from local.root_key import RootKey

NOBODY = Cloud("http://127.0.0.1:1", RootKey.new())


def test_an_invalid_setting_is_reported_with_its_rule() -> None:
    with pytest.raises(Failure, match="workerBatchSize must be between 1 and 10, got 11"):
        deploy(NOBODY, config={"workerBatchSize": "11"})


def test_all_broken_rules_are_reported_with_one_command_that_fixes_them() -> None:
    broken = {"workerBatchSize": "11", "workerBatchSise": "4", "processingSecondsPerChar": "0"}

    with pytest.raises(Failure) as refused:
        check(broken)

    *_, fix = str(refused.value).splitlines()
    assert fix == "run: make dev ARGS='--config processingSecondsPerChar=0 --config workerBatchSize=10'"


def test_a_valid_configuration_passes_the_check_and_creates_nothing() -> None:
    check({"workerBatchSize": "5"})


def test_a_setting_that_does_not_exist_is_reported() -> None:
    with pytest.raises(Failure, match=r"workerBatchSise is not a setting, did you mean workerBatchSize\?"):
        deploy(NOBODY, config={"workerBatchSise": "5"})


def test_an_api_that_does_not_answer_is_reported_with_the_first_resource_that_needed_it() -> None:
    with pytest.raises(Failure, match=r"aws:\S+ \S+ cannot be created: Could not connect"):
        deploy(NOBODY)


def test_a_deployment_leaves_no_configuration_behind() -> None:
    before = pulumi.Config("robust-data-processor").get("chaos")

    with pytest.raises(Failure):
        deploy(NOBODY, config={"workerBatchSize": "11"})

    assert pulumi.Config("robust-data-processor").get("chaos") == before is None


def test_given_settings_override_those_of_the_stack_and_belong_to_the_project() -> None:
    config = stack_config("robust-data-processor", {"chaos": "false", "aws:region": "eu-west-1"})

    assert config["robust-data-processor:chaos"] == "false"
    assert config["aws:region"] == "eu-west-1"
    assert config["robust-data-processor:packageFor"] == "host"
    assert config["robust-data-processor:deletionProtection"] == "false", "as the engine spells it"
