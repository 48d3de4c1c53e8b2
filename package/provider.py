"""The gRPC server that Pulumi asks for the schema and for pipelines."""

from __future__ import annotations

import inspect
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import main
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from infra.refusal import InvalidSettings
from package.functions import PythonFunction
from package.log_pipeline import LogPipeline
from package.queues import DurableQueue, QueueConsumer
from package.tenants import TenantAccess, TenantTable

if TYPE_CHECKING:
    from pulumi.provider import ConstructResult

COMPONENTS: Final = (LogPipeline, DurableQueue, QueueConsumer, TenantTable, TenantAccess, PythonFunction)
PACKAGE: Final = "robust-data-processor"
_PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


class Provider(ComponentProvider):
    """Makes the components of this package; what cannot work is refused in a sentence, without a trace of our code."""

    def __init__(self) -> None:
        # Docstrings become descriptions. Python 3.13 takes their indentation away by itself, and earlier ones do not.
        for component in COMPONENTS:
            component.__doc__ = inspect.cleandoc(component.__doc__ or "")
        super().__init__(list(COMPONENTS), PACKAGE, version=version())

    def construct(
        self, name: str, resource_type: str, inputs: Any, options: pulumi.ResourceOptions | None = None
    ) -> ConstructResult:
        """Make the component of this type.

        Raises:
            InputPropertiesError: settings break rules; it names each with its rule and a value that works.
            pulumi.RunError: the Lambda package cannot be built, or an argument allows more than it says.
        """
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            match error.inner:
                case InvalidSettings() as refused:
                    raise _refusal(refused) from None
                case pulumi.RunError() | ValueError() as failure:
                    raise pulumi.RunError(str(failure)) from None
            raise


def serve(arguments: list[str]) -> None:
    """Serve until the process is ended; the first argument is the address of Pulumi's engine."""
    main(Provider(), arguments)


def version() -> str:
    """Return the version of this repository, which is that of the package."""
    project: str = tomllib.loads(_PYPROJECT.read_text())["project"]["version"]
    return project


def _refusal(refused: InvalidSettings) -> InputPropertiesError:
    return InputPropertiesError(
        "the settings cannot work", [{"property_path": each.key, "reason": each.advice()} for each in refused.problems]
    )
