"""The pictures: drawn from the sources beside them, legible, true to the roles, and there where a page shows them."""

import html
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pulumi
import pytest
from pulumi_recorder import Provision

from infra.log_pipeline import LogPipeline, LogPipelineArgs

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs/images"
SOURCES = sorted(IMAGES.glob("*.dot"))
SVG = "{http://www.w3.org/2000/svg}"

# GitHub shows a README about so wide.
SHOWN_WIDTH_PIXELS = 900
SMALLEST_FONT_PIXELS = 11

each_picture = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


def drawing(source: Path) -> ET.Element:
    return ET.fromstring(source.with_suffix(".svg").read_text())  # noqa: S314 - our own file


def words(text: str) -> str:
    return " ".join(html.unescape(text).split())


def labels_in_source(text: str) -> Counter[str]:
    """Return every piece of text in the labels of a .dot file, whether they are quoted or HTML."""
    code = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    pieces = re.findall(r'\blabel="([^"]*)"', code)
    for label in re.findall(r"\blabel=<(.*?>)>[\],]", code, flags=re.DOTALL):
        pieces += re.split(r"<[^>]*>", label)
    return Counter(filter(None, map(words, pieces)))


def labels_in_drawing(root: ET.Element) -> Counter[str]:
    return Counter(words("".join(text.itertext())) for text in root.iter(f"{SVG}text"))


def test_there_are_pictures_of_the_architecture_and_of_the_data_flow() -> None:
    assert {source.stem for source in SOURCES} >= {"architecture", "data-flow"}
    assert {source.stem for source in SOURCES} == {drawn.stem for drawn in IMAGES.glob("*.svg")}


@each_picture
def test_a_picture_says_what_its_source_says(source: Path) -> None:
    expected = labels_in_source(source.read_text())

    drawn = labels_in_drawing(drawing(source))
    assert len(expected) > 10
    assert drawn == expected, f"{source.stem}.svg is older than its source; run: make images"


@each_picture
def test_a_picture_has_a_title_for_those_who_cannot_see_it(source: Path) -> None:
    [name] = re.findall(r'^digraph "([^"]+)"', source.read_text(), re.MULTILINE)

    title = drawing(source).find(f"{SVG}g/{SVG}title")
    assert title is not None
    assert title.text == name
    assert len(name.split()) > 10


@each_picture
def test_a_picture_is_legible_at_the_width_of_a_readme(source: Path) -> None:
    root = drawing(source)
    width = float(root.attrib["viewBox"].split()[2])

    smallest = min(float(text.attrib["font-size"]) for text in root.iter(f"{SVG}text"))
    assert smallest * SHOWN_WIDTH_PIXELS / width >= SMALLEST_FONT_PIXELS
    assert all(text.attrib["font-family"].endswith("sans-serif") for text in root.iter(f"{SVG}text"))


@each_picture
def test_a_picture_stands_on_an_opaque_ground_in_light_and_dark(source: Path) -> None:
    root = drawing(source)
    width, height = root.attrib["viewBox"].split()[2:]

    ground = next(root.iter(f"{SVG}path"))
    assert re.fullmatch(r"#f[0-9a-f]f[0-9a-f]f[0-9a-f]", ground.attrib["fill"])
    corners = [float(number) for number in re.findall(r"-?[\d.]+", ground.attrib["d"])]
    assert max(corners) - min(corners) >= max(float(width), float(height)) - 2


@each_picture
def test_a_picture_tells_neither_when_nor_where_it_was_drawn(source: Path) -> None:
    text = source.with_suffix(".svg").read_text()

    assert not re.search(r"/(home|root|work|tmp|Users)/|[A-Z]:\\|\b20\d\d-?\d\d-?\d\d\b", text)


def test_the_architecture_shows_every_action_that_a_role_may_take_and_no_other(provision: Provision) -> None:
    args = LogPipelineArgs(code=pulumi.FileArchive("package.zip"))
    registered = provision(lambda: LogPipeline("logs", args))
    roles = [role.name for role in registered.all("aws:iam/role:Role")]
    # Every function has these two, and only for itself; the picture says so in words.
    services_of_all = ("logs:", "xray:")

    allowed = {action for role in roles for action, _ in registered.grants_of(role)}
    granted = {action.partition(":")[2] for action in allowed if not action.startswith(services_of_all)}
    drawn = labels_in_drawing(drawing(IMAGES / "architecture.dot"))
    shown = {match[1] for label in drawn if (match := re.fullmatch(r"(?:\w+:)?([A-Z][a-z]+[A-Z]\w+)", label))}
    assert shown - {"InvokeFunction"} == granted  # which a resource policy allows, not a role


@pytest.mark.parametrize(
    "page", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")], ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_every_picture_that_a_page_shows_exists_and_is_described(page: Path) -> None:
    text = page.read_text()
    shown = [(path, alt) for alt, path in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)", text)]
    for tag in re.findall(r"<img\b[^>]*>", text):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        shown.append((attributes.get("src", ""), attributes.get("alt", "")))

    for path, alt in shown:
        assert alt, f"{page.name} shows {path} without saying what it is"
        if not path.startswith("https://"):
            assert (page.parent / path).is_file(), f"{page.name} shows {path}, which does not exist"
