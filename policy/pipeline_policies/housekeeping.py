"""Rules for housekeeping: logs of functions expire, and everything says whose it is."""

from collections.abc import Iterator

from pipeline_policies.rule import Options, Resource, ResourceRule

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
TAKES_TAGS = frozenset(
    {
        LOG_GROUP,
        "aws:apigatewayv2/api:Api",
        "aws:apigatewayv2/stage:Stage",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:dynamodb/table:Table",
        "aws:iam/policy:Policy",
        "aws:iam/role:Role",
        "aws:kms/key:Key",
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        "aws:lambda/function:Function",
        "aws:s3/bucket:Bucket",
        "aws:sns/topic:Topic",
        "aws:sqs/queue:Queue",
    }
)


def _kept_for_good(resource: Resource, _options: Options) -> Iterator[str]:
    if not resource.props.get("retentionInDays"):
        yield "keeps its logs for good"


def _untagged(resource: Resource, options: Options) -> Iterator[str]:
    # The provider's default tags are in tagsAll only.
    tags = {**(resource.props.get("tagsAll") or {}), **(resource.props.get("tags") or {})}
    if missing := [tag for tag in options.required_tags if not tags.get(tag)]:
        yield f"lacks the tags {', '.join(missing)}" if len(missing) > 1 else f"lacks the tag {missing[0]}"


RULES = (
    ResourceRule(
        name="log-retention",
        description="Every log group says how long it keeps logs.",
        fix="Set retentionInDays.",
        types=frozenset({LOG_GROUP}),
        problems=_kept_for_good,
    ),
    ResourceRule(
        name="tags",
        description="Everything that takes tags says which project, stack and component it belongs to.",
        fix="Set the tags that are missing; `requiredTags` of this policy says which ones your teams use.",
        types=TAKES_TAGS,
        problems=_untagged,
    ),
)
