"""The whole pipeline as one component: from the URL to the table."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi

from infra.alarms import Alarms, AlarmsArgs
from infra.authorizer import AuthorizerArgs, JwtArgs
from infra.budget import MAX_RECEIVES, max_text_chars, visibility_timeout_seconds
from infra.durable_queue import DurableQueue, DurableQueueArgs
from infra.function import PythonFunction, PythonFunctionArgs
from infra.function_role import FunctionRole
from infra.function_url_ingress import FunctionUrlIngress, FunctionUrlIngressArgs
from infra.http_ingress import HttpIngress, HttpIngressArgs, RouteArgs
from infra.key_table import KeyTable, KeyTableArgs
from infra.outcome_metrics import OutcomeMetrics, OutcomeMetricsArgs
from infra.package import build as lambda_package
from infra.queue_consumer import QueueConsumer, QueueConsumerArgs
from infra.settings import Settings
from infra.tenant_access import TenantAccess, TenantAccessArgs
from infra.tenant_table import TenantTable, TenantTableArgs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.permission import Permission

    Environment = Mapping[str, pulumi.Input[str]]

ANSWER_TIMEOUT_SECONDS = 29  # the HTTP API gives up at 30; so it is the function that answers


@dataclass(frozen=True, kw_only=True)
class LogPipelineArgs:
    """How this pipeline differs from the default one."""

    settings: Settings = field(default_factory=Settings)
    """Limits, sizes and retentions."""
    code: pulumi.Archive | None = None
    """What the functions run; left out, it is built from this repository for the settings' target."""


