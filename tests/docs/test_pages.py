"""The README and the pages are true: tables match the code, commands and links exist, answers are the handlers'."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from handlers.ingest import handler
from handlers.web.refusals import Code
from local.demo import EXPECTATIONS, FAILED_EVERY_TIME
from tests.support.aws_fixtures import Aws, Context, event_of
from tests.support.checkout import ROOT
from tests.support.pages import PAGES, each_page

README = (ROOT / "README.md").read_text()


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def settings_table() -> str:
    """Return the table of settings, as Pulumi.yaml describes them."""
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


def test_the_page_of_settings_matches_pulumi_yaml() -> None:
    shown = page("settings.md").partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0]

    assert shown.strip() == settings_table()


def test_the_readme_has_at_most_1200_words() -> None:
    assert len(README.split()) <= 1200


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


def test_the_demonstration_in_the_readme_ends_as_the_program_expects() -> None:
    shown = re.search(r"\$ make demo\n(.*?)\n\$ ", README, re.DOTALL)
    assert shown is not None
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown[1].splitlines() if line.startswith("│")]

    assert [row[0] for row in rows if row[0]] == [expected.scenario.tenant_id for expected in EXPECTATIONS]
    assert [row[1] for row in rows if row[1]] == [expected.source for expected in EXPECTATIONS]
    assert [row[-1] for row in rows if row[-1]] == ["yes"] * len(EXPECTATIONS)
    shown_texts = "".join(row[4].replace(" ", "") for row in rows)
    assert shown_texts == "".join(
        (expected.modified or f"dead letter: {FAILED_EVERY_TIME}").replace(" ", "") for expected in EXPECTATIONS
    )


def test_the_readme_shows_both_scenarios() -> None:
    assert len(examples()) >= 2


def test_every_code_is_explained_with_its_status() -> None:
    rows = [line for line in page("sending.md").splitlines() if re.match(r"\| \d{3}", line)]

    for code in Code:
        [row] = [row for row in rows if f"`{code}`" in row]
        assert str(code.status) in row.split("|")[1]


@each_page
def test_every_file_that_a_page_links_to_exists(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


@each_page
def test_every_place_that_a_page_links_to_exists(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", page.read_text())

    assert [
        (file, place) for file, place in links if place not in places_in(page.parent / file if file else page)
    ] == []


def places_in(page: Path) -> set[str]:
    """Return what can follow the `#` of a link to a page: its anchors, and its headings as GitHub spells them."""
    text = page.read_text()
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings} | {
        *re.findall(r'<a id="(.+?)">', text)
    }


@pytest.mark.parametrize("name", ["security.md", "operating.md"])
def test_a_page_that_claims_what_is_proved_or_promised_links_to_it(name: str) -> None:
    anchors = re.findall(r'<a id="(.+?)">', page(name))
    linked = {place for one in PAGES for place in re.findall(r"\]\([^)#]*#([^)]+)\)", one.read_text())}

    assert len(anchors) == 6
    assert [anchor for anchor in anchors if anchor not in linked] == []


@each_page
def test_every_path_of_the_checkout_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text()
    top = "|".join(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))
    named = set(re.findall(rf"`((?:{top})/[\w./*-]*)`", text))

    assert [path for path in named if not list(ROOT.glob(path.rstrip("/")))] == []


def test_every_output_that_the_readme_names_is_exported() -> None:
    table = README.partition("| output | |")[2].partition("\n\n")[0]
    exported = set(re.findall(r'pulumi\.export\("(\w+)"', (ROOT / "__main__.py").read_text()))

    assert set(re.findall(r"`(\w+)`(?=[, ]*(?:`|\|))", table)) == exported
