"""Alarms go off when accepted logs wait, or when clients are turned away, and say what to do."""

import pytest

from infra.alarms import Alarms, AlarmsArgs, Metric
from infra.durable_queue import DurableQueue, DurableQueueArgs
from tests.support.pulumi_recorder import Provision, Registered

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TOPIC = "arn:aws:sns:us-east-1:123456789012:on-call"


def watched(provision: Provision, topic_arn: str | None = None) -> Registered:
    def program() -> None:
        args = AlarmsArgs(
            queue=DurableQueue("ingest", DurableQueueArgs(consumer_timeout_seconds=150)),
            server_errors=Metric(namespace="AWS/ApiGateway", name="5xx", dimensions={"ApiId": "front-id"}),
            oldest_message_seconds=2700,
            topic_arn=topic_arn,
        )
        Alarms("logs", args)

    return provision(program)


@pytest.mark.parametrize(
    ("name", "watches"),
    [
        (
            "logs-dead-letters",
            {
                "namespace": "AWS/SQS",
                "metricName": "ApproximateNumberOfMessagesVisible",
                "dimensions": {"QueueName": "ingest-dead-letters"},
                "statistic": "Maximum",
                "threshold": 0,
            },
        ),
        (
            "logs-oldest-message",
            {
                "namespace": "AWS/SQS",
                "metricName": "ApproximateAgeOfOldestMessage",
                "dimensions": {"QueueName": "ingest"},
                "statistic": "Maximum",
                "threshold": 2700,
            },
        ),
        (
            "logs-ingest-errors",
            {
                "namespace": "AWS/ApiGateway",
                "metricName": "5xx",
                "dimensions": {"ApiId": "front-id"},
                "statistic": "Sum",
                "threshold": 0,
            },
        ),
    ],
)
def test_each_alarm_goes_off_above_the_threshold_of_its_metric(
    provision: Provision, name: str, watches: dict[str, object]
) -> None:
    alarm = watched(provision).one(ALARM, name)

    assert alarm["comparisonOperator"] == "GreaterThanThreshold"
    assert watches.items() <= alarm.inputs.items()


def test_every_alarm_tells_on_call_what_to_do(provision: Provision) -> None:
    descriptions = [alarm["alarmDescription"] for alarm in watched(provision).all(ALARM)]

    assert len(descriptions) == 3
    assert all(": " in description and description.endswith(".") for description in descriptions)


def test_silence_is_not_an_alarm(provision: Provision) -> None:
    assert {alarm["treatMissingData"] for alarm in watched(provision).all(ALARM)} == {"notBreaching"}


@pytest.mark.parametrize(("topic", "told"), [(None, []), (TOPIC, [TOPIC])])
def test_a_topic_hears_of_the_beginning_and_the_end(provision: Provision, topic: str | None, told: list[str]) -> None:
    alarms = watched(provision, topic).all(ALARM)

    assert [alarm["alarmActions"] for alarm in alarms] == [told] * 3
    assert [alarm["okActions"] for alarm in alarms] == [told] * 3
