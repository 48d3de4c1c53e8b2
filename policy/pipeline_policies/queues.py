"""Rules for queues: what fails is kept, work in progress is not delivered again, and TLS is required."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline_policies.access import statements, values_in
from pipeline_policies.rule import Options, Resource, ResourceRule, StackRule

QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
REDRIVE_ALLOW_POLICY = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
EVENT_SOURCE = "aws:lambda/eventSourceMapping:EventSourceMapping"
FUNCTION = "aws:lambda/function:Function"

# "Using Lambda with Amazon SQS": set the visibility timeout to at least six times the function's timeout.
VISIBILITY_PER_TIMEOUT = 6
# What AWS takes where the program says nothing, in seconds.
DEFAULT_VISIBILITY_SECONDS, DEFAULT_TIMEOUT_SECONDS, DEFAULT_RETENTION_SECONDS = 30, 3, 345_600

_WITHOUT_TLS = [{"Bool": {"aws:SecureTransport": no}} for no in ("false", False, ["false"])]

_Problems = Iterator[tuple[Resource, str]]


def _made_from(resource: Resource, name: str, others: Sequence[Resource], type_: str) -> list[Resource]:
    """Return the resources of a type that an input was made from."""
    urns = resource.depends_on.get(name, frozenset())
    return [other for other in others if other.type == type_ and other.urn in urns]


def _consumed(resources: Sequence[Resource]) -> Iterator[tuple[Resource, Resource]]:
    """Yield every event source mapping of this stack with its queue."""
    for mapping in resources:
        if mapping.type == EVENT_SOURCE:
            for queue in _made_from(mapping, "eventSourceArn", resources, QUEUE):
                yield mapping, queue


def _dead_letter_queues(queue: Resource, resources: Sequence[Resource]) -> list[Resource]:
    return _made_from(queue, "redrivePolicy", resources, QUEUE)


def _short_visibility(resources: Sequence[Resource]) -> _Problems:
    for mapping, queue in _consumed(resources):
        visibility = queue.props.get("visibilityTimeoutSeconds") or DEFAULT_VISIBILITY_SECONDS
        for function in _made_from(mapping, "functionName", resources, FUNCTION):
            timeout = function.props.get("timeout") or DEFAULT_TIMEOUT_SECONDS
            if visibility < VISIBILITY_PER_TIMEOUT * timeout:
                yield (
                    queue,
                    (
                        f"hides a message for {visibility:g} s, and {function.name} may take {timeout:g} s:"
                        f" at least {VISIBILITY_PER_TIMEOUT * timeout:g} s are needed"
                    ),
                )


def _not_redriven(resources: Sequence[Resource]) -> _Problems:
    for _, queue in _consumed(resources):
        if not queue.depends_on.get("redrivePolicy") and not queue.props.get("redrivePolicy"):
            yield queue, "feeds a function and has no dead-letter queue: what always fails is retried until it expires"
    for queue in resources:
        for dead_letters in _dead_letter_queues(queue, resources) if queue.type == QUEUE else ():
            if not _allowed(queue, dead_letters, resources):
                yield dead_letters, f"takes dead letters of {queue.name} without a RedriveAllowPolicy that names it"


def _allowed(queue: Resource, dead_letters: Resource, resources: Sequence[Resource]) -> bool:
    return any(
        queue.urn in policy.depends_on.get("redriveAllowPolicy", frozenset())
        for policy in resources
        if policy.type == REDRIVE_ALLOW_POLICY and dead_letters.urn in policy.depends_on.get("queueUrl", frozenset())
    )


def _short_retention(resources: Sequence[Resource]) -> _Problems:
    for queue in resources:
        for dead_letters in _dead_letter_queues(queue, resources) if queue.type == QUEUE else ():
            source, kept = (
                each.props.get("messageRetentionSeconds") or DEFAULT_RETENTION_SECONDS for each in (queue, dead_letters)
            )
            # SQS counts a dead letter's age from when it was first sent.
            if kept <= source:
                yield (
                    dead_letters,
                    (
                        f"keeps a dead letter for {kept:g} s from when it was first sent, and {queue.name} keeps it for"
                        f" {source:g} s: it may expire the moment it arrives"
                    ),
                )


def _without_policy(resources: Sequence[Resource]) -> _Problems:
    with_policy = {
        urn
        for policy in resources
        if policy.type == QUEUE_POLICY
        for urn in policy.depends_on.get("queueUrl", frozenset())
    }
    for queue in resources:
        if queue.type == QUEUE and queue.urn not in with_policy and not queue.props.get("policy"):
            yield queue, "has no policy, so it takes messages over plain HTTP"


def _plain_http(resource: Resource, _options: Options) -> Iterator[str]:
    if not any(_refuses_plain_http(statement) for statement in statements(resource.props.get("policy"))):
        yield "does not refuse requests without TLS"


def _refuses_plain_http(statement: Mapping[str, Any]) -> bool:
    """Tell whether a statement denies all of SQS to everybody without TLS, under no further condition."""
    return (
        statement.get("Effect") == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        and any(action.lower() in {"*", "sqs:*"} for action in values_in(statement.get("Action")))
        and statement.get("Condition") in _WITHOUT_TLS
    )


def _endless(resource: Resource, _options: Options) -> Iterator[str]:
    policy = resource.props.get("redrivePolicy")
    if policy and not json.loads(policy).get("maxReceiveCount"):
        yield "has a redrive policy without maxReceiveCount"


RULES = (
    StackRule(
        name="visibility-timeout",
        description="A queue hides a message for at least six times as long as its function may take.",
        fix="Raise visibilityTimeoutSeconds of the queue, or lower the function's timeout.",
        problems=_short_visibility,
    ),
    StackRule(
        name="dead-letter-retention",
        description="A dead-letter queue keeps messages longer than the queue that they come from.",
        fix="Raise messageRetentionSeconds of the dead-letter queue (at most 1,209,600), or lower the other.",
        problems=_short_retention,
    ),
    StackRule(
        name="redrive",
        description="A queue that feeds a function has a dead-letter queue, which names the queue that may use it.",
        fix="Set redrivePolicy on the queue, and a RedriveAllowPolicy with byQueue on its dead-letter queue.",
        problems=_not_redriven,
    ),
    ResourceRule(
        name="redrive-count",
        description="A redrive policy says after how many receives a message is a dead letter.",
        fix="Set maxReceiveCount in redrivePolicy.",
        types=frozenset({QUEUE}),
        problems=_endless,
    ),
    StackRule(
        name="queue-policy",
        description="Every queue has a policy.",
        fix="Add an aws.sqs.QueuePolicy that refuses requests without TLS.",
        problems=_without_policy,
    ),
    ResourceRule(
        name="tls-only",
        description="The policy of a queue refuses requests without TLS.",
        fix='Deny sqs:* to "*" where "Bool": {"aws:SecureTransport": "false"}, and nothing else in that condition.',
        types=frozenset({QUEUE_POLICY}),
        problems=_plain_http,
    ),
)
