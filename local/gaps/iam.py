"""Adds to MiniStack's IAM what row isolation needs, or fails if MiniStack has changed.

Written for MiniStack 1.5.33, which differs from AWS in six things, which are corrected here:

1. `dynamodb:LeadingKeys` is missing: the partition key values that an operation names. Still absent for Scan,
   for PartiQL (MiniStack asks for `dynamodb:ExecuteStatement` on `*`, so no policy on a table allows it) and
   wherever one key cannot be read; a `Null` guard then denies. Batches and transactions count the keys of all
   their tables together.
2. Policy variables (`${aws:PrincipalTag/tenant_id}`) in conditions are plain text. One that the request lacks
   matches nothing, and fails a negated operator. Variables in `Resource` stay plain text and match nothing.
3. `sts:TagSession` is asked of the trust policy only; here the caller's own policies must allow it too.
4. The action that is authorised is taken from the query string, before `X-Amz-Target`, which is what runs.
5. The listener is plain HTTP, so a queue policy that demands TLS refuses everybody, root included. A call
   over loopback crosses no network and counts as secure; so the TLS rule itself is not proven locally.
6. SQS's batch operations are asked for under names of their own, which IAM does not know: `SendMessageBatch` is
   allowed by `sqs:SendMessage` (Service Authorization Reference, Amazon SQS).
"""

from __future__ import annotations

import importlib.metadata
import inspect
import ipaddress
import json
import re
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

WRITTEN_FOR = "1.5.33"

Request = dict[str, Any]

_ROW_IN = dict.fromkeys(("GetItem", "UpdateItem", "DeleteItem", "DeleteRequest"), "Key") | dict.fromkeys(
    ("PutItem", "Put", "PutRequest"), "Item"
)
"""Where an operation, a part of a transaction or of a batch holds its row."""

_VARIABLE = re.compile(r"\$\{([^},]+)(?:,\s*'([^']*)')?\}")
_TAKES_VARIABLES = re.compile(r"(?:for(?:all|any)values?:)?(?:string|arn)", re.IGNORECASE)
_operation: ContextVar[str] = ContextVar("dynamodb_operation", default="")

_ISOLATION = {
    "Effect": "Allow",
    "Action": "dynamodb:GetItem",
    "Resource": "arn:aws:dynamodb:us-east-1:000000000000:table/logs",
    "Condition": {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant_id}"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    },
}

_RELIED_ON: dict[ModuleType, dict[str, str]] = {
    iam_actions: {
        "_action_from_target": "headers",
        "dynamodb_service_context": "body",
        "extract_iam_action": "service method path headers body query_params",
    },
    iam_evaluator: {
        "EvalContext": "principal_arn principal_type principal_account action resource_arn region source_ip "
        "secure_transport request_tags tag_keys service_context principal_keys",
        "_conditions_met": "conditions ctx",
        "_resolve_condition_key": "key ctx",
        "enforce": "access_key_id iam_action service region resource_arn service_context",
        "evaluate": "ctx policies limits",
        "parse_policy_document": "doc",
    },
    dynamodb: {
        "_extract_pk_from_condition": "condition attr_values attr_names pk_name",
        "_extract_pk_from_key_conditions": "key_conditions pk_name",
        "_index_def": "table index_name",
        "_index_key_lists": "index",
        "_normalize_table_name": "value",
    },
}


class MiniStackChangedError(RuntimeError):
    """MiniStack is no longer what this module was written for."""


def close_iam_gaps() -> None:
    """Close the gaps in this process, once; call it before MiniStack serves.

    Raises:
        MiniStackChangedError: what is relied on is gone, takes other arguments or behaves otherwise.
    """
    if hasattr(getattr(iam_evaluator, "enforce", None), "closes_gap"):
        return
    _require_known_functions()
    _require_decisions(own_row="ImplicitDeny", hint="MiniStack resolves variables now, remove it here")
    known = iam_actions.dynamodb_service_context(b'{"TableName": "t", "Key": {"id": {"S": "a"}}}')
    _require("dynamodb:LeadingKeys" not in known, "it knows dynamodb:LeadingKeys now, remove it here")
    wrappers: tuple[tuple[ModuleType, str, Callable[[Any], Any]], ...] = (
        (iam_actions, "extract_iam_action", _authorise_what_runs),
        (iam_actions, "dynamodb_service_context", _with_leading_keys),
        (iam_evaluator, "_conditions_met", _with_variables),
        (iam_evaluator, "_resolve_condition_key", _with_loopback_secure),
        (iam_evaluator, "enforce", _with_tag_session),
    )
    for module, name, wrap in wrappers:
        wrapped: Any = wrap(getattr(module, name))
        wrapped.closes_gap = True
        setattr(module, name, wrapped)
    _require_decisions(own_row="Allow", hint="conditions are evaluated in another way")


