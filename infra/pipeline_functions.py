"""The functions of the pipeline: what each one reads from its environment, and what it may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from infra.budget import MAX_BACKLOG_SECONDS
from infra.capacity import Capacity
from infra.function_role import FunctionRole
from infra.tenant_access import TenantAccess, TenantAccessArgs

if TYPE_CHECKING:
    from infra.deployment import Deployment
    from infra.durable_queue import DurableQueue
    from infra.fingerprint_key import FingerprintKeys
    from infra.function import PythonFunction
    from infra.key_table import KeyTable
    from infra.settings import Settings
    from infra.tenant_table import TenantTable


def pipeline_functions(
    deployment: Deployment,
    *,
    queue: DurableQueue,
    table: TenantTable,
    keys: KeyTable,
    fingerprint_keys: FingerprintKeys,
) -> dict[str, PythonFunction]:
    """Return the functions that these settings need, by the names of their modules."""
    worker = worker_function(deployment, queue=queue, table=table, keys=fingerprint_keys)
    functions = {"worker": worker, "ingest": ingest_function(deployment, queue=queue, worker=worker)}
    if deployment.settings.auth != "none":
        functions["query"] = query_function(deployment, table=table)
    if deployment.settings.auth == "api-key":
        functions["authorizer"] = authorizer_function(deployment, keys=keys)
    return functions


def ingest_function(deployment: Deployment, *, queue: DurableQueue, worker: PythonFunction) -> PythonFunction:
    """Return the function that turns requests into messages."""
    settings = deployment.settings
    capacity = Capacity.of(settings)
    return deployment.function(
        "ingest",
        environment={
            "INGEST_QUEUE_URL": queue.url,
            "MAX_TEXT_CHARS": str(capacity.max_text_chars),
            "PROCESSING_SECONDS_PER_CHAR": str(settings.simulated_seconds_per_char()),
            "MAX_PROCESSING_SECONDS_PER_REQUEST": str(capacity.max_processing_seconds_per_request()),
            "MAX_BACKLOG_SECONDS": str(MAX_BACKLOG_SECONDS),
            "DRAIN_CONCURRENCY": str(capacity.concurrency),
            "REDACT": settings.redact,
            **_identity(settings),
        },
        permissions=(queue.allow_send(), queue.allow_measure()),
        # A newer version may send what the worker before it cannot read.
        after=(worker,),
    )


def worker_function(
    deployment: Deployment, *, queue: DurableQueue, table: TenantTable, keys: FingerprintKeys
) -> PythonFunction:
    """Return the function that turns messages into records."""
    settings = deployment.settings
    role = FunctionRole(deployment.named("worker"), deployment.child)
    rows = _rows(deployment, "tenant-writer", ("dynamodb:PutItem", "dynamodb:GetItem"), table=table, assumed_by=role)
    return deployment.function(
        "worker",
        role=role,
        memory_mb=settings.worker_memory_mb,
        timeout_seconds=settings.worker_timeout_seconds,
        environment={
            "INGEST_QUEUE_URL": queue.url,
            "DEAD_LETTER_QUEUE_URL": queue.dead_letter_url,
            "TABLE_NAME": table.name,
            "TENANT_ROLE_ARN": rows.role_arn,
            "FINGERPRINT_KEY_IDS": pulumi.Output.json_dumps(list(keys.arns)),
            "PROCESSING_SECONDS_PER_CHAR": str(settings.simulated_seconds_per_char()),
            "BATCH_SIZE": str(settings.worker_batch_size),
            "RETRY_DELAY_SECONDS": str(settings.retry_delay_seconds),
            "KEEP_ORIGINAL_TEXT": _flag(on=settings.keep_original_text),
            "RECORD_RETENTION_DAYS": str(settings.record_retention_days),
            "REDACT": settings.redact,
            "CHAOS": _flag(on=settings.chaos),
            "PROCESSOR": settings.processor,
        },
        code=deployment.worker_code,
        permissions=(
            queue.allow_consume(),
            queue.allow_send(),  # to send a message again that met an outage
            queue.allow_send_dead_letter(),
            rows.allow_act_for_tenant(),
            *keys.allow_derive(),
        ),
    )


def query_function(deployment: Deployment, *, table: TenantTable) -> PythonFunction:
    """Return the function that reads a tenant's records back."""
    role = FunctionRole(deployment.named("query"), deployment.child)
    rows = _rows(deployment, "tenant-reader", ("dynamodb:GetItem", "dynamodb:Query"), table=table, assumed_by=role)
    return deployment.function(
        "query",
        role=role,
        environment={
            "TABLE_NAME": table.name,
            "TENANT_ROLE_ARN": rows.role_arn,
            **_identity(deployment.settings),
        },
        permissions=(rows.allow_act_for_tenant(),),
    )


def authorizer_function(deployment: Deployment, *, keys: KeyTable) -> PythonFunction:
    """Return the function that tells a gateway which tenant owns an API key."""
    return deployment.function(
        "authorizer",
        environment={"KEY_TABLE_NAME": keys.name, "KEY_USAGE_TABLE_NAME": keys.usage_name},
        permissions=(keys.allow_look_up(), keys.allow_record_use()),
    )


def _rows(
    deployment: Deployment,
    name: str,
    actions: tuple[str, ...],
    *,
    table: TenantTable,
    assumed_by: FunctionRole,
) -> TenantAccess:
    args = TenantAccessArgs(table=table, actions=actions, assumed_by=assumed_by, key=deployment.key())
    return TenantAccess(deployment.named(name), args, deployment.child)


def _identity(settings: Settings) -> dict[str, str]:
    return {
        "AUTH": settings.auth,
        "TENANT_CLAIM": settings.jwt_tenant_claim,
        "SCOPE_CLAIM": settings.jwt_scope_claim,
    }


def _flag(*, on: bool) -> str:
    return "true" if on else "false"
