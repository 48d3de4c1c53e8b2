"""What all parts of one pipeline share: its name, its settings, its code and its parent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.customer_key import CustomerKey
from infra.function import PythonFunction, PythonFunctionArgs
from infra.outcome_metrics import OutcomeMetrics, OutcomeMetricsArgs

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pulumi

    from infra.function_role import FunctionRole
    from infra.permission import Permission
    from infra.settings import Settings

    Environment = Mapping[str, pulumi.Input[str]]

ANSWER_TIMEOUT_SECONDS = 29  # the HTTP API gives up at 30; this way the function still answers


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One pipeline that is being declared."""

    name: str
    """The name of the pipeline; the names of all its parts begin with it."""
    settings: Settings
    """What this stack chose."""
    code: pulumi.Archive
    """What the functions run."""
    worker_code: pulumi.Archive
    """What the worker runs: the same, with the stack's processor if it has one."""
    child: pulumi.ResourceOptions
    """The options of every part: the pipeline is its parent."""

    def named(self, part: str) -> str:
        """Return the name of a part, such as `logs-worker`."""
        return f"{self.name}-{part}"

    def key(self) -> CustomerKey | None:
        """Return the key that this stack brings for its tables, queues and log groups, if any."""
        return CustomerKey(arn=self.settings.kms_key_arn) if self.settings.kms_key_arn else None

    def function(
        self,
        module: str,
        *,
        environment: Environment,
        permissions: tuple[Permission, ...],
        code: pulumi.Archive | None = None,
        role: FunctionRole | None = None,
        memory_mb: int | None = None,
        timeout_seconds: int = ANSWER_TIMEOUT_SECONDS,
        after: tuple[PythonFunction, ...] = (),
    ) -> PythonFunction:
        """Return the function of `handlers/<module>.py`, whose outcomes are counted; it is updated after the others."""
        args = PythonFunctionArgs(
            handler=f"handlers.{module}.handler",
            code=code or self.code,
            architecture=self.settings.architecture,
            memory_mb=memory_mb or self.settings.ingest_memory_mb,
            timeout_seconds=timeout_seconds,
            log_retention_days=self.settings.log_retention_days,
            environment=environment,
            permissions=permissions,
            after=after,
            role=role,
            tracing=self.settings.tracing,
            key=self.key(),
        )
        function = PythonFunction(self.named(module), args, self.child)
        OutcomeMetrics(self.named(module), OutcomeMetricsArgs(function=function), self.child)
        return function
