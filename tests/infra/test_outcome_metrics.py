"""Metrics from the event log: the code that a client and a log line show is the dimension."""

from infra.log_pipeline import LogPipeline
from tests.support.pulumi_recorder import Provision, Registered, Resource

FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"


def outcome_filters(registered: Registered) -> list[Resource]:
    return [each for each in registered.all(FILTER) if each["metricTransformation"]["name"] == "Logs"]


def test_every_function_has_its_outcomes_counted_by_event_and_code(provision: Provision) -> None:
    registered = provision(lambda: LogPipeline("logs"), config={"packageFor": "host"})

    functions = registered.all("aws:lambda/function:Function")
    filters = {each["logGroupName"]: each["metricTransformation"] for each in outcome_filters(registered)}
    assert {function["loggingConfig"]["logGroup"] for function in functions} == set(filters)
    for name, transformation in filters.items():
        assert transformation["namespace"] == f"RobustDataProcessor/{name}"
        assert transformation["dimensions"] == {"event": "$.message", "code": "$.code"}
        assert transformation["value"] == "$.logs"


def test_only_lines_of_the_event_log_are_counted(provision: Provision) -> None:
    registered = provision(lambda: LogPipeline("logs"), config={"packageFor": "host"})

    assert {each["pattern"] for each in outcome_filters(registered)} == {'{ $.logger = "rdp" }'}