def leading_keys(operation: str, request: Request) -> list[str]:
    """The values of `dynamodb:LeadingKeys`; empty where the operation has none or one key cannot be read.

    Args:
        operation: the API's name, such as `PutItem`.
        request: the body of the request.
    """
    try:
        if operation == "Query":
            return [_queried_key(request)]
        keys = [_partition_key(table, attributes) for table, attributes in _rows(operation, request)]
    except (KeyError, TypeError, AttributeError, ValueError):
        # A malformed request names no key; MiniStack refuses it by itself where a policy lets it through.
        return []
    return sorted(set(keys))


def _rows(operation: str, request: Request) -> Iterator[tuple[str, Request]]:
    """Each row that an operation names: its table, and attributes that hold at least its key."""
    if operation in _ROW_IN:
        yield request["TableName"], request[_ROW_IN[operation]]
    elif operation in {"TransactGetItems", "TransactWriteItems"}:
        for item in request["TransactItems"]:
            yield from ((row["TableName"], row[_ROW_IN.get(kind, "Key")]) for kind, row in item.items())
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        if "TableName" in request:
            raise ValueError("MiniStack would authorise a batch on this one table only")
        for table, wanted in request["RequestItems"].items():
            yield from ((table, row) for row in _batched_rows(wanted))


def _batched_rows(wanted: Any) -> Iterator[Request]:
    if isinstance(wanted, dict):
        yield from wanted["Keys"]
    else:
        yield from (row[_ROW_IN[kind]] for write in wanted for kind, row in write.items())


def _partition_key(table: str, attributes: Request) -> str:
    ((_, value),) = attributes[_table(table)["pk_name"]].items()
    return str(value)


def _queried_key(request: Request) -> str:
    """The partition key of a Query, read by the very functions by which MiniStack then finds the rows."""
    table = _table(request["TableName"])
    index = dynamodb._index_def(table, request["IndexName"]) if request.get("IndexName") else None
    (name,) = dynamodb._index_key_lists(index)[0] if index else [table["pk_name"]]
    if request.get("KeyConditions"):
        value = dynamodb._extract_pk_from_key_conditions(request["KeyConditions"], name)
    else:
        value = dynamodb._extract_pk_from_condition(
            request["KeyConditionExpression"],
            request.get("ExpressionAttributeValues", {}),
            request.get("ExpressionAttributeNames", {}),
            name,
        )
    if value is None:
        raise ValueError(f"no equality on {name}")
    return str(value)


def _table(name: str) -> Request:
    table: Request = dynamodb._tables[dynamodb._normalize_table_name(name)]
    return table


def _authorise_what_runs(original: Callable[..., str | None]) -> Callable[..., str | None]:
    def extract_iam_action(service: str, method: str, path: str, headers: Request, *rest: Any) -> str | None:
        if service != "dynamodb":
            action = original(service, method, path, headers, *rest)
            return action.removesuffix("Batch") if action and service == "sqs" else action
        _operation.set(iam_actions._action_from_target(headers) or "")
        target_only = {"x-amz-target": headers.get("x-amz-target", "")}
        return original(service, method, path, target_only, rest[0], {})

    return extract_iam_action


def _with_leading_keys(original: Callable[[bytes], Request]) -> Callable[[bytes], Request]:
    def dynamodb_service_context(body: bytes) -> Request:
        context = original(body)
        keys = leading_keys(_operation.get(), json.loads(body or b"{}")) if context else []
        return context | ({"dynamodb:LeadingKeys": keys} if keys else {})

    return dynamodb_service_context


