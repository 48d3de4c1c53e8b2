"""A pipeline between other resources: settings may be their outputs, and everything of it can be named by theirs."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from infra.log_pipeline import LogPipeline, LogPipelineArgs
from infra.refusal import InvalidSettings
from infra.settings import Settings
from tests.support.pulumi_recorder import Provision, Registered, arn, queue_url

CODE = pulumi.FileArchive("package.zip")
KEY = "arn:aws:kms:us-east-1:123456789012:key/audit"
TOPIC = "arn:aws:sns:us-east-1:123456789012:on-call"


def later(value: object) -> pulumi.Output[str]:
    """Return what a program has in its hands where another resource gives the value."""
    return pulumi.Output.from_input(value).apply(lambda known: known)


def pipeline(provision: Provision, **settings: object) -> Registered:
    """Return what a pipeline registers, and as the outputs of the stack each of its own."""

    def program() -> None:
        chosen = {name: later(value[0]) if isinstance(value, list) else value for name, value in settings.items()}
        logs = LogPipeline("logs", LogPipelineArgs(settings=Settings.model_validate(chosen), code=CODE))
        for output in LogPipeline.__annotations__:
            pulumi.export(output, getattr(logs, output))

    return provision(program)


def test_a_key_of_the_same_program_encrypts_tables_queues_and_log_groups(provision: Provision) -> None:
    def program() -> None:
        key = aws.kms.Key("audit")
        LogPipeline("logs", LogPipelineArgs(settings=Settings(kms_key_arn=key.arn), code=CODE))

    registered = provision(program)

    assert registered.one("aws:dynamodb/table:Table", "logs-records")["serverSideEncryption"]["kmsKeyArn"] == KEY
    assert registered.one("aws:sqs/queue:Queue", "logs-ingest")["kmsMasterKeyId"] == KEY
    assert registered.one("aws:cloudwatch/logGroup:LogGroup", "logs-worker")["kmsKeyId"] == KEY
    assert ("kms:Decrypt", KEY) in registered.grants_of("logs-worker")


def test_alarms_notify_a_topic_of_the_same_program(provision: Provision) -> None:
    registered = pipeline(provision, alarm_topic_arn=[TOPIC])

    alarms = registered.all("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert alarms
    assert all(alarm["alarmActions"] == [TOPIC] for alarm in alarms)


def test_tokens_of_an_issuer_of_the_same_program_are_accepted(provision: Provision) -> None:
    registered = pipeline(
        provision, auth="jwt", jwt_issuer=["https://login.example.com/"], jwt_audiences=["logs, audit"]
    )

    authorizer = registered.one("aws:apigatewayv2/authorizer:Authorizer", "logs-ingress")
    assert authorizer["jwtConfiguration"] == {
        "issuer": "https://login.example.com/",
        "audiences": ["logs", "audit"],
    }


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("kms_key_arn", "alias/audit", "kmsKeyArn must look like arn:aws:kms:…:key/…, got alias/audit"),
        ("kms_key_arn", "", "kmsKeyArn must look like arn:aws:kms:…:key/…, got nothing"),
        ("alarm_topic_arn", None, "alarmTopicArn must look like arn:aws:sns:…, got nothing"),
    ],
)
def test_an_output_that_breaks_the_rule_is_refused_once_it_is_known(
    provision: Provision, setting: str, value: object, sentence: str
) -> None:
    with pytest.raises(InvalidSettings) as refused:
        pipeline(provision, **{setting: [value]})

    assert str(refused.value).startswith(f"{sentence}; run: ")


def test_a_pipeline_names_everything_that_other_resources_may_need(provision: Provision) -> None:
    outputs = pipeline(provision, auth="api-key").outputs

    url = "https://logs-ingress.execute-api.us-east-1.amazonaws.com"
    functions = ("worker", "ingest", "query", "authorizer")
    assert outputs == {
        "url": url,
        "ingest_url": f"{url}/ingest",
        "health_url": f"{url}/health",
        "domain_target": "",
        "queue_url": queue_url("logs-ingest"),
        "queue_name": "logs-ingest",
        "queue_arn": arn("sqs", "logs-ingest"),
        "dead_letter_queue_url": queue_url("logs-ingest-dead-letters"),
        "dead_letter_queue_name": "logs-ingest-dead-letters",
        "dead_letter_queue_arn": arn("sqs", "logs-ingest-dead-letters"),
        "table_name": "logs-records",
        "table_arn": arn("dynamodb", "logs-records"),
        "key_table_name": "logs-keys",
        "key_table_arn": arn("dynamodb", "logs-keys"),
        "key_usage_table_name": "logs-keys-usage",
        "key_usage_table_arn": arn("dynamodb", "logs-keys-usage"),
        "fingerprint_key_arns": [arn("kms", "logs-fingerprint-key")],
        "function_names": {name: f"logs-{name}" for name in functions},
        "function_arns": {name: arn("lambda", f"logs-{name}") for name in functions},
        "log_group_names": {name: f"logs-{name}" for name in functions},
        "role_arns": {name: arn("iam", f"logs-{name}") for name in functions},
    }


def test_another_resource_may_stand_on_the_outputs(provision: Provision) -> None:
    def program() -> None:
        logs = LogPipeline("logs", LogPipelineArgs(code=CODE))
        aws.sqs.QueuePolicy(
            "audit", queue_url=logs.queue_url, policy=pulumi.Output.json_dumps({"Resource": logs.queue_arn})
        )

    policy = provision(program).one("aws:sqs/queuePolicy:QueuePolicy", "audit")

    assert json.loads(policy["policy"]) == {"Resource": arn("sqs", "logs-ingest")}
