"""The Pulumi package, asked as Pulumi asks it: over gRPC, in a process of its own."""

import json

import grpc
import pytest
from pulumi.runtime.proto import errors_pb2, status_pb2

from package.generate import SCHEMA
from tests.support import plugin
from tests.support.plugin import UNKNOWN, Plugin
from tests.support.pulumi_recorder import arn, queue_url

TOPIC = "arn:aws:sns:us-east-1:123456789012:on-call"
ALARM, FUNCTION = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:lambda/function:Function"


def problems(refused: pytest.ExceptionInfo[grpc.RpcError]) -> dict[str, str]:
    """Return what the engine shows for each property."""
    [(_, serialized)] = [item for item in refused.value.trailing_metadata() if item[0] == "grpc-status-details-bin"]
    [detail] = status_pb2.Status.FromString(serialized).details
    errors = errors_pb2.InputPropertiesError()
    detail.Unpack(errors)
    return {error.property_path: error.reason for error in errors.errors}


def test_the_plugin_tells_the_schema_that_is_in_the_repository(package: Plugin) -> None:
    assert package.schema() == json.loads(SCHEMA.read_text()), "run: make package"


def test_without_any_setting_there_is_a_whole_pipeline(package: Plugin) -> None:
    registered, _ = package.pipeline()

    assert {function.name for function in registered.all(FUNCTION)} == {"logs-worker", "logs-ingest"}
    assert registered.one("aws:sqs/queue:Queue", "logs-ingest")["visibilityTimeoutSeconds"] == 900
    [pipeline] = registered.all(plugin.TYPE)
    assert registered.one("robust-data-processor:infra:DurableQueue", "logs-ingest").parent == pipeline.urn


def test_every_output_of_the_schema_has_a_value(package: Plugin) -> None:
    _, state = package.pipeline(auth="api-key")

    assert set(state) == set(package.schema()["resources"][plugin.TYPE]["properties"])
    assert state["queueUrl"] == queue_url("logs-ingest")
    assert state["functionArns"]["authorizer"] == arn("lambda", "logs-authorizer")
    assert state["fingerprintKeyArns"] == [arn("kms", "logs-fingerprint-key")]


def test_settings_of_every_kind_reach_the_resources(package: Plugin) -> None:
    registered, _ = package.pipeline(
        workerTimeoutSeconds=60, processingSecondsPerChar=0.002, deletionProtection=False, redact="email"
    )

    assert registered.one(FUNCTION, "logs-worker")["timeout"] == 60
    environment = registered.environment_of("logs-worker")
    assert (environment["PROCESSING_SECONDS_PER_CHAR"], environment["REDACT"]) == ("0.002", "email")
    assert not any(resource.protect for resource in registered.resources)


@pytest.mark.parametrize(("preview", "sent", "received"), [(False, TOPIC, TOPIC), (True, UNKNOWN, None)])
def test_a_setting_may_be_the_output_of_another_resource(
    package: Plugin, sent: str, received: str | None, *, preview: bool
) -> None:
    registered, _ = package.pipeline(preview=preview, outputs={"alarmTopicArn": sent})

    alarms = registered.all(ALARM)
    assert alarms
    assert all(alarm["alarmActions"] == [received] for alarm in alarms)


def test_what_cannot_work_is_refused_with_the_names_that_the_program_uses_and_no_trace(package: Plugin) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        package.pipeline(workerTimeoutSeconds=9999, auth="basic")

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert problems(refused) == {
        "workerTimeoutSeconds": "must be between 1 and 900, got 9999; a value that works: 150",
        "auth": "must be one of none, api-key, jwt, got basic; a value that works: none",
    }


def test_two_pipelines_of_one_program_have_nothing_in_common(package: Plugin) -> None:
    audit, access = ({each.urn for each in package.pipeline(name)[0].resources} for name in ("audit", "access"))

    assert len(audit) == len(access)
    assert audit & access == set()


def test_a_stack_that_was_made_without_the_package_keeps_its_resources(package: Plugin) -> None:
    [pipeline] = package.pipeline()[0].all(plugin.TYPE)

    assert pipeline.aliases == {"robust-data-processor:infra:LogPipeline"}


@pytest.mark.parametrize(("auth", "warnings"), [("none", 1), ("api-key", 0)])
def test_a_pipeline_that_is_open_to_everybody_is_warned_of(package: Plugin, auth: str, warnings: int) -> None:
    registered, _ = package.pipeline(auth=auth)

    assert len([text for text in registered.warnings if "may post as any tenant; set auth to" in text]) == warnings
