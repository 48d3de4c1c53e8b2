"""Metrics of what happened to logs, counted from a function's event log at no cost to the function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from infra.function import PythonFunction


@dataclass(frozen=True, kw_only=True)
class OutcomeMetricsArgs:
    """Whose outcomes are counted."""

    function: PythonFunction
    """The function whose event log is read."""


class OutcomeMetrics(pulumi.ComponentResource):
    """Counts logs by what happened to them and why, in a namespace of the function's own."""

    namespace: pulumi.Output[str]

    def __init__(self, name: str, args: OutcomeMetricsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("robust-data-processor:infra:OutcomeMetrics", name, None, opts)
        self.namespace = pulumi.Output.concat("RobustDataProcessor/", args.function.name)
        aws.cloudwatch.LogMetricFilter(
            name,
            log_group_name=args.function.log_group_name,
            # "rdp" is the logger of the event log; libraries have other loggers.
            pattern='{ $.logger = "rdp" }',
            metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                name="Logs",
                namespace=self.namespace,
                value="$.logs",
                unit="Count",
                dimensions={"event": "$.message", "code": "$.code"},
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"namespace": self.namespace})
