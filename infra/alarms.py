"""What wakes people up: logs that failed, logs that wait too long, and functions that turn clients away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.alarm import Alarm, Metric, Ratio, create
from infra.budget import MAX_RECEIVES
from infra.tags import tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.durable_queue import DurableQueue
    from infra.function import PythonFunction

FIVE_MINUTES = 300
ONE_DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """What is watched, and who is notified."""

    queue: DurableQueue
    """The queue whose age and backlog are watched."""
    functions: Mapping[str, PythonFunction]
    """Every function by its short name; `worker` is the one that consumes the queue."""
    server_errors: Metric
    """Counts the requests that were answered with 5xx."""
    requests: Metric
    """Counts all requests."""
    oldest_message_seconds: int
    """Age from which a waiting message is too old."""
    backlog_messages: int
    """How many waiting messages are too many."""
    topic_arn: pulumi.Input[str] | None = None
    """SNS topic that is notified when an alarm goes off and when it is over; without one, alarms only show."""


class Alarms(pulumi.ComponentResource):
    """Alarms on failed logs, on waiting ones, on 5xx and on each function; each one says what to do."""

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("robust-data-processor:infra:Alarms", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        worker = args.functions["worker"]
        failed = _failed_logs(f"{name}-dead-letters", worker, child)
        postponed = _counted(
            f"{name}-postponed", "PostponedLogs", '$.message = "postponed"', function=worker, opts=child
        )
        alarms = [_dead_letters(failed), *_waiting(args), _outage(postponed), _server_errors(args)]
        alarms += [*_of_functions(args.functions), *_of_keys(args.functions)]
        for alarm in alarms:
            topics = [args.topic_arn] if args.topic_arn else []
            create(f"{name}-{alarm.name}", alarm, topics=topics, tags=tags(name), opts=child)
        self.register_outputs({})


def _failed_logs(name: str, worker: PythonFunction, opts: pulumi.ResourceOptions) -> Metric:
    """Return the count of dead letters other than conflicts: clients cause those, and they need nobody on call."""
    given_up = '$.message = "dead_lettered" && $.code != "conflict"'
    failed_last = f'$.message = "retried" && $.receives >= {MAX_RECEIVES}'  # SQS makes a dead letter of it
    return _counted(name, "FailedLogs", f"({given_up}) || ({failed_last})", function=worker, opts=opts)


def _counted(
    name: str, metric_name: str, condition: str, *, function: PythonFunction, opts: pulumi.ResourceOptions
) -> Metric:
    """Return the count of a function's events that meet a condition of a CloudWatch filter pattern."""
    metric = Metric(namespace=pulumi.Output.concat("RobustDataProcessor/", function.name), name=metric_name)
    aws.cloudwatch.LogMetricFilter(
        name,
        log_group_name=function.log_group_name,
        pattern=f'{{ $.logger = "rdp" && ({condition}) }}',
        metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
            name=metric.name, namespace=metric.namespace, value="$.logs", unit="Count"
        ),
        opts=opts,
    )
    return metric


def _dead_letters(failed: Metric) -> Alarm:
    return Alarm(
        name="dead-letters",
        watched=failed,
        period_seconds=FIVE_MINUTES,
        periods=12,  # it stays red for an hour after the last failure
        advice="Logs failed for good and became dead letters: list them, read their reasons and the worker's log, fix "
        "the cause, then redrive them within 7 days. Conflicts are not counted.",
    )


def _waiting(args: AlarmsArgs) -> Iterator[Alarm]:
    yield Alarm(
        name="oldest-message",
        watched=_queue_metric("ApproximateAgeOfOldestMessage", args.queue),
        statistic="Maximum",
        threshold=args.oldest_message_seconds,
        advice="Accepted logs wait too long: if the worker fails, fix what its log names; if it cannot keep up, "
        "raise workerMaxConcurrency.",
    )
    yield Alarm(
        name="backlog",
        watched=_queue_metric("ApproximateNumberOfMessagesVisible", args.queue),
        statistic="Maximum",
        threshold=args.backlog_messages,
        advice="More logs wait than the worker can soon process: raise workerMaxConcurrency; at ten times as many, "
        "ingest answers 503 overloaded.",
    )


def _outage(postponed: Metric) -> Alarm:
    return Alarm(
        name="outage",
        watched=postponed,
        period_seconds=FIVE_MINUTES,
        periods=3,
        breaching=3,  # a message that is sent again starts at age zero, so the age alarm does not notice this
        advice="For a quarter of an hour logs have waited for STS, DynamoDB or KMS: the worker's log names the error. "
        "If it is AccessDenied, restore the missing permission; processing then resumes by itself.",
    )


def _server_errors(args: AlarmsArgs) -> Alarm:
    return Alarm(
        name="ingest-errors",
        watched=Ratio(part=args.server_errors, whole=args.requests, least=5),
        threshold=1,
        period_seconds=FIVE_MINUTES,
        advice="More than 1 % of requests got a 5xx and have to be sent again: look for queue_unavailable, overloaded "
        "or internal_error in the ingest function's log, where door names the protocol, then in the authorizer's.",
    )


def _of_functions(functions: Mapping[str, PythonFunction]) -> Iterator[Alarm]:
    for short, function in functions.items():
        for metric, what in (("Errors", "ends with an error"), ("Throttles", "is throttled")):
            yield Alarm(
                name=f"{short}-function-{metric.lower()}",
                watched=Metric(namespace="AWS/Lambda", name=metric, dimensions={"FunctionName": function.name}),
                period_seconds=FIVE_MINUTES,
                periods=3,
                breaching=2,  # a log that ends one invocation is isolated in the next; two in a row have another cause
                advice=f"The function {short} {what} again and again: {_ADVICE[metric]}",
            )


def _of_keys(functions: Mapping[str, PythonFunction]) -> Iterator[Alarm]:
    if (authorizer := functions.get("authorizer")) is not None:
        namespace, event = pulumi.Output.concat("RobustDataProcessor/", authorizer.name), "key_expires_soon"
        yield Alarm(
            name="keys-expire",
            watched=Metric(namespace=namespace, name="Logs", dimensions={"event": event, "code": event}),
            period_seconds=ONE_DAY,
            advice="An API key in use expires within 14 days: python -m cli keys list --expiring-in-days 14 names it; "
            "create another one for its user.",
        )


_ADVICE = {
    "Errors": "read the last exception or timeout in its own log.",
    "Throttles": "raise the account's limit of concurrent executions, or lower workerMaxConcurrency.",
}


def _queue_metric(name: str, queue: DurableQueue) -> Metric:
    return Metric(namespace="AWS/SQS", name=name, dimensions={"QueueName": queue.name})