class LogPipeline(pulumi.ComponentResource):
    """Accepts logs over HTTP and stores them redacted, tenant by tenant; what it accepted is never lost."""

    url: pulumi.Output[str]
    queue_url: pulumi.Output[str]
    dead_letter_queue_url: pulumi.Output[str]
    table_name: pulumi.Output[str]
    key_table_name: pulumi.Output[str] | None
    """Where API keys are; None where tenants prove who they are in another way, or not at all."""

    def __init__(
        self,
        name: str,
        args: LogPipelineArgs | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("robust-data-processor:infra:LogPipeline", name, None, opts)
        args = args or LogPipelineArgs()
        self._name, self._settings = name, args.settings
        self._child = pulumi.ResourceOptions(parent=self)
        # Derived before the first resource, so that numbers that cannot work create none.
        self._max_text_chars = max_text_chars(
            worker_timeout_seconds=args.settings.worker_timeout_seconds,
            processing_seconds_per_char=args.settings.processing_seconds_per_char,
        )
        self._code = args.code or built_package(args.settings)

        self._queue = self._durable_queue()
        self._table = self._tenant_table()
        self._consume(self._worker())
        self._keys = self._key_table() if args.settings.auth == "api-key" else None
        ingress = self._ingress(self._ingest())
        self._watch(ingress)

        self.url = ingress.url
        self.queue_url, self.dead_letter_queue_url = self._queue.url, self._queue.dead_letter_url
        self.table_name = self._table.name
        self.key_table_name = self._keys.name if self._keys else None
        self.register_outputs({"url": self.url, "table_name": self.table_name})

    def _durable_queue(self) -> DurableQueue:
        args = DurableQueueArgs(consumer_timeout_seconds=self._settings.worker_timeout_seconds)
        return DurableQueue(f"{self._name}-ingest", args, self._child)

    def _tenant_table(self) -> TenantTable:
        args = TenantTableArgs(
            record_retention_days=self._settings.record_retention_days,
            point_in_time_recovery=self._settings.point_in_time_recovery,
            deletion_protection=self._settings.deletion_protection,
        )
        return TenantTable(f"{self._name}-records", args, self._child)

    def _key_table(self) -> KeyTable:
        args = KeyTableArgs(deletion_protection=self._settings.deletion_protection)
        return KeyTable(f"{self._name}-keys", args, self._child)

    def _ingest(self) -> PythonFunction:
        environment: Environment = {
            "INGEST_QUEUE_URL": self._queue.url,
            "MAX_TEXT_CHARS": str(self._max_text_chars),
            "REDACT": self._settings.redact,
            **self._identity(),
        }
        return self._function(
            "ingest",
            memory_mb=self._settings.ingest_memory_mb,
            environment=environment,
            permissions=(self._queue.allow_send(),),
        )

    def _worker(self) -> PythonFunction:
        settings = self._settings
        role = FunctionRole(f"{self._name}-worker", self._child)
        rows = self._rows("tenant-writer", ("dynamodb:PutItem", "dynamodb:GetItem"), role)
        return self._function(
            "worker",
            role=role,
            memory_mb=settings.worker_memory_mb,
            timeout_seconds=settings.worker_timeout_seconds,
            environment={
                "INGEST_QUEUE_URL": self._queue.url,
                "DEAD_LETTER_QUEUE_URL": self._queue.dead_letter_url,
                "TABLE_NAME": self._table.name,
                "TENANT_ROLE_ARN": rows.role_arn,
                "PROCESSING_SECONDS_PER_CHAR": str(settings.processing_seconds_per_char),
                "RETRY_DELAY_SECONDS": str(settings.retry_delay_seconds),
                "KEEP_ORIGINAL_TEXT": _flag(on=settings.keep_original_text),
                "RECORD_RETENTION_DAYS": str(settings.record_retention_days),
                "REDACT": settings.redact,
                "CHAOS": _flag(on=settings.chaos),
            },
            permissions=(
                self._queue.allow_consume(),
                self._queue.allow_send_dead_letter(),
                rows.allow_act_for_tenant(),
            ),
        )

    def _query(self) -> PythonFunction:
        role = FunctionRole(f"{self._name}-query", self._child)
        rows = self._rows("tenant-reader", ("dynamodb:GetItem", "dynamodb:Query"), role)
        environment: Environment = {
            "TABLE_NAME": self._table.name,
            "TENANT_ROLE_ARN": rows.role_arn,
            **self._identity(),
        }
        return self._function("query", role=role, environment=environment, permissions=(rows.allow_act_for_tenant(),))

    def _rows(self, name: str, actions: tuple[str, ...], assumed_by: FunctionRole) -> TenantAccess:
        args = TenantAccessArgs(table=self._table, actions=actions, assumed_by=assumed_by)
        return TenantAccess(f"{self._name}-{name}", args, self._child)

    def _identity(self) -> dict[str, str]:
        return {"AUTH": self._settings.auth, "TENANT_CLAIM": self._settings.jwt_tenant_claim}

    def _function(
        self,
        module: str,
        *,
        environment: Environment,
        permissions: tuple[Permission, ...],
        role: FunctionRole | None = None,
        memory_mb: int | None = None,
        timeout_seconds: int = ANSWER_TIMEOUT_SECONDS,
    ) -> PythonFunction:
        args = PythonFunctionArgs(
            handler=f"handlers.{module}.handler",
            code=self._code,
            architecture=self._settings.architecture,
            memory_mb=memory_mb or self._settings.ingest_memory_mb,
            timeout_seconds=timeout_seconds,
            log_retention_days=self._settings.log_retention_days,
            environment=environment,
            permissions=permissions,
            role=role,
        )
        function = PythonFunction(f"{self._name}-{module}", args, self._child)
        OutcomeMetrics(f"{self._name}-{module}", OutcomeMetricsArgs(function=function), self._child)
        return function

    def _consume(self, worker: PythonFunction) -> None:
        args = QueueConsumerArgs(
            function=worker,
            queue=self._queue,
            batch_size=self._settings.worker_batch_size,
            max_concurrency=self._settings.worker_max_concurrency,
        )
        QueueConsumer(f"{self._name}-worker", args, self._child)

    def _ingress(self, ingest: PythonFunction) -> HttpIngress | FunctionUrlIngress:
        name = f"{self._name}-ingress"
        if self._settings.ingress == "function-url":
            return FunctionUrlIngress(name, FunctionUrlIngressArgs(function=ingest), self._child)
        args = HttpIngressArgs(
            routes=self._routes(ingest),
            authorizer=self._authorizer(),
            throttle_rate_per_second=self._settings.throttle_rate_per_second,
            throttle_burst=self._settings.throttle_burst,
            log_retention_days=self._settings.log_retention_days,
        )
        return HttpIngress(name, args, self._child)

    def _routes(self, ingest: PythonFunction) -> dict[str, RouteArgs]:
        routes = {
            "ingest": RouteArgs(key="POST /ingest", function=ingest, needs_credential=True),
            "health": RouteArgs(key="GET /health", function=ingest),
            # Everything else, so that the function can refuse it in the form of its contract.
            "default": RouteArgs(key="$default", function=ingest),
        }
        if self._settings.auth == "none":
            return routes
        query, logs = self._query(), "GET /tenants/{tenant_id}/processed_logs"
        return routes | {
            "logs": RouteArgs(key=logs, function=query, needs_credential=True),
            "log": RouteArgs(key=f"{logs}/{{log_id}}", function=query, needs_credential=True),
        }

    def _authorizer(self) -> AuthorizerArgs | None:
        settings = self._settings
        if self._keys is not None:
            function = self._function(
                "authorizer",
                environment={"KEY_TABLE_NAME": self._keys.name},
                permissions=(self._keys.allow_look_up(),),
            )
            return AuthorizerArgs(key_function=function, cache_seconds=settings.auth_cache_seconds)
        if settings.auth == "jwt":
            return AuthorizerArgs(jwt=JwtArgs(issuer=settings.jwt_issuer, audiences=settings.audiences()))
        return None

    def _watch(self, ingress: HttpIngress | FunctionUrlIngress) -> None:
        visibility = visibility_timeout_seconds(
            consumer_timeout_seconds=self._settings.worker_timeout_seconds,
        )
        args = AlarmsArgs(
            queue=self._queue,
            server_errors=ingress.server_errors,
            # By then even a message that failed every time is a dead letter, unless the worker is behind.
            oldest_message_seconds=MAX_RECEIVES * visibility,
            topic_arn=self._settings.alarm_topic_arn or None,
        )
        Alarms(self._name, args, self._child)


def built_package(settings: Settings) -> pulumi.FileArchive:
    """Return the Lambda package of this repository, built if need be.

    Raises:
        pulumi.RunError: its requirements cannot be installed.
    """
    target = lambda_package.Target.of(settings.package_for, settings.architecture)
    try:
        package = lambda_package.build(target)
    except lambda_package.PackageError as error:
        raise pulumi.RunError(str(error)) from error
    if missing := lambda_package.missing_bytecode(target):
        pulumi.info(missing)
    # Relative, so that the state says the same on every machine.
    return pulumi.FileArchive(os.path.relpath(package))


def _flag(*, on: bool) -> str:
    return "true" if on else "false"
