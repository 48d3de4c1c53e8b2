"""`python -m package.generate`: write the component and its schema from the settings and the pipeline."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_origin

from pulumi.provider.experimental.analyzer import Analyzer

from infra import log_pipeline
from infra.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

FOLDER: Final = Path(__file__).resolve().parent
COMPONENT: Final = FOLDER / "log_pipeline.py"
SCHEMA: Final = FOLDER / "schema.json"

_SIMPLE = {bool: "bool", int: "int", float: "float", str: "str"}
_CODE = (
    "What the functions run, such as the zip of a release; by default it is built on the machine that runs Pulumi, "
    "which needs pip and a network."
)
_TEMPLATE = '''"""`LogPipeline` as programs in every language of Pulumi see it.

`make package` writes this module; do not edit it. Pulumi's analyser needs annotations that are types, so none is
postponed here.
"""

from typing import TypedDict

import pulumi

from infra import log_pipeline
from package.arguments import known_as_before, pipeline_args


class LogPipelineArgs(TypedDict, total=False):
    """The settings, and the functions' code; nothing is required."""

{inputs}


class LogPipeline(log_pipeline.LogPipeline):
    """{summary}"""

    _TYPE = "robust-data-processor:index:LogPipeline"

{outputs}

    def __init__(self, name: str, args: LogPipelineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, pipeline_args(args), known_as_before("LogPipeline", opts))
'''


def component() -> str:
    """Return the source of the component: an input for each setting, an output for each of the pipeline's."""
    return _TEMPLATE.format(
        inputs="\n".join(_inputs()),
        outputs="\n".join(_outputs()),
        summary=log_pipeline.LogPipeline.__doc__,
    )


def schema() -> str:
    """Return the schema that Pulumi gets from the component, from which it makes the package of each language."""
    from package.provider import Provider

    return json.dumps(json.loads(Provider().schema or ""), indent=2, ensure_ascii=False) + "\n"


def _inputs() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        yield _declared(name, _type(field), f"{_line(field.description)}{_default(field)}")
    yield _declared("code", "pulumi.Archive", _CODE)


def _outputs() -> Iterator[str]:
    analyzer = Analyzer("")
    for name, annotation in log_pipeline.LogPipeline.__annotations__.items():
        yield _declared(name, annotation, _line(analyzer.get_docstring(log_pipeline.LogPipeline, name)))


def _declared(name: str, annotation: str, description: str) -> str:
    return f'    {name}: {annotation}\n    """{description}"""'


def _type(field: FieldInfo) -> str:
    if field.annotation in _SIMPLE:
        return _SIMPLE[field.annotation]
    chosen_from = get_origin(field.annotation)
    return "str" if chosen_from is Literal else "pulumi.Input[str]"


def _default(field: FieldInfo) -> str:
    if field.default == "":
        return ""
    shown = str(field.default).lower() if isinstance(field.default, bool) else field.default
    return f" Default: {shown}."


def _line(description: str | None) -> str:
    return " ".join((description or "").split())


def main() -> int:
    """Write both files; the schema comes from a new process, which imports the component as it is now."""
    if sys.argv[1:] == ["schema"]:
        SCHEMA.write_text(schema())
        return 0
    COMPONENT.write_text(component())
    return subprocess.run([sys.executable, "-m", "package.generate", "schema"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
