"""Rules for access: exact actions, own rows only, and no session without the tag that names its tenant."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline_policies.rule import Options, Resource, ResourceRule

ROLE = "aws:iam/role:Role"
# Policies of KMS keys are left out: without `kms:*` for the account, nobody can administer a key.
POLICY_OF = {
    "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:iam/policy:Policy": "policy",
    "aws:iam/userPolicy:UserPolicy": "policy",
    "aws:iam/groupPolicy:GroupPolicy": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
}
LEADING_KEYS = "dynamodb:LeadingKeys"
TAG_SESSION = "sts:TagSession"

_Statement = Mapping[str, Any]


def statements(policy: object) -> list[_Statement]:
    """Return the statements of a policy, given as JSON or as a dictionary."""
    document = json.loads(policy) if isinstance(policy, str) else policy
    return [] if not isinstance(document, Mapping) else values_in(document.get("Statement"))


def values_in(value: Any) -> list[Any]:
    """Return what IAM allows as one value or as a list of them."""
    return [] if value is None else value if isinstance(value, list) else [value]


def _allowing(resource: Resource, name: str) -> Iterator[_Statement]:
    return (statement for statement in statements(resource.props.get(name)) if statement.get("Effect") == "Allow")


def _conditions(statement: _Statement) -> Iterator[tuple[str, str, list[str]]]:
    """Yield operator, key and values of every condition, operator and key in lower case as IAM compares them."""
    for operator, keys in (statement.get("Condition") or {}).items():
        for key, values in keys.items():
            yield operator.lower(), key.lower(), [str(value).lower() for value in values_in(values)]


def _wildcards(resource: Resource, _options: Options) -> Iterator[str]:
    for statement in _allowing(resource, POLICY_OF[resource.type]):
        if "NotAction" in statement:
            yield "allows every action but those that it names (NotAction)"
        for action in values_in(statement.get("Action")):
            if "*" in action or "?" in action:
                yield f"allows {action}"


def _unguarded_rows(resource: Resource, _options: Options) -> Iterator[str]:
    for statement in _allowing(resource, POLICY_OF[resource.type]):
        conditions = list(_conditions(statement))
        on_rows = [operator for operator, key, _ in conditions if key == LEADING_KEYS.lower() and operator != "null"]
        if not on_rows:
            continue
        if any(not operator.startswith("forallvalues:stringequals") for operator in on_rows):
            yield f"compares {LEADING_KEYS} otherwise than with ForAllValues:StringEquals, so other rows may match too"
        if ("null", LEADING_KEYS.lower(), ["false"]) not in conditions:
            yield f'has no "Null": {{"{LEADING_KEYS}": "false"}}, so a Scan, which names no key, passes'


def _rows_of_tagged_sessions(resource: Resource, _options: Options) -> Iterator[str]:
    """Yield what a policy allows on DynamoDB that names a tenant's tag nowhere but in other conditions."""
    for statement in _allowing(resource, POLICY_OF[resource.type]):
        keys = [(operator, key) for operator, key, values in _conditions(statement) if _names_session_tag(values)]
        actions = [action for action in values_in(statement.get("Action")) if action.lower().startswith("dynamodb:")]
        if keys and actions and not any(key == LEADING_KEYS.lower() for _, key in keys):
            yield f"allows {', '.join(actions)} by a session's tag, but does not compare the tag with {LEADING_KEYS}"


def _names_session_tag(values: list[str]) -> bool:
    return any("${aws:principaltag/" in value for value in values)


def _untagged_sessions(resource: Resource, _options: Options) -> Iterator[str]:
    for statement in _allowing(resource, "assumeRolePolicy"):
        if TAG_SESSION.lower() not in {action.lower() for action in values_in(statement.get("Action"))}:
            continue
        conditions = list(_conditions(statement))
        if not any(_requires_tag(operator, key, values) for operator, key, values in conditions):
            yield "lets sessions carry tags, and also lets them carry none"
        if not any(operator == "forallvalues:stringequals" and key == "aws:tagkeys" for operator, key, _ in conditions):
            yield "lets whoever assumes it choose further tags"


def _requires_tag(operator: str, key: str, values: list[str]) -> bool:
    if not key.startswith("aws:requesttag/"):
        return False
    if operator == "null":
        return values == ["false"]
    return operator in {"stringequals", "stringlike"} and all(values) and "*" not in values


RULES = (
    ResourceRule(
        name="no-wildcard-actions",
        description="Policies name every action that they allow.",
        fix="List the actions that the code calls, each written out.",
        types=frozenset(POLICY_OF),
        problems=_wildcards,
    ),
    ResourceRule(
        name="own-rows-only",
        description="A condition on a table's partition key holds for every request, also for one that names no key.",
        fix='Use "ForAllValues:StringEquals" on dynamodb:LeadingKeys, and "Null": {"dynamodb:LeadingKeys": "false"}.',
        types=frozenset(POLICY_OF),
        problems=_unguarded_rows,
    ),
    ResourceRule(
        name="tag-decides-rows",
        description="What a session's tag allows on DynamoDB is only the rows under that tag.",
        fix='Compare the tag with dynamodb:LeadingKeys: ["${aws:PrincipalTag/<tag>}"].',
        types=frozenset(POLICY_OF),
        problems=_rows_of_tagged_sessions,
    ),
    ResourceRule(
        name="session-tags-required",
        description="A role whose sessions carry tags can be assumed only with exactly those tags.",
        fix='In the trust policy, require "aws:RequestTag/<tag>"; limit "aws:TagKeys" by ForAllValues:StringEquals.',
        types=frozenset({ROLE}),
        problems=_untagged_sessions,
    ),
)
