"""Dependencies point inward: what each part of the source may import, and which modules read the outside world."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.checkout import ROOT

PURE = frozenset({"handlers.logs", "handlers.redaction", "handlers.access"})
FUNCTION_FILES = frozenset({"ingest", "worker", "query", "authorizer", "submit"})
# The parts of `handlers`, each with the other parts that it may import.
INWARD = {
    "handlers.redaction": frozenset(),
    "handlers.logs": frozenset({"handlers.redaction"}),
    "handlers.access": frozenset(),
    "handlers.environment": frozenset(),
    "handlers.processing": frozenset({"handlers.logs", "handlers.redaction"}),
    "handlers.aws": PURE,
    "handlers.web": PURE,
}
# What starts processes, opens connections or speaks HTTP has no place in the pure parts.
CONNECTIONS = frozenset({"asyncio", "boto3", "botocore", "http", "requests", "socket", "ssl", "urllib", "urllib3"})
PROCESSES = frozenset(
    {"concurrent", "multiprocessing", "os", "resource", "select", "signal", "subprocess", "threading"}
)
OUTSIDE_HANDLERS = frozenset({"bench", "cli", "infra", "local", "pulumi", "pulumi_aws", "tests"})
OUTSIDE_INFRA = frozenset({"bench", "cli", "handlers", "local", "tests"})


def sources(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found
    return found


def imported_by(path: Path) -> Iterator[str]:
    """Every module that a source imports, also those that it imports within a function."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module is not None
            yield from (f"{node.module}.{name.name}" for name in node.names)


def part(module: str) -> str:
    """The part of `handlers` that a module belongs to."""
    return ".".join(module.split(".")[:2])


def imported_parts(folder: str) -> set[str]:
    imported = {part(module) for path in sources(folder) for module in imported_by(path)}
    return {module for module in imported if module.startswith("handlers.")}


def users_of(name: str, folder: str) -> set[str]:
    """The modules of a folder that use an attribute of a module, such as `os.environ`."""
    attributes = [
        (path, node)
        for path in sources(folder)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
    ]
    return {path.relative_to(ROOT).as_posix() for path, node in attributes if ast.unparse(node) == name}


def test_the_dependencies_of_every_part_of_handlers_are_listed() -> None:
    parts = {path.name for path in (ROOT / "handlers").iterdir() if (path / "__init__.py").is_file()}
    modules = {path.stem for path in (ROOT / "handlers").glob("*.py")} - {"__init__"}

    assert {f"handlers.{name}" for name in parts | (modules - FUNCTION_FILES)} == set(INWARD)


@pytest.mark.parametrize("importer", [name for name in INWARD if name != "handlers.environment"])
def test_parts_of_handlers_import_only_the_listed_parts(importer: str) -> None:
    assert imported_parts(importer.replace(".", "/")) - {importer} <= INWARD[importer]


@pytest.mark.parametrize("importer", sorted(PURE))
def test_pure_parts_import_neither_aws_nor_http_nor_processes(importer: str) -> None:
    imported = {module.split(".")[0] for path in sources(importer.replace(".", "/")) for module in imported_by(path)}

    assert imported & (CONNECTIONS | PROCESSES) == set()


@pytest.mark.parametrize(("folder", "outside"), [("handlers", OUTSIDE_HANDLERS), ("infra", OUTSIDE_INFRA)])
def test_functions_and_infrastructure_do_not_import_each_other(folder: str, outside: frozenset[str]) -> None:
    imported = {module.split(".")[0] for path in sources(folder) for module in imported_by(path)}

    assert imported & outside == set()


def test_one_module_reads_the_environment_of_functions() -> None:
    # The package's own start sets a variable before pydantic is imported; it reads none.
    assert users_of("os.environ", "handlers") - {"handlers/__init__.py"} == {"handlers/environment.py"}
    assert users_of("os.getenv", "handlers") == set()


def test_only_the_program_reads_the_configuration_of_a_stack() -> None:
    assert users_of("pulumi.Config", "infra") == set()