def _with_variables(original: Callable[[Request, Any], bool]) -> Callable[[Request, Any], bool]:
    def _conditions_met(conditions: Request, ctx: Any) -> bool:
        resolved = dict(conditions or {})
        for operator, block in (conditions or {}).items():
            if not _TAKES_VARIABLES.match(operator) or not isinstance(block, dict):
                continue
            wanted = {key: _resolve_all(texts, ctx) for key, texts in block.items()}
            if "not" in operator.lower() and any(None in texts for texts in wanted.values()):
                return False
            resolved[operator] = {key: [t for t in texts if t is not None] for key, texts in wanted.items()}
        return original(resolved, ctx)

    return _conditions_met


def _resolve_all(texts: object, ctx: Any) -> list[str | None]:
    return [_resolve(str(text), ctx) for text in (texts if isinstance(texts, list) else [texts])]


def _resolve(text: str, ctx: Any) -> str | None:
    """The text with its variables filled in, or None where the request lacks one."""

    def value(variable: re.Match[str]) -> str:
        found = iam_evaluator._resolve_condition_key(variable[1].strip(), ctx)
        known = found if isinstance(found, str) else variable[2]
        # AWS allows no wildcard in a tag, MiniStack does; in StringLike it would match everything.
        if known is None or "*" in known or "?" in known:
            raise LookupError(variable[1])
        return str(known)

    try:
        return _VARIABLE.sub(value, text)
    except LookupError:
        return None


def _with_loopback_secure(original: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    def _resolve_condition_key(key: str, ctx: Any) -> Any:
        if key.lower() == "aws:securetransport" and ipaddress.ip_address(ctx.source_ip).is_loopback:
            return "true"
        return original(key, ctx)

    return _resolve_condition_key


def _with_tag_session(original: Callable[..., Any]) -> Callable[..., Any]:
    def enforce(access_key_id: str, iam_action: str, *where: str, **what: Any) -> Any:
        denied = original(access_key_id, iam_action, *where, **what)
        tags = iam_action == "sts:AssumeRole" and "aws:TagKeys" in (what.get("service_context") or {})
        return original(access_key_id, "sts:TagSession", *where, **what) if tags and not denied else denied

    return enforce


def _require_known_functions() -> None:
    for module, functions in _RELIED_ON.items():
        for name, expected in functions.items():
            found = getattr(module, name, None)
            takes = " ".join(inspect.signature(found).parameters) if callable(found) else "nothing: it is gone"
            _require(takes == expected, f"{module.__name__}.{name} takes {takes}, expected {expected}")
    _require(hasattr(dynamodb, "_tables"), "ministack.services.dynamodb._tables is gone")


def _require_decisions(*, own_row: str, hint: str) -> None:
    """Decide three made-up requests by the isolation policy; only the first may depend on this module."""
    for keys, tags, expected in (
        ({"dynamodb:leadingkeys": ["acme"]}, {"aws:principaltag/tenant_id": "acme"}, own_row),
        ({"dynamodb:leadingkeys": ["beta"]}, {"aws:principaltag/tenant_id": "acme"}, "ImplicitDeny"),
        ({"dynamodb:leadingkeys": ["acme"]}, {}, "ImplicitDeny"),
        ({}, {"aws:principaltag/tenant_id": "acme"}, "ImplicitDeny"),
    ):
        ctx = iam_evaluator.EvalContext(
            principal_arn="arn:aws:sts::000000000000:assumed-role/tenant/acme",
            principal_type="AssumedRole",
            principal_account="000000000000",
            action="dynamodb:GetItem",
            resource_arn=_ISOLATION["Resource"],
            region="us-east-1",
            service_context=keys,
            principal_keys=tags,
        )
        policy = iam_evaluator.parse_policy_document({"Version": "2012-10-17", "Statement": [_ISOLATION]})
        decision = iam_evaluator.evaluate(ctx, [policy]).decision
        _require(decision == expected, f"{keys} with {tags} is decided {decision}, expected {expected}: {hint}")


def _require(holds: object, change: str) -> None:
    if not holds:
        raise MiniStackChangedError(
            f"local/gaps/iam.py was written for MiniStack {WRITTEN_FOR} and found "
            f"{importlib.metadata.version('ministack')}: {change}; adapt it or pin {WRITTEN_FOR}"
        )
