"""`python -m cli redact`: the pipeline's own redaction, with reasons, on streams of any length."""

import io
import json

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.__main__ import main
from cli.pieces import LOOK_AHEAD_CHARS, Place, pieces_of
from handlers.redaction.redacting import redact

TEXT = "mail bob@example.com\nssh root@db.example.com up, call 555-0199\n"


def run(*arguments: str, stdin: str | bytes = TEXT) -> Result:
    return CliRunner().invoke(main, ["redact", *arguments], input=stdin)


def test_the_text_comes_out_redacted_and_nothing_else() -> None:
    result = run()

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "mail [REDACTED]\nssh root@db.example.com up, call [REDACTED]\n"


def test_every_other_byte_comes_out_as_it_went_in() -> None:
    odd = b"\x00\xff\xfe call 555-0199 \r\n\xf0\x9f\x98\x80\xed\xa0\x80\xc3"

    result = run(stdin=odd)

    assert result.stdout_bytes == odd.replace(b"555-0199", b"[REDACTED]")


def test_an_explanation_names_place_rule_and_fate() -> None:
    result = run("--explain", "--json")

    said = json.loads(result.stdout)
    assert said["counts"] == {"email": 1, "phone": 1}
    found = [(at["line"], at["column"], at["text"], at["kind"]) for at in said["findings"]]
    assert found == [
        (1, 6, "bob@example.com", "email"),
        (2, 1, "ssh root@db.example.com", None),
        (2, 34, "555-0199", "phone"),
    ]
    assert all(at["rule"] and "«" in at["example"] for at in said["findings"])


def test_an_explanation_for_people_leaves_standard_output_to_the_text() -> None:
    result = run("--explain")

    assert result.stdout == run().stdout
    for told in ("1:6", "bob@example.com", "goes: email", "login on a command line", "stays"):
        assert told in result.stderr


def test_an_explanation_cannot_command_the_terminal() -> None:
    result = run("--explain", "--kinds", "email", stdin="\x1b[2J ü\u202e@example.com")

    assert [c for c in result.stderr if not c.isprintable() and c != "\n"] == []


def test_the_kinds_can_be_chosen() -> None:
    said = json.loads(run("--kinds", "email,ip", "--json", stdin="a@example.com 10.0.0.1 555-0199").stdout)

    assert said == {"counts": {"email": 1, "ip": 1}, "text": "[REDACTED] [REDACTED] 555-0199"}


@pytest.mark.parametrize("kinds", ["mail", "", "email,"])
def test_an_unknown_kind_is_wrong_usage(kinds: str) -> None:
    result = run("--kinds", kinds)

    assert result.exit_code == 2
    assert "email" in result.stderr


WORDS = st.sampled_from(
    ["bob@example.com", "555-0199", "+1 (123) 456-7890", "call", "\n", "ssh", "root@db.example.com", "é", "😀", "%40"]
)


@settings(max_examples=60, deadline=None)
@given(words=st.lists(WORDS, min_size=1, max_size=60), separator=st.sampled_from([" ", ",", ""]))
def test_redacting_the_pieces_is_redacting_the_whole(words: list[str], separator: str) -> None:
    text = separator.join(words * 5) + "\n" + "filler " * (LOOK_AHEAD_CHARS // 7 + 20) + separator.join(words)

    pieces = list(pieces_of(io.BytesIO(text.encode()), kinds=("email", "phone"), piece_chars=64))

    assert len(pieces) > 1
    assert "".join(piece for piece, _ in pieces) == text
    assert "".join(redact(piece).text for piece, _ in pieces) == redact(text).text


def test_places_are_those_of_the_whole_stream() -> None:
    text = "".join(f"line {number} of bob@example.com\n" for number in range(1, 1200))

    pieces = pieces_of(io.BytesIO(text.encode()), kinds=("email",), piece_chars=1000)

    offset = 0
    for piece, place in pieces:
        before = text[:offset]
        assert (place.line, place.column) == (before.count("\n") + 1, offset - before.rfind("\n"))
        offset += len(piece)
    assert offset == len(text)


def test_places_are_counted_on_from_the_last_one() -> None:
    place = Place().after("ab\ncd\nef", 4)

    assert (place.line, place.column) == (2, 2)
    assert place.after("ab\ncd\nef", 5) == Place(2, 3, 5)
