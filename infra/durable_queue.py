"""A queue from which nothing gets lost: what cannot be processed waits in a dead-letter queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.budget import (
    DEAD_LETTER_RETENTION_SECONDS,
    MAX_MESSAGE_BYTES,
    MAX_RECEIVES,
    RETENTION_SECONDS,
    visibility_timeout_seconds,
)
from infra.permission import POLICY_VERSION, Permission
from infra.tags import tags

if TYPE_CHECKING:
    from infra.customer_key import CustomerKey

LONG_POLL_SECONDS = 20

# Amazon SQS Developer Guide, "Key management": what producers and consumers of an encrypted queue need.
_SENDING = ("kms:GenerateDataKey", "kms:Decrypt")
_RECEIVING = ("kms:Decrypt",)


@dataclass(frozen=True, kw_only=True)
class DurableQueueArgs:
    """How long messages stay hidden, and how the queues are protected."""

    consumer_timeout_seconds: int
    """How long the consuming function may take; the visibility timeout is six times that."""
    deletion_protection: bool = True
    """Whether Pulumi refuses to delete the queues, with all that waits in them."""
    key: CustomerKey | None = None
    """What messages are encrypted with; by default, a key that SQS owns."""


class DurableQueue(pulumi.ComponentResource):
    """An encrypted, TLS-only queue that keeps what failed three times in a dead-letter queue.

    Example:
        A queue for a consumer that takes up to half a minute, with the policy of those who send::

            import pulumi

            from infra.durable_queue import DurableQueue, DurableQueueArgs
            from infra.permission import policy_allowing

            queue = DurableQueue("orders", DurableQueueArgs(consumer_timeout_seconds=30))

            pulumi.export("queue_url", queue.url)
            pulumi.export("dead_letter_url", queue.dead_letter_url)
            pulumi.export("senders_need", policy_allowing([queue.allow_send()]))
    """

    _TYPE = "robust-data-processor:infra:DurableQueue"

    url: pulumi.Output[str]
    arn: pulumi.Output[str]
    name: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]
    dead_letter_arn: pulumi.Output[str]
    dead_letter_name: pulumi.Output[str]

    def __init__(self, name: str, args: DurableQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self._TYPE, name, None, opts)
        self._name, self._args = name, args
        dead_letters = self._queue(f"{name}-dead-letters", retention_seconds=DEAD_LETTER_RETENTION_SECONDS)
        queue = self._queue(
            name,
            retention_seconds=RETENTION_SECONDS,
            visibility_timeout_seconds=visibility_timeout_seconds(
                consumer_timeout_seconds=args.consumer_timeout_seconds,
            ),
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": MAX_RECEIVES},
            ),
        )
        aws.sqs.RedriveAllowPolicy(
            f"{name}-dead-letters",
            queue_url=dead_letters.url,
            redrive_allow_policy=pulumi.Output.json_dumps(
                {"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]},
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.url, self.arn, self.name = queue.url, queue.arn, queue.name
        self.dead_letter_url, self.dead_letter_arn = dead_letters.url, dead_letters.arn
        self.dead_letter_name = dead_letters.name
        self.register_outputs({"url": self.url, "dead_letter_url": self.dead_letter_url})

    def allow_send(self) -> Permission:
        """Return the permission to put messages into the queue."""
        return Permission(actions=("sqs:SendMessage",), resource=self.arn, also=self._allow_key(*_SENDING))

    def allow_measure(self) -> Permission:
        """Return the permission to ask how many messages wait."""
        return Permission(actions=("sqs:GetQueueAttributes",), resource=self.arn)

    def allow_consume(self) -> Permission:
        """Return the permission to take messages out of the queue, or to put their next delivery off."""
        actions = (
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ChangeMessageVisibility",
        )
        return Permission(actions=actions, resource=self.arn, also=self._allow_key(*_RECEIVING))

    def allow_send_dead_letter(self) -> Permission:
        """Return the permission to put messages into the dead-letter queue."""
        return Permission(actions=("sqs:SendMessage",), resource=self.dead_letter_arn, also=self._allow_key(*_SENDING))

    def _allow_key(self, *actions: str) -> tuple[Permission, ...]:
        key = self._args.key
        return () if key is None else (key.allow(actions, through="sqs", resource_arn=self.arn),)

    def _queue(
        self,
        name: str,
        *,
        retention_seconds: int,
        visibility_timeout_seconds: int | None = None,
        redrive_policy: pulumi.Input[str] | None = None,
    ) -> aws.sqs.Queue:
        key = self._args.key
        queue = aws.sqs.Queue(
            name,
            message_retention_seconds=retention_seconds,
            visibility_timeout_seconds=visibility_timeout_seconds,
            redrive_policy=redrive_policy,
            max_message_size=MAX_MESSAGE_BYTES,
            receive_wait_time_seconds=LONG_POLL_SECONDS,
            sqs_managed_sse_enabled=None if key else True,  # SQS takes only one of the two
            kms_master_key_id=key.arn if key else None,
            tags=tags(self._name),
            opts=pulumi.ResourceOptions(parent=self, protect=self._args.deletion_protection or None),
        )
        aws.sqs.QueuePolicy(
            name,
            queue_url=queue.url,
            policy=_tls_only(queue.arn),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return queue


def _tls_only(queue_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    statement = {
        "Sid": "RefuseRequestsWithoutTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",  # a list of actions would miss those that AWS adds later
        "Resource": queue_arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return pulumi.Output.json_dumps({"Version": POLICY_VERSION, "Statement": [statement]})
