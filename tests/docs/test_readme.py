"""The README is true: its tables are those of the code, its commands exist, its answers are the handlers'."""

import json
import re
import shlex
from typing import Any

import pytest
import yaml

from handlers.ingest import handler
from handlers.web.refusals import Code
from tests.support.aws_fixtures import Aws, Context, event_of
from tests.support.checkout import ROOT

README = (ROOT / "README.md").read_text()


def between(marker: str) -> str:
    """Return what stands between two markers, without the blank lines around it."""
    return README.partition(f"<!-- {marker} -->")[2].partition(f"<!-- /{marker} -->")[0].strip()


def settings_table() -> str:
    """Return the configuration table, as Pulumi.yaml describes the settings."""
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    rows = [f"| `{name}` | {shown(of['default'])} | {of['description']} |" for name, of in schema.items()]
    return "\n".join(["| setting | default | |", "|---|---|---|", *rows])


def shown(default: object) -> str:
    if default == "":
        return "empty"
    return f"`{json.dumps(default) if isinstance(default, bool) else default}`"


def examples() -> list[tuple[str, dict[str, Any]]]:
    """Return each curl command of the README that shows an answer, and that answer."""
    pattern = re.compile(r"^\$ (curl (?:.*\\\n)*.*)\n(\{.*\})$", re.MULTILINE)
    return [(command, json.loads(answer)) for command, answer in pattern.findall(README)]


def event_of_curl(command: str) -> dict[str, Any]:
    words = shlex.split(command.replace("\\\n", " "))
    headers = [words[place + 1].split(": ", 1) for place, word in enumerate(words) if word == "-H"]
    event = event_of("http_api_json")
    return event | {"headers": dict(headers), "body": words[words.index("-d") + 1]}


def test_the_configuration_table_is_that_of_the_settings() -> None:
    assert between("settings") == settings_table()


@pytest.mark.parametrize(("command", "answer"), examples())
def test_the_handler_answers_a_curl_command_as_the_readme_shows(aws: Aws, command: str, answer: dict[str, Any]) -> None:
    response = handler(event_of_curl(command), Context())

    given = json.loads(response["body"])
    assert aws.waiting()
    assert given.keys() == answer.keys()
    made_anew = {"message_id"} | (set() if '"log_id"' in command else {"log_id"})
    assert {key: given[key] for key in given.keys() - made_anew} == {
        key: answer[key] for key in answer.keys() - made_anew
    }


def test_the_readme_shows_both_scenarios() -> None:
    assert len(examples()) >= 2


def test_every_code_is_explained_with_its_status() -> None:
    rows = [line for line in README.splitlines() if re.match(r"\| \d{3}", line)]

    for code in Code:
        [row] = [row for row in rows if f"`{code}`" in row]
        assert str(code.status) in row.split("|")[1]


def test_every_make_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    named = set(re.findall(r"(?:`|\$ )make ([a-z]+)", README))
    assert {"demo", "dev", "test"} <= named <= targets


def test_every_path_that_the_readme_links_to_exists() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_output_that_the_readme_names_is_exported() -> None:
    table = README.partition("| output | |")[2].partition("\n\n")[0]
    exported = set(re.findall(r'pulumi\.export\("(\w+)"', (ROOT / "__main__.py").read_text()))

    assert set(re.findall(r"`(\w+)`(?=[, ]*(?:`|\|))", table)) == exported
