"""The pictures: drawn from their source, legible in light and dark, true to the roles; pages show only what exists."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from docs.images import draw
from docs.images.svg import WIDTH
from tests.support.checkout import ROOT
from tests.support.pages import each_page
from tests.support.pulumi_recorder import AUTHENTICATIONS, deployed

DIAGRAMS = sorted((ROOT / "docs/images").glob("*.svg"))
PICTURES = [*DIAGRAMS, *sorted((ROOT / "docs/benchmarks").glob("*.svg"))]
SVG = "{http://www.w3.org/2000/svg}"
SMALLEST_FONT_PIXELS = 11
# The width of an average letter as a share of the font size, in DejaVu Sans, the widest font of the style.
LETTER, BOLD_LETTER = 0.53, 0.6
# The name of the pipeline in the program, as resources have it in theirs.
PIPELINE = "logs-"

each_picture = pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.stem)


def drawing(picture: Path) -> ET.Element:
    return ET.fromstring(picture.read_text())  # noqa: S314 - our own file


def width_of(text: ET.Element) -> float:
    style = text.get("class", "").split()
    size = 14 if "title" in style else 11 if {"small", "number"} & {*style} else 12
    return len(text.text or "") * size * (BOLD_LETTER if {"title", "strong"} & {*style} else LETTER)


def test_the_committed_pictures_are_what_their_source_draws(tmp_path: Path) -> None:
    draw.write(tmp_path)

    assert {drawn.name: drawn.read_text() for drawn in tmp_path.iterdir()} == {
        picture.name: picture.read_text() for picture in DIAGRAMS
    }, "run: make images"


@each_picture
def test_a_picture_has_a_title_for_screen_readers(picture: Path) -> None:
    root = drawing(picture)

    assert root.get("role") == "img"
    assert len(root.get("aria-label", "").split()) > 1


@each_picture
def test_a_picture_is_legible_on_a_phone(picture: Path) -> None:
    sizes = [int(size) for size in re.findall(r"(?:font: |font-size: )(\d+)px", picture.read_text())]

    assert drawing(picture).attrib["viewBox"].split()[2] == str(WIDTH) == "360"
    assert min(sizes) >= SMALLEST_FONT_PIXELS


@each_picture
def test_every_text_fits_into_its_picture(picture: Path) -> None:
    for text in drawing(picture).iter(f"{SVG}text"):
        style, x, width = text.get("class", "").split(), float(text.attrib["x"]), width_of(text)
        left = x - (width if "right" in style else width / 2 if "centre" in style else 0)

        assert left >= 0, text.text
        assert left + width <= WIDTH, text.text


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda diagram: diagram.stem)
def test_every_text_fits_into_its_box(diagram: Path) -> None:
    middle, box_width = 0.0, 0.0
    for element in list(drawing(diagram))[2:]:
        if element.tag == f"{SVG}rect":
            box_width = float(element.attrib["width"])
            middle = float(element.attrib["x"]) + box_width / 2
        elif element.tag == f"{SVG}text" and float(element.attrib["x"]) == middle:
            assert width_of(element) <= box_width - 4, element.text


@each_picture
def test_a_picture_has_a_background_and_colours_for_light_and_dark(picture: Path) -> None:
    style, ground = [*drawing(picture)][:2]
    light, _, dark = (style.text or "").partition("@media (prefers-color-scheme: dark)")

    assert (ground.attrib["class"], ground.attrib["width"], ground.attrib["height"]) == ("page", "100%", "100%")
    for rules in (light, dark):
        assert {".page", ".ours", ".other", ".box", ".line", ".muted"} <= set(re.findall(r"\.[a-z]+", rules))


@pytest.mark.parametrize("chart", PICTURES[len(DIAGRAMS) :], ids=lambda chart: chart.stem)
def test_a_chart_shows_ours_first_and_in_a_colour_of_its_own(chart: Path) -> None:
    root = drawing(chart)
    bars = [rect.attrib["class"] for rect in root.iter(f"{SVG}rect")][1:]

    assert bars[0] == "ours"
    assert set(bars) == {"ours", "other"}
    assert root.attrib["aria-label"] in [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "title"]


@pytest.mark.parametrize("auth", AUTHENTICATIONS)
def test_the_picture_of_isolation_shows_exactly_the_roles_and_tables_of_the_stack(auth: str) -> None:
    words = {" ".join([box.title, *box.lines]): "dashed" in box.kind for box in draw.isolation_boxes()}
    registered = deployed(auth)
    roles = {role.name.removeprefix(PIPELINE) for role in registered.all("aws:iam/role:Role")}
    tables = {table.name.removeprefix(PIPELINE) for table in registered.all("aws:dynamodb/table:Table")}

    shown = {found: dashed for text, dashed in words.items() for found in re.findall(r"role: ([a-z-]+)", text)}
    shown_tables = {text.split()[0].lower(): dashed for text, dashed in words.items() if "role:" not in text}
    for names, drawn in ((roles, shown), (tables, shown_tables)):
        assert names <= set(drawn)
        assert {name for name, dashed in drawn.items() if not dashed} <= names
        assert auth != "none" or names == {name for name, dashed in drawn.items() if not dashed}
        assert auth != "api-key" or names == set(drawn)


@each_page
def test_every_picture_that_a_page_shows_exists_and_is_described(page: Path) -> None:
    text = page.read_text()
    assert "<img" not in text
    for alt, path in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)", text):
        assert alt, f"{page.name} shows {path} without saying what it is"
        assert (page.parent / path).is_file(), f"{page.name} shows {path}, which does not exist"
