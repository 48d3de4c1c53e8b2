"""Simulated DynamoDB, STS and KMS, for the calls that the real code makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from bench.simulate.queues import no_answer
from bench.simulate.violation import Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from bench.simulate.scheduler import Scheduler


# What neither the worker nor a promise reads.
_UNREAD = ("processed_at", "received_at", "message_id")


class ConditionalCheckFailedException(ClientError):
    """DynamoDB's answer where a condition does not hold."""


class TransactionCanceledException(ClientError):
    """DynamoDB's answer where a condition of a transaction does not hold."""


class Exceptions:
    """The exceptions of a boto3 client."""

    ConditionalCheckFailedException = ConditionalCheckFailedException
    TransactionCanceledException = TransactionCanceledException


@dataclass
class SimulatedDynamoDb:
    """The table of records, as a boto3 client.

    Attributes:
        scheduler: decides when calls happen, and whether they fail.
        acting: returns the tenant whose credentials sign the current call.
    """

    scheduler: Scheduler
    acting: Callable[[], str]
    rows: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    exceptions: type[Exceptions] = Exceptions

    def get_item(self, **asked: Any) -> dict[str, Any]:
        """Return a row."""
        key = self._key(asked["Key"])
        wanted = asked["ProjectionExpression"].split(", ") if "ProjectionExpression" in asked else None

        def get() -> dict[str, Any]:
            row = self.rows.get(key)
            return {} if row is None else {"Item": {name: row[name] for name in wanted or row if name in row}}

        what, is_settled = f"get_item {key[1]}", partial(self.rows.__contains__, key)
        return self.scheduler.call(what, get, no_answer, changes_nothing=True, is_settled=is_settled)

    def put_item(self, **asked: Any) -> dict[str, Any]:
        """Write a row, on the condition that there is none."""
        item = asked["Item"]
        key = self._key(item)

        def put() -> dict[str, Any]:
            if key in self.rows:
                if "ConditionExpression" not in asked:
                    raise Violation(f"the record {key[1]} was overwritten")
                error = {"Error": {"Code": "ConditionalCheckFailedException"}, "Item": self.rows[key]}
                raise ConditionalCheckFailedException(error, "PutItem")
            self.rows[key] = dict(item)
            return {}

        return self.scheduler.call(
            f"put_item {key[1]}", put, no_answer, is_settled=partial(self.rows.__contains__, key)
        )

    def transact_write_items(self, **asked: Any) -> dict[str, Any]:
        """Write all rows, on the condition that there is none of them."""
        items = [put["Put"]["Item"] for put in asked["TransactItems"]]
        keys = [self._key(item) for item in items]

        def write() -> dict[str, Any]:
            taken = [self.rows.get(key) for key in keys]
            if any(taken):
                reasons = [
                    {"Code": "ConditionalCheckFailed", "Item": row} if row else {"Code": "None"} for row in taken
                ]
                answer = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
                raise TransactionCanceledException(answer, "TransactWriteItems")
            self.rows.update(zip(keys, map(dict, items), strict=True))
            return {}

        return self.scheduler.call(f"transact_write_items {keys[0][1]}", write, no_answer)

    def state(self) -> Hashable:
        """Return what anybody may still read of all rows."""
        return frozenset(
            (key, tuple((name, str(value)) for name, value in row.items() if name not in _UNREAD))
            for key, row in self.rows.items()
        )

    def _key(self, item: Mapping[str, Any]) -> tuple[str, str]:
        tenant_id, log_id = item["tenant_id"]["S"], item["log_id"]["S"]
        if self.acting() != tenant_id:
            raise Violation(f"a call for {tenant_id} was signed with the credentials of {self.acting()}")
        return tenant_id, log_id


@dataclass
class SimulatedSts:
    """STS, which hands out credentials that name their tenant."""

    scheduler: Scheduler

    def assume_role(self, **asked: Any) -> dict[str, Any]:
        """Return credentials of a session with the tenant's tag."""
        [tag] = asked["Tags"]

        def assume() -> dict[str, Any]:
            expires = self.scheduler.now() + timedelta(seconds=asked["DurationSeconds"])
            keys = {"AccessKeyId": tag["Value"], "SecretAccessKey": "s", "SessionToken": "t", "Expiration": expires}
            return {"Credentials": keys}

        return self.scheduler.call(f"assume_role for {tag['Value']}", assume, no_answer, is_for_a_key=True)


@dataclass
class SimulatedKms:
    """KMS, with one HMAC key."""

    scheduler: Scheduler

    def generate_mac(self, **_asked: Any) -> dict[str, Any]:
        """Return the code of the one message that is ever signed."""
        answer = {"Mac": b"0123456789abcdef0123456789abcdef"}
        return self.scheduler.call("generate_mac", lambda: answer, no_answer, is_for_a_key=True)
