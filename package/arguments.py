"""Between what Pulumi hands over and what the pipeline takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi

from infra.log_pipeline import LogPipelineArgs
from infra.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a stack has that was made with `infra` instead of this package; with an alias it may change to the package.
_TYPE_WITHOUT_PACKAGE = "robust-data-processor:infra:LogPipeline"


def pipeline_args(inputs: Mapping[str, Any]) -> LogPipelineArgs:
    """Return the pipeline's arguments.

    Args:
        inputs: the settings by their Python names, and the functions' `code`; what is missing has its default.

    Raises:
        InvalidSettings: with one problem for each setting that cannot work.
    """
    settings = Settings(**{name: _whole(value) for name, value in inputs.items() if name != "code"})
    return LogPipelineArgs(settings=settings, code=inputs.get("code"))


def known_as_before(options: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Return options with which a stack that was made without this package keeps all its resources."""
    alias = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_=_TYPE_WITHOUT_PACKAGE)])
    return pulumi.ResourceOptions.merge(options, alias)


def _whole(value: Any) -> Any:
    # On the wire every number is a floating-point number; errors would show 60 as 60.0.
    return int(value) if isinstance(value, float) and value.is_integer() else value
