"""Alarms go off when logs fail or wait, or when clients are turned away, and say what to do."""

import json
import re

import pytest

from handlers.logs.outcome import Event
from tests.support.pulumi_recorder import AUTHENTICATIONS, Registered, Resource, deploy, deployed

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
TOPIC = "arn:aws:sns:us-east-1:123456789012:on-call"
FUNCTIONS = {
    "none": {"ingest", "worker"},
    "jwt": {"ingest", "worker", "query"},
    "api-key": {"ingest", "worker", "query", "authorizer"},
}


def alarm(name: str, registered: Registered | None = None) -> Resource:
    return (registered or deployed("none")).one(ALARM, f"logs-{name}")


@pytest.mark.parametrize("auth", AUTHENTICATIONS)
def test_there_are_exactly_these_alarms(auth: str) -> None:
    of_functions = {f"{function}-function-{kind}" for function in FUNCTIONS[auth] for kind in ("errors", "throttles")}

    names = {each.name.removeprefix("logs-") for each in deployed(auth).all(ALARM)}
    of_keys = {"keys-expire"} if auth == "api-key" else set()
    assert names == {"dead-letters", "oldest-message", "backlog", "outage", "ingest-errors"} | of_functions | of_keys


@pytest.mark.parametrize(
    ("name", "watches"),
    [
        (
            "dead-letters",
            {
                "namespace": "RobustDataProcessor/logs-worker",
                "metricName": "FailedLogs",
                "statistic": "Sum",
                "threshold": 0,
            },
        ),
        (
            "oldest-message",
            {
                "namespace": "AWS/SQS",
                "metricName": "ApproximateAgeOfOldestMessage",
                "dimensions": {"QueueName": "logs-ingest"},
                "statistic": "Maximum",
                "threshold": 600,
            },
        ),
        (
            "backlog",
            {
                "namespace": "AWS/SQS",
                "metricName": "ApproximateNumberOfMessagesVisible",
                "dimensions": {"QueueName": "logs-ingest"},
                "statistic": "Maximum",
                "threshold": 216_000,
            },
        ),
        (
            "worker-function-errors",
            {
                "namespace": "AWS/Lambda",
                "metricName": "Errors",
                "dimensions": {"FunctionName": "logs-worker"},
                "evaluationPeriods": 3,
                "datapointsToAlarm": 2,
            },
        ),
        (
            "outage",
            {
                "namespace": "RobustDataProcessor/logs-worker",
                "metricName": "PostponedLogs",
                "threshold": 0,
                "period": 300,
                "evaluationPeriods": 3,
                "datapointsToAlarm": 3,
            },
        ),
        ("ingest-function-throttles", {"metricName": "Throttles", "dimensions": {"FunctionName": "logs-ingest"}}),
    ],
)
def test_each_alarm_goes_off_above_the_threshold_of_its_metric(name: str, watches: dict[str, object]) -> None:
    found = alarm(name)

    assert found["comparisonOperator"] == "GreaterThanThreshold"
    assert watches.items() <= found.inputs.items()


def test_the_authorizer_has_alarms_of_its_own() -> None:
    assert alarm("authorizer-function-errors", deployed("api-key"))["dimensions"] == {"FunctionName": "logs-authorizer"}


def test_a_key_in_use_that_expires_soon_has_an_alarm_on_the_authorizer_s_event() -> None:
    found = alarm("keys-expire", deployed("api-key"))

    assert (found["namespace"], found["metricName"]) == ("RobustDataProcessor/logs-authorizer", "Logs")
    assert found["dimensions"] == {"event": "key_expires_soon", "code": "key_expires_soon"}


def test_postponed_logs_are_counted_by_the_worker_s_event() -> None:
    [pattern] = [each["pattern"] for each in deployed("none").all(FILTER) if each.name == "logs-postponed"]

    assert pattern == f'{{ $.logger = "rdp" && ($.message = "{Event.POSTPONED}") }}'


@pytest.mark.parametrize(
    ("ingress", "namespace", "errors", "requests"),
    [("http-api", "AWS/ApiGateway", "5xx", "Count"), ("function-url", "AWS/Lambda", "Url5xxCount", "UrlRequestCount")],
)
def test_a_share_of_5xx_answers_raises_the_alarm_and_a_few_do_not(
    ingress: str, namespace: str, errors: str, requests: str
) -> None:
    found = alarm("ingest-errors", deploy(ingress=ingress))
    queries = {query["id"]: query for query in found["metricQueries"]}

    assert found["threshold"] == 1
    assert queries["percent"]["expression"] == "IF(part >= 5, 100 * part / whole, 0)"
    assert [query["id"] for query in queries.values() if query.get("returnData")] == ["percent"]
    for query, name in (("part", errors), ("whole", requests)):
        metric = queries[query]["metric"]
        assert (metric["namespace"], metric["metricName"], metric["stat"]) == (namespace, name, "Sum")


EVENTS = [
    ({"message": "dead_lettered", "code": "not_an_envelope", "receives": 1}, True),
    ({"message": "dead_lettered", "code": "conflict", "receives": 1}, False),
    ({"message": "retried", "code": "processing_failed", "receives": 2}, False),
    ({"message": "retried", "code": "processing_failed", "receives": 3}, True),
    ({"message": "postponed", "code": "table_unavailable", "receives": 3}, False),
    ({"message": "stored", "code": "stored", "receives": 3}, False),
    ({"message": "dead_lettered", "code": "not_an_envelope", "receives": 1, "logger": "botocore"}, False),
]


@pytest.mark.parametrize(("event", "counted"), EVENTS, ids=json.dumps)
def test_logs_that_fail_for_good_are_counted_and_conflicts_are_not(event: dict[str, object], *, counted: bool) -> None:
    [pattern] = [each["pattern"] for each in deployed("none").all(FILTER) if each.name == "logs-dead-letters"]

    assert matches(pattern, {"logger": "rdp"} | event) is counted


def matches(pattern: str, event: dict[str, object]) -> bool:
    """Decide a pattern of CloudWatch Logs that has the shape of ours: logger, and one of two pairs of conditions."""
    conditions = re.findall(r'\$\.(\w+) (!=|>=|=) "?(\w+)"?', pattern)
    logger, *pairs = [_holds(event[name], operator, wanted) for name, operator, wanted in conditions]
    assert pattern.count("&&") == 3
    assert pattern.count("||") == 1
    return logger and ((pairs[0] and pairs[1]) or (pairs[2] and pairs[3]))


def _holds(value: object, operator: str, wanted: str) -> bool:
    match operator:
        case "=":
            return value == wanted
        case "!=":
            return value != wanted
    assert isinstance(value, int)
    return value >= int(wanted)


def test_every_alarm_says_what_happened_and_what_to_do() -> None:
    descriptions = [each["alarmDescription"] for each in deployed("api-key").all(ALARM)]

    assert all(": " in description and description.endswith(".") for description in descriptions)
    assert len(set(descriptions)) == len(descriptions)


def test_silence_is_not_an_alarm() -> None:
    assert {each["treatMissingData"] for each in deployed("none").all(ALARM)} == {"notBreaching"}


@pytest.mark.parametrize(("topic", "notified"), [("", []), (TOPIC, [TOPIC])])
def test_the_topic_is_notified_when_an_alarm_starts_and_ends(topic: str, notified: list[str]) -> None:
    for each in deploy(alarmTopicArn=topic).all(ALARM):
        assert (each["alarmActions"], each["okActions"]) == (notified, notified)
