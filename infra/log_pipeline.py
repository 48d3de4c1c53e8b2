"""The whole pipeline as one component: from the URL to the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi

from infra.alarms import Alarms, AlarmsArgs
from infra.built_code import built_code, built_worker_code
from infra.capacity import Capacity
from infra.deployment import Deployment
from infra.durable_queue import DurableQueue, DurableQueueArgs
from infra.fingerprint_key import FingerprintKeys, FingerprintKeysArgs
from infra.front_door import front_door
from infra.key_table import KeyTable, KeyTableArgs
from infra.pipeline_functions import pipeline_functions
from infra.queue_consumer import QueueConsumer, QueueConsumerArgs
from infra.settings import Settings
from infra.tenant_table import TenantTable, TenantTableArgs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.front_door import FrontDoor
    from infra.function import PythonFunction


@dataclass(frozen=True, kw_only=True)
class LogPipelineArgs:
    """How this pipeline differs from the default one."""

    settings: Settings = field(default_factory=Settings)
    """Limits, sizes and retentions."""
    code: pulumi.Archive | None = None
    """What the functions run; by default, it is built from this repository for the settings' target."""


class LogPipeline(pulumi.ComponentResource):
    """Accepts logs over HTTP and stores them redacted, tenant by tenant; what fails is kept as a dead letter."""

    _TYPE = "robust-data-processor:infra:LogPipeline"

    url: pulumi.Output[str]
    """Where everything that clients call begins."""
    ingest_url: pulumi.Output[str]
    """Where clients send logs."""
    health_url: pulumi.Output[str]
    """Answers as long as requests arrive."""
    domain_target: pulumi.Output[str]
    """Where the DNS record of `domainName` has to point; empty without such a name."""
    queue_url: pulumi.Output[str]
    """URL of the queue in which accepted logs wait for the worker."""
    queue_name: pulumi.Output[str]
    """Name of that queue."""
    queue_arn: pulumi.Output[str]
    """ARN of that queue."""
    dead_letter_queue_url: pulumi.Output[str]
    """URL of the queue that keeps what could not be processed."""
    dead_letter_queue_name: pulumi.Output[str]
    """Name of the dead-letter queue."""
    dead_letter_queue_arn: pulumi.Output[str]
    """ARN of the dead-letter queue."""
    table_name: pulumi.Output[str]
    """Name of the table of records."""
    table_arn: pulumi.Output[str]
    """ARN of the table of records."""
    key_table_name: pulumi.Output[str]
    """Name of the table of API keys. Every pipeline has it, so that changing `auth` and back loses no key."""
    key_table_arn: pulumi.Output[str]
    """ARN of the table of API keys."""
    key_usage_table_name: pulumi.Output[str]
    """Name of the table with the day on which each API key was last used."""
    key_usage_table_arn: pulumi.Output[str]
    """ARN of that table."""
    fingerprint_key_arns: pulumi.Output[list[str]]
    """ARNs of the KMS keys that fingerprint records; the newest first."""
    function_names: pulumi.Output[dict[str, str]]
    """Names of the functions `ingest` and `worker`, and of `query` and `authorizer` where `auth` needs them."""
    function_arns: pulumi.Output[dict[str, str]]
    """ARNs of the functions, by the same keys."""
    log_group_names: pulumi.Output[dict[str, str]]
    """Names of the functions' log groups, by the same keys."""
    role_arns: pulumi.Output[dict[str, str]]
    """ARNs of the functions' roles, by the same keys."""

    def __init__(
        self,
        name: str,
        args: LogPipelineArgs | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(self._TYPE, name, None, opts)
        args = args or LogPipelineArgs()
        code = args.code or built_code(args.settings)
        deployment = Deployment(
            name=name,
            settings=args.settings,
            code=code,
            worker_code=built_worker_code(args.settings) if args.settings.processor and not args.code else code,
            child=pulumi.ResourceOptions(parent=self),
        )
        queue, table, keys = _durable_queue(deployment), _tenant_table(deployment), _key_table(deployment)
        fingerprint_keys = _fingerprint_keys(deployment)
        functions = pipeline_functions(
            deployment, queue=queue, table=table, keys=keys, fingerprint_keys=fingerprint_keys
        )
        _consume(deployment, queue=queue, worker=functions["worker"])
        ingress = front_door(deployment, functions)
        _watch(deployment, queue=queue, functions=functions, ingress=ingress)

        self.url = ingress.url
        self.ingest_url = pulumi.Output.concat(self.url, "/ingest")
        self.health_url = pulumi.Output.concat(self.url, "/health")
        self.domain_target = ingress.domain.target if ingress.domain else pulumi.Output.from_input("")
        self.queue_url, self.queue_name, self.queue_arn = queue.url, queue.name, queue.arn
        self.dead_letter_queue_url, self.dead_letter_queue_name = queue.dead_letter_url, queue.dead_letter_name
        self.dead_letter_queue_arn = queue.dead_letter_arn
        self.table_name, self.table_arn = table.name, table.arn
        self.key_table_name, self.key_table_arn = keys.name, keys.arn
        self.key_usage_table_name, self.key_usage_table_arn = keys.usage_name, keys.usage_arn
        self.fingerprint_key_arns = pulumi.Output.all(*fingerprint_keys.arns)
        self.function_names = _of_each(functions, lambda function: function.name)
        self.function_arns = _of_each(functions, lambda function: function.arn)
        self.log_group_names = _of_each(functions, lambda function: function.log_group_name)
        self.role_arns = _of_each(functions, lambda function: function.role_arn)
        self.register_outputs({output: getattr(self, output) for output in LogPipeline.__annotations__})


def _of_each(
    functions: Mapping[str, PythonFunction], output: Callable[[PythonFunction], pulumi.Output[str]]
) -> pulumi.Output[dict[str, str]]:
    return pulumi.Output.all(**{name: output(function) for name, function in functions.items()})


def _durable_queue(deployment: Deployment) -> DurableQueue:
    args = DurableQueueArgs(
        consumer_timeout_seconds=deployment.settings.worker_timeout_seconds,
        deletion_protection=deployment.settings.deletion_protection,
        key=deployment.key(),
    )
    return DurableQueue(deployment.named("ingest"), args, deployment.child)


def _tenant_table(deployment: Deployment) -> TenantTable:
    settings = deployment.settings
    args = TenantTableArgs(
        record_retention_days=settings.record_retention_days,
        point_in_time_recovery=settings.point_in_time_recovery,
        deletion_protection=settings.deletion_protection,
        key=deployment.key(),
    )
    return TenantTable(deployment.named("records"), args, deployment.child)


def _key_table(deployment: Deployment) -> KeyTable:
    args = KeyTableArgs(
        point_in_time_recovery=deployment.settings.point_in_time_recovery,
        deletion_protection=deployment.settings.deletion_protection,
        key=deployment.key(),
    )
    return KeyTable(deployment.named("keys"), args, deployment.child)


def _fingerprint_keys(deployment: Deployment) -> FingerprintKeys:
    settings = deployment.settings
    args = FingerprintKeysArgs(
        generation=settings.fingerprint_key_generation, deletion_protection=settings.deletion_protection
    )
    return FingerprintKeys(deployment.named("fingerprint-key"), args, deployment.child)


def _consume(deployment: Deployment, *, queue: DurableQueue, worker: PythonFunction) -> None:
    args = QueueConsumerArgs(
        function=worker,
        queue=queue,
        batch_size=deployment.settings.worker_batch_size,
        max_concurrency=deployment.settings.worker_max_concurrency,
    )
    QueueConsumer(deployment.named("worker"), args, deployment.child)


def _watch(
    deployment: Deployment, *, queue: DurableQueue, functions: Mapping[str, PythonFunction], ingress: FrontDoor
) -> None:
    capacity = Capacity.of(deployment.settings)
    args = AlarmsArgs(
        queue=queue,
        functions=functions,
        server_errors=ingress.server_errors,
        requests=ingress.requests,
        oldest_message_seconds=capacity.alarming_age_seconds(),
        backlog_messages=capacity.alarming_backlog_messages(),
        topic_arn=deployment.settings.alarm_topic_arn or None,
    )
    Alarms(deployment.name, args, deployment.child)
