"""Every command that a page shows exists, with the options, settings and outputs that the page gives it."""

import importlib
import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from tests.support.checkout import ROOT
from tests.support.pages import PAGES, each_page

GROUPS = {"bench": "bench", "cli": "main", "local": "main"}
"""Our commands: the module, and what its `__main__` calls its group."""
ACTIVATE = "$ . .venv/bin/activate"
EXPORTED = set(re.findall(r'pulumi\.export\("(\w+)"', (ROOT / "__main__.py").read_text()))
SETTINGS = {"aws:region", *yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]}
# A command ends where the shell says so, and in prose with its backtick.
PYTHON = re.compile(r"python -m ([\w.]+)([^`|;&)#\n]*)")


def commands(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the module and the arguments of every `python -m …`; what is optional, as `[--json]`, is given."""
    text = page.read_text().replace("\\\n", " ").replace('"$(', "$(")
    for module, rest in PYTHON.findall(text):
        yield module.rstrip("."), shlex.split(re.sub(r"[\[\]]", "", rest))


def check(command: click.Command, arguments: list[str], parent: click.Context | None = None) -> None:
    """Parse as the command line does, without running anything.

    Raises:
        click.UsageError: there is no such subcommand, option or argument.
    """
    context = click.Context(command, info_name=command.name, parent=parent, **command.context_settings)
    _, rest, _ = command.make_parser(context).parse_args(list(arguments))
    if isinstance(command, click.Group) and rest:
        _, subcommand, rest = command.resolve_command(context, rest)
        assert subcommand is not None
        check(subcommand, rest, context)
    elif rest:
        raise click.UsageError(f"{command.name} takes no {rest}")


@pytest.mark.parametrize("wrong", ["bench redcat", "cli keys make acme", "local up --ports 1", "local demo now"])
def test_a_command_that_does_not_exist_fails_the_check(wrong: str) -> None:
    module, *arguments = wrong.split()

    with pytest.raises(click.UsageError):
        check(getattr(importlib.import_module(f"{module}.__main__"), GROUPS[module]), arguments)


@each_page
def test_every_python_command_exists_with_its_options(page: Path) -> None:
    for module, arguments in commands(page):
        if module in GROUPS:
            check(getattr(importlib.import_module(f"{module}.__main__"), GROUPS[module]), arguments)
        else:
            assert importlib.util.find_spec(module), module


@each_page
def test_every_path_given_to_pytest_exists(page: Path) -> None:
    paths = [word for module, words in commands(page) if module == "pytest" for word in words if "/" in word]

    assert [path for path in paths if not (ROOT / path).exists()] == []


@each_page
def test_a_page_activates_the_environment_before_its_first_command_in_python(page: Path) -> None:
    first = re.search(r"^\$ .*python -m", page.read_text(), re.MULTILINE)

    assert first is None or ACTIVATE in page.read_text()[: first.start()].splitlines()


@each_page
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"(?:`|\$ )make ([a-z-]+)", page.read_text())) <= targets


@each_page
def test_every_setting_and_output_that_a_command_names_exists(page: Path) -> None:
    text = page.read_text()

    assert set(re.findall(r"pulumi config set ([\w:]+)|--config (\w+)=", text)) <= {
        pair for name in SETTINGS for pair in ((name, ""), ("", name))
    }
    assert set(re.findall(r"(?:local|stack) output (\w+)", text)) <= EXPORTED


def test_the_pages_show_commands_of_every_kind() -> None:
    shown = {module for page in PAGES for module, _ in commands(page)}

    assert shown >= {*GROUPS, "pytest"}
