"""The pictures: drawn from the sources beside them, legible, true to the roles, and there where a page shows them."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.support.checkout import ROOT
from tests.support.pulumi_recorder import AUTHENTICATIONS, deployed

IMAGES = ROOT / "docs/images"
SOURCES = sorted(IMAGES.glob("*.dot"))
SVG = "{http://www.w3.org/2000/svg}"

# GitHub shows a README about so wide.
SHOWN_WIDTH_PIXELS = 900
SMALLEST_FONT_PIXELS = 11

# The name of the pipeline in the program, as resources have it in theirs.
PIPELINE = "logs-"
# Every function has these, its log group being its own; the picture says so in words.
SERVICES_OF_EVERY_FUNCTION = ("logs:", "xray:")
GREY = "#475569"

each_authentication = pytest.mark.parametrize("auth", AUTHENTICATIONS)
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


@dataclass(frozen=True, kw_only=True)
class Box:
    """What is drawn at one place: a box, or a label beside an edge."""

    name: str
    texts: tuple[tuple[str, str], ...]
    """Its lines, each with its colour."""
    is_dashed: bool

    @property
    def words(self) -> list[str]:
        return [text for text, _ in self.texts]

    @property
    def authentications(self) -> set[str]:
        """With which settings of `auth` it exists, as its line `auth: api-key or jwt` says; without one, with all."""
        said = [text.removeprefix("auth: ").split(" or ") for text in self.words if text.startswith("auth: ")]
        return set(*said) if said else set(AUTHENTICATIONS)

    @property
    def role(self) -> tuple[str, str] | None:
        """The role that it names, and in which colour."""
        said = [(text.removeprefix("role: "), colour) for text, colour in self.texts if text.startswith("role: ")]
        return said[0] if said else None

    def exists_with(self, auth: str) -> bool:
        return auth in self.authentications


def architecture() -> list[Box]:
    groups = drawing(IMAGES / "architecture.dot").iterfind(f".//{SVG}g[@class='node']")
    boxes = [
        Box(
            name=group.findtext(f"{SVG}title", ""),
            texts=tuple((words("".join(text.itertext())), text.attrib["fill"]) for text in group.iter(f"{SVG}text")),
            is_dashed=any("stroke-dasharray" in path.attrib for path in group.iter(f"{SVG}path")),
        )
        for group in groups
    ]
    return [box for box in boxes if box.texts]


def actions_in(colour: str) -> Iterator[str]:
    """Yield every action in a colour; a service, as in `sqs:SendMessage`, stands for the lines below it too."""
    for box in architecture():
        service = ""
        for text, its_colour in box.texts:
            if its_colour != colour or " " in text:
                continue
            before, colon, action = text.rpartition(":")
            service = before if colon else service
            if action:
                yield f"{service}:{action}"


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
    drawn = source.with_suffix(".svg").read_text()

    # Graphviz signs with its version, since 12 with the day on which that was released: the same wherever it draws.
    text = re.sub(r"<!-- Generated by graphviz version [^>]*-->", "", drawn)
    assert not re.search(r"/(home|root|work|tmp|Users)/|[A-Z]:\\|\b20\d\d-?\d\d-?\d\d\b", text)


@each_authentication
def test_the_architecture_shows_every_action_that_a_role_may_take_and_no_other(auth: str) -> None:
    registered = deployed(auth)
    roles = [role.name for role in registered.all("aws:iam/role:Role")]

    granted = Counter(
        (role.removeprefix(PIPELINE), action)
        for role in roles
        for action, _ in registered.grants_of(role)
        if not action.startswith(SERVICES_OF_EVERY_FUNCTION)
    )
    colours = {box.role[0]: box.role[1] for box in architecture() if box.role and box.exists_with(auth)}
    assert set(colours) == {role.removeprefix(PIPELINE) for role in roles}
    assert len(set(colours.values())) == len(colours)
    assert Counter((role, action) for role, colour in colours.items() for action in actions_in(colour)) == granted


@each_authentication
def test_the_architecture_shows_every_table_and_no_other(auth: str) -> None:
    registered = deployed(auth)

    tables = {table.name.removeprefix(PIPELINE) for table in registered.all("aws:dynamodb/table:Table")}
    shown = {box.name for box in architecture() if box.words[0].startswith("Table of ") and box.exists_with(auth)}
    assert shown == tables


def test_the_architecture_shows_as_dashed_what_only_some_authentications_have() -> None:
    dashed = {box.name for box in architecture() if box.is_dashed}

    assert dashed == {box.name for box in architecture() if box.authentications != set(AUTHENTICATIONS)}
    assert len(dashed) > 3


def test_what_the_architecture_shows_in_grey_a_policy_of_the_resource_allows() -> None:
    permissions = deployed("api-key").all("aws:lambda/permission:Permission")

    assert set(actions_in(GREY)) == {permission["action"] for permission in permissions}


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
