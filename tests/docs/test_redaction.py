"""The page of decisions says what the redaction does."""

import re
from pathlib import Path

import pytest

from handlers.redaction import DEFAULT_KINDS, KINDS, redact

PAGE = (Path(__file__).parents[2] / "docs" / "redaction.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(.+?)` \| `(.+?)` \| (.+?) \|$", PAGE, re.MULTILINE)


def kinds_of(why: str) -> tuple[str, ...]:
    named = re.match(r"`(\w+)`: ", why)
    return (named[1],) if named else DEFAULT_KINDS


@pytest.mark.parametrize(("said", "stored", "why"), ROWS)
def test_a_row_says_what_is_stored(said: str, stored: str, why: str) -> None:
    assert redact(said, kinds_of(why)).text == stored


def test_every_kind_has_a_place_on_the_page() -> None:
    assert {kind for kind in KINDS if f"`{kind}`" in PAGE} == set(KINDS)
    assert len(ROWS) > 40
