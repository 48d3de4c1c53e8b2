"""Between what Pulumi hands over and what components take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

from infra.customer_key import CustomerKey
from infra.log_pipeline import LogPipelineArgs
from infra.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping


_OPEN = "auth is none: whoever knows the URL may post as any tenant; set auth to api-key or jwt"


def pipeline_args(inputs: Mapping[str, Any]) -> LogPipelineArgs:
    """Return the pipeline's arguments, and warn of a pipeline that is open to everybody.

    Args:
        inputs: the settings by their Python names, and the functions' `code`; what is missing has its default.

    Raises:
        InvalidSettings: with one problem for each setting that cannot work.
    """
    given = whole(inputs)
    code = given.pop("code", None)
    settings = Settings(**given)
    if settings.auth == "none":
        pulumi.log.warn(_OPEN)
    return LogPipelineArgs(settings=settings, code=code)


def known_as_before(component: str, options: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Return options with which a stack that was made with the component of `infra` keeps all its resources."""
    alias = pulumi.Alias(type_=f"robust-data-processor:infra:{component}")
    return pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(aliases=[alias]))


def whole(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs with whole numbers as such: on the wire each is a floating-point number, and errors show 60.0."""
    return {name: int(value) if _is_whole(value) else value for name, value in inputs.items()}


def customer_key(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs with the `key` that `kms_key_arn` names, if there is one."""
    others = {name: value for name, value in inputs.items() if name != "kms_key_arn"}
    return {**others, "key": CustomerKey(arn=inputs["kms_key_arn"])} if "kms_key_arn" in inputs else others


def resource(inputs: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return inputs with the resources that `<name>_arn` stands for."""
    known = {name: _Known(pulumi.Output.from_input(inputs[f"{name}_arn"])) for name in names}
    return {name: value for name, value in inputs.items() if name.removesuffix("_arn") not in names} | known


@dataclass(frozen=True)
class _Known:
    """A resource of which only the ARN is known."""

    arn: pulumi.Output[str]


def _is_whole(value: object) -> bool:
    return isinstance(value, float) and value.is_integer()
